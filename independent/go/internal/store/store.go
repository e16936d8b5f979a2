// Package store keeps session records: in the memory of this process or in a Redis that
// servers of any make share. Spec: state.md and stores/redis.md.
package store

import (
	"context"
	"errors"
	"time"

	"reseq.example/independent/go/internal/protocol"
)

// Results of operations that change nothing. Any other error means that the result of the
// operation is unknown or that the record is not in order.
var (
	ErrFull       = errors.New("no room for a further session")
	ErrConflict   = errors.New("session has another n")
	ErrStale      = errors.New("attempt is not above the stored one")
	ErrMissing    = errors.New("no such session")
	ErrSuperseded = errors.New("a newer attempt holds the session")
)

// Session is a session record without its key and its deadline.
type Session struct {
	N       uint32
	Seed    uint64
	Attempt uint32
}

// Store has the five operations of state.md section 3. Each is atomic with regard to all
// others on the same client id. An attempt of 0 is an absent one.
type Store interface {
	// Start creates a session or attaches to the one that exists, and tells which.
	Start(ctx context.Context, id protocol.ClientID, proposal Session, ttl time.Duration) (s Session, created bool, err error)
	// Lookup reads a session.
	Lookup(ctx context.Context, id protocol.ClientID) (Session, error)
	// Attach raises the attempt and returns the new one.
	Attach(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) (uint32, error)
	// Renew sets the deadline to ttl from now.
	Renew(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) error
	// Finish removes the session.
	Finish(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32) error
}

// raise returns the attempt under which a connection attaches to a session.
func raise(stored, asked uint32) (uint32, error) {
	if asked == 0 {
		asked = stored + 1 // 0 when no attempt is left
	}
	if asked <= stored {
		return 0, ErrStale
	}
	return asked, nil
}
