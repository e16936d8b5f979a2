package server

import (
	"context"
	"sync"

	"reseq.example/independent/go/internal/protocol"
)

// sessionKey names one life of a session: a client id may come back with another seed.
type sessionKey struct {
	id   protocol.ClientID
	seed uint64
}

// registry knows which connection of this server is attached to which session, so that a
// takeover within the server ends the older connection at once. Connections on other
// servers learn of it from their renewals.
type registry struct {
	mu       sync.Mutex
	sessions map[sessionKey]attachment
}

type attachment struct {
	attempt uint32
	end     context.CancelCauseFunc
}

func newRegistry() *registry {
	return &registry{sessions: make(map[sessionKey]attachment)}
}

// enter adds a connection and ends the one of a lower attempt, or the one that comes if a
// newer one was quicker. The function that it returns removes the connection.
func (r *registry) enter(key sessionKey, attempt uint32, end context.CancelCauseFunc) (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, found := r.sessions[key]; found {
		if other.attempt > attempt {
			end(takenOver())
			return func() {}
		}
		other.end(takenOver())
	}
	r.sessions[key] = attachment{attempt, end}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.sessions[key].attempt == attempt {
			delete(r.sessions, key)
		}
	}
}

// end ends the connection that is attached with this attempt, if it is one of this server.
func (r *registry) end(key sessionKey, attempt uint32, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, found := r.sessions[key]; found && a.attempt == attempt {
		a.end(cause)
	}
}
