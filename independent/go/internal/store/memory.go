package store

import (
	"context"
	"sync"
	"time"

	"reseq.example/independent/go/internal/protocol"
)

// Memory keeps sessions in this process.
type Memory struct {
	room int

	mu      sync.Mutex
	records map[protocol.ClientID]*record
}

type record struct {
	Session
	deadline time.Time
	timer    *time.Timer // removes the record at its deadline
}

// NewMemory returns an empty store for at most room sessions, or any number if room is 0.
func NewMemory(room int) *Memory {
	return &Memory{room: room, records: make(map[protocol.ClientID]*record)}
}

// Start implements Store.
func (m *Memory) Start(_ context.Context, id protocol.ClientID, proposal Session, ttl time.Duration) (Session, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.find(id)
	if r == nil {
		if m.room > 0 && len(m.records) >= m.room {
			return Session{}, false, ErrFull
		}
		r = &record{Session: proposal, deadline: time.Now().Add(ttl)}
		r.Attempt = max(r.Attempt, 1)
		r.timer = time.AfterFunc(ttl, func() { m.expire(id, r) })
		m.records[id] = r
		return r.Session, true, nil
	}
	if r.N != proposal.N {
		return Session{}, false, ErrConflict
	}
	raised, err := raise(r.Attempt, proposal.Attempt)
	if err != nil {
		return Session{}, false, err
	}
	r.Attempt = raised
	r.keep(ttl)
	return r.Session, false, nil
}

// Lookup implements Store.
func (m *Memory) Lookup(_ context.Context, id protocol.ClientID) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.find(id)
	if r == nil {
		return Session{}, ErrMissing
	}
	return r.Session, nil
}

// Attach implements Store.
func (m *Memory) Attach(_ context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) (uint32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.find(id)
	if r == nil || r.Seed != seed {
		return 0, ErrMissing
	}
	raised, err := raise(r.Attempt, attempt)
	if err != nil {
		return 0, err
	}
	r.Attempt = raised
	r.keep(ttl)
	return raised, nil
}

// Renew implements Store.
func (m *Memory) Renew(_ context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.held(id, seed, attempt)
	if err != nil {
		return err
	}
	r.keep(ttl)
	return nil
}

// Finish implements Store.
func (m *Memory) Finish(_ context.Context, id protocol.ClientID, seed uint64, attempt uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.held(id, seed, attempt)
	if err != nil {
		return err
	}
	r.timer.Stop()
	delete(m.records, id)
	return nil
}

// find returns the living record of a client id, or nil.
func (m *Memory) find(id protocol.ClientID) *record {
	r := m.records[id]
	if r != nil && !time.Now().Before(r.deadline) {
		r.timer.Stop()
		delete(m.records, id)
		return nil
	}
	return r
}

// held returns the record that a connection with this seed and attempt holds.
func (m *Memory) held(id protocol.ClientID, seed uint64, attempt uint32) (*record, error) {
	r := m.find(id)
	if r == nil || r.Seed != seed {
		return nil, ErrMissing
	}
	if r.Attempt != attempt {
		return nil, ErrSuperseded
	}
	return r, nil
}

// expire removes r at its deadline, unless it was renewed or replaced in the meantime.
func (m *Memory) expire(id protocol.ClientID, r *record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[id] == r {
		m.find(id)
	}
}

func (r *record) keep(ttl time.Duration) {
	r.deadline = time.Now().Add(ttl)
	r.timer.Reset(ttl)
}
