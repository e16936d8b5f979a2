package server

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/store"
)

const (
	interval  = time.Second
	retention = 30 * time.Second
	clientID  = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
)

// brokenStore fails while it is told to.
type brokenStore struct {
	store.Store

	mu     sync.Mutex
	broken bool
}

func (s *brokenStore) set(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

func (s *brokenStore) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return errors.New("no connection")
	}
	return nil
}

func (s *brokenStore) Lookup(ctx context.Context, id protocol.ClientID) (store.Session, error) {
	if err := s.failure(); err != nil {
		return store.Session{}, err
	}
	return s.Store.Lookup(ctx, id)
}

func (s *brokenStore) Renew(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) error {
	if err := s.failure(); err != nil {
		return err
	}
	return s.Store.Renew(ctx, id, seed, attempt, ttl)
}

// fakeStream records what is sent and when, and blocks when it is told to.
type fakeStream struct {
	grpc.ServerStream
	ctx  context.Context
	drop context.CancelFunc

	mu      sync.Mutex
	blocked bool
	times   []time.Time
	last    *pb.OpenResponse
	first   *pb.OpenResponse

	done chan struct{} // the handler has returned
	err  error
}

func (s *fakeStream) Context() context.Context { return s.ctx }

func (s *fakeStream) Send(m *pb.OpenResponse) error {
	for {
		s.mu.Lock()
		if !s.blocked {
			break
		}
		s.mu.Unlock()
		select {
		case <-time.After(time.Millisecond):
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = m
	} else {
		s.times = append(s.times, time.Now())
	}
	s.last = m
	return nil
}

func (s *fakeStream) block(blocked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = blocked
}

func (s *fakeStream) items() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times
}

// code waits for the end of the connection and gives the code of its ERROR, 0 for END.
func (s *fakeStream) code(t *testing.T) protocol.Code {
	t.Helper()
	<-s.done
	if s.err == nil {
		return 0
	}
	e, ok := errors.AsType[*protocol.Error](s.err)
	if !ok {
		t.Fatalf("ended with %v", s.err)
	}
	return e.Code
}

func open(t *testing.T, s *Server, request *pb.OpenRequest) *fakeStream {
	t.Helper()
	request.ProtocolVersion = protocol.Version
	stream := &fakeStream{done: make(chan struct{})}
	stream.ctx, stream.drop = context.WithCancel(t.Context())
	go func() {
		stream.err = s.Open(request, stream)
		stream.drop()
		close(stream.done)
	}()
	synctest.Wait()
	return stream
}

func start(n, attempt uint32) *pb.OpenRequest {
	start := &pb.StatefulStart{ClientId: clientID, N: n, Attempt: &attempt}
	return &pb.OpenRequest{Request: &pb.OpenRequest_StatefulStart{StatefulStart: start}}
}

func newTestServer(s store.Store) *Server {
	return New(Config{Store: s, Interval: interval, Retention: retention, Extensions: []string{protocol.ConfirmFinal}})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := open(t, newTestServer(store.NewMemory(0)), start(100, 1))
		begin := time.Now()
		time.Sleep(10 * interval)
		stream.block(true)
		time.Sleep(10*interval + interval/3)
		stream.block(false)
		time.Sleep(10 * interval)
		stream.drop()
		synctest.Wait()

		times := stream.items()
		if times[0] != begin {
			t.Errorf("the first item came after %v", times[0].Sub(begin))
		}
		if gap := times[1].Sub(times[0]); gap < interval || gap > interval+interval/10 {
			t.Errorf("the first gap is %v", gap)
		}
		stalls, stalled := 0, 0
		for i := 2; i < len(times); i++ {
			switch gap := times[i].Sub(times[i-1]); {
			case gap > 10*interval:
				stalls++
				stalled = i
			case i == stalled+1 && gap >= interval && gap <= 2*interval:
				// The new row begins at random.
			case gap != interval:
				t.Errorf("gap %d is %v", i, gap)
			}
		}
		if stalls != 1 || len(times) < 19 || len(times) > 22 {
			t.Errorf("%d items, %d stalls", len(times), stalls)
		}
	})
}

// A connection whose peer does not read is ended all the same, and leaves nothing behind.
func TestTakeoverOfBlockedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestServer(store.NewMemory(0))
		older := open(t, s, start(3, 1))
		older.block(true)
		time.Sleep(5 * interval)
		newer := open(t, s, start(3, 2))
		if code := older.code(t); code != protocol.SessionTakenOver {
			t.Errorf("the older connection ended with %v", code)
		}
		if code := newer.code(t); code != 0 {
			t.Errorf("the newer connection ended with %v", code)
		}
	})
}

// Two servers with one store: the older connection learns of the takeover by its renewal.
func TestTakeoverAcrossServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := store.NewMemory(0)
		older := open(t, newTestServer(shared), start(100, 1))
		time.Sleep(5 * interval)
		newer := open(t, newTestServer(shared), start(100, 2))
		begin := time.Now()
		if code := older.code(t); code != protocol.SessionTakenOver {
			t.Errorf("the older connection ended with %v", code)
		}
		if took := time.Since(begin); took > interval+time.Second {
			t.Errorf("the takeover took %v", took)
		}
		newer.drop()
		synctest.Wait()
	})
}

func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := store.NewMemory(0)
		stream := open(t, newTestServer(sessions), start(1000, 1))
		time.Sleep(5 * retention)
		stream.drop()
		synctest.Wait()
		id, _ := protocol.ParseClientID(clientID)
		time.Sleep(retention - time.Millisecond)
		if _, err := sessions.Lookup(t.Context(), id); err != nil {
			t.Errorf("right before the end of the retention: %v", err)
		}
		time.Sleep(time.Millisecond)
		if _, err := sessions.Lookup(t.Context(), id); !errors.Is(err, store.ErrMissing) {
			t.Errorf("at the end of the retention: %v", err)
		}
	})
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := store.NewMemory(0)
		s := newTestServer(sessions)
		stateful := open(t, s, start(1000, 1))
		stateless := open(t, s, &pb.OpenRequest{Request: &pb.OpenRequest_StatelessStart{StatelessStart: new(pb.StatelessStart)}})
		time.Sleep(interval)
		s.Shutdown()
		late := open(t, s, start(1000, 2))
		for name, stream := range map[string]*fakeStream{"stateful": stateful, "stateless": stateless, "late": late} {
			if code := stream.code(t); code != protocol.Unavailable {
				t.Errorf("%s: ended with %v", name, code)
			}
		}
		id, _ := protocol.ParseClientID(clientID)
		time.Sleep(retention)
		if _, err := sessions.Lookup(t.Context(), id); !errors.Is(err, store.ErrMissing) {
			t.Errorf("the session was not detached: %v", err)
		}
	})
}

func TestStoreLost(t *testing.T) {
	for name, test := range map[string]struct {
		outage time.Duration
		n      uint32
		want   protocol.Code
		after  time.Duration // at most; the outage begins after 10 intervals
	}{
		"short outage":       {20 * time.Second, 60, 0, 70 * interval},
		"lease over":         {time.Hour, 60, protocol.Unavailable, 10*interval + retention + interval},
		"final is due":       {time.Hour, 20, protocol.Unavailable, 20 * interval},
		"back before final":  {5 * time.Second, 20, 0, 21 * interval},
		"back behind expiry": {retention + 2*time.Second, 60, protocol.Unavailable, 10*interval + retention + interval},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sessions := &brokenStore{Store: store.NewMemory(0)}
				stream := open(t, newTestServer(sessions), start(test.n, 1))
				begin := time.Now()
				time.Sleep(10 * interval)
				sessions.set(true)
				repair := time.AfterFunc(test.outage, func() { sessions.set(false) })
				defer repair.Stop()
				if code := stream.code(t); code != test.want {
					t.Errorf("ended with %v, want %v", code, test.want)
				}
				if took := time.Since(begin); took > test.after {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
}

// silentStore does not answer while it is told so: renewals take as long as they may.
type silentStore struct{ brokenStore }

func (s *silentStore) Renew(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) error {
	if err := s.failure(); err != nil {
		ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
		defer cancel()
		<-ctx.Done()
		return err
	}
	return s.Store.Renew(ctx, id, seed, attempt, ttl)
}

// No renewal is begun that would outlast the lease (RSQ-STO-6), wherever it ends between two.
func TestStreamEndsWithItsLeaseWhenTheStoreIsSilent(t *testing.T) {
	for retention := 3 * time.Second; retention < 6*time.Second; retention += interval / 8 {
		t.Run(retention.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sessions := &silentStore{brokenStore{Store: store.NewMemory(0)}}
				server := New(Config{Store: sessions, Interval: interval, Retention: retention})
				stream := open(t, server, start(1000, 1))
				time.Sleep(10 * interval)
				sessions.set(true)
				begin := time.Now()
				if code := stream.code(t); code != protocol.Unavailable {
					t.Errorf("ended with %v", code)
				}
				if took := time.Since(begin); took < retention || took > server.leaseTime() {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
}

// slowStore lets renewals wait, as a server that was stopped for a while does.
type slowStore struct {
	store.Store
	delay time.Duration
}

func (s *slowStore) Renew(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) error {
	time.Sleep(s.delay)
	return s.Store.Renew(ctx, id, seed, attempt, ttl)
}

// A server that cannot know whether it still holds the session sends nothing (RSQ-ATT-8).
func TestNoItemsOnAnOldBelief(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := store.NewMemory(0)
		older := open(t, newTestServer(&slowStore{shared, 10 * time.Second}), start(1000, 1))
		time.Sleep(interval / 2)
		newer := open(t, newTestServer(shared), start(1000, 2))
		taken := time.Now()
		if code := older.code(t); code != protocol.SessionTakenOver {
			t.Errorf("the older connection ended with %v", code)
		}
		times := older.items()
		if last := times[len(times)-1]; last.Sub(taken) > interval+time.Second {
			t.Errorf("an item was sent %v after the takeover", last.Sub(taken))
		}
		newer.drop()
		synctest.Wait()
	})
}

func TestStoreUnusable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := &brokenStore{Store: store.NewMemory(0)}
		s := newTestServer(sessions)
		sessions.set(true)
		resume := &pb.StatefulResume{ClientId: clientID, ResumeKey: make([]byte, protocol.ResumeKeySize)}
		stream := open(t, s, &pb.OpenRequest{Request: &pb.OpenRequest_StatefulResume{StatefulResume: resume}})
		if code := stream.code(t); code != protocol.Unavailable {
			t.Errorf("ended with %v", code)
		}
	})
}

func TestNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestServer(store.NewMemory(1))
		stream := open(t, s, start(1000, 1))
		request := start(1000, 1)
		request.GetStatefulStart().ClientId = "01890a5d-ac96-774b-bcce-b302099a8057"
		if code := open(t, s, request).code(t); code != protocol.Overloaded {
			t.Errorf("ended with %v", code)
		}
		stream.drop()
		synctest.Wait()
	})
}
