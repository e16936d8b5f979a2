package vectors

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/server"
	"reseq.example/independent/go/internal/store"
)

type exchangeInput struct {
	Settings struct {
		IntervalMs, RetentionMs int64
		Extensions              []string
		Seeds                   []hex64
		A                       []uint32
	}
	Steps []exchangeStep
}

type exchangeStep struct {
	Do         string
	Connection int
	Request    json.RawMessage
	Count      int
	Ms         int64
}

// runExchange has a server carry out a whole dialogue in artificial time. Only the order of
// the events on one connection means something, so the events of a step are sorted by
// connection, as they are in the vectors.
func runExchange(t *testing.T, raw json.RawMessage) any {
	var input exchangeInput
	if err := json.Unmarshal(raw, &input); err != nil {
		t.Fatal(err)
	}
	var steps [][]object
	synctest.Test(t, func(t *testing.T) {
		d := newDialogue(input)
		for _, step := range input.Steps {
			d.do(t, step)
			steps = append(steps, d.takeEvents())
		}
		for _, connection := range d.connections {
			connection.drop()
		}
		synctest.Wait()
	})
	return object{"steps": steps}
}

type dialogue struct {
	server      *server.Server
	interval    time.Duration
	connections map[int]*fakeStream

	mu     sync.Mutex
	events []object
}

func newDialogue(input exchangeInput) *dialogue {
	settings := input.Settings
	seeds, as := slices.Clone(settings.Seeds), slices.Clone(settings.A)
	interval := time.Duration(settings.IntervalMs) * time.Millisecond
	return &dialogue{
		interval:    interval,
		connections: make(map[int]*fakeStream),
		server: server.New(server.Config{
			// A seed is used up by the session that is created with it, not by a proposal.
			Store:      seedStore{store.NewMemory(0), &seeds},
			Interval:   interval,
			Retention:  time.Duration(settings.RetentionMs) * time.Millisecond,
			Extensions: settings.Extensions,
			DrawSeed:   func(protocol.ClientID) uint64 { return uint64(seeds[0]) },
			DrawA: func() uint32 {
				a := as[0]
				as = as[1:]
				return a
			},
		}),
	}
}

type seedStore struct {
	store.Store
	seeds *[]hex64
}

func (s seedStore) Start(ctx context.Context, id protocol.ClientID, proposal store.Session, ttl time.Duration) (store.Session, bool, error) {
	session, created, err := s.Store.Start(ctx, id, proposal, ttl)
	if created {
		*s.seeds = (*s.seeds)[1:]
	}
	return session, created, err
}

func (d *dialogue) do(t *testing.T, step exchangeStep) {
	switch step.Do {
	case "open":
		request := new(pb.OpenRequest)
		fromJSON(t, step.Request, request)
		d.open(t.Context(), step.Connection, request)
	case "send":
		d.connections[step.Connection].send(step.Count, d.interval)
	case "drop":
		d.connections[step.Connection].drop()
	case "wait":
		time.Sleep(time.Duration(step.Ms) * time.Millisecond)
	case "confirm":
		request := new(pb.ConfirmRequest)
		fromJSON(t, step.Request, request)
		if _, err := d.server.Confirm(t.Context(), request); err != nil {
			d.add(object{"error": errorName(err)})
		} else {
			d.add(object{"confirmed": true})
		}
	default:
		t.Fatalf("unknown step %q", step.Do)
	}
	synctest.Wait()
}

func (d *dialogue) open(ctx context.Context, number int, request *pb.OpenRequest) {
	ctx, cancel := context.WithCancel(ctx)
	stream := &fakeStream{ctx: ctx, drop: cancel, credit: make(chan struct{}, protocol.MaxCount)}
	stream.deliver = func(m *pb.OpenResponse) {
		d.add(object{"connection": number, "message": toJSON(m)})
	}
	d.connections[number] = stream
	go func() {
		err := d.server.Open(request, stream)
		switch {
		case ctx.Err() != nil: // nobody listens any more
		case err != nil:
			d.add(object{"connection": number, "error": errorName(err)})
		default:
			d.add(object{"connection": number, "end": "OK"})
		}
		cancel() // as gRPC does when a handler has returned
	}()
}

func (d *dialogue) add(event object) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, event)
}

func (d *dialogue) takeEvents() []object {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := append([]object{}, d.events...)
	d.events = nil
	slices.SortStableFunc(events, func(a, b object) int {
		first, _ := a["connection"].(int)
		second, _ := b["connection"].(int)
		return first - second
	})
	return events
}

func errorName(err error) string {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e.Code.Name()
	}
	return err.Error()
}

// fakeStream is a connection whose peer takes as many items as it has given credit for.
type fakeStream struct {
	grpc.ServerStream
	ctx     context.Context
	drop    context.CancelFunc
	credit  chan struct{}
	deliver func(*pb.OpenResponse)
}

func (s *fakeStream) Context() context.Context { return s.ctx }

func (s *fakeStream) Send(m *pb.OpenResponse) error {
	if m.GetOpened() == nil {
		select {
		case <-s.credit:
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	s.deliver(m)
	return nil
}

// send lets items through and waits until they have come.
func (s *fakeStream) send(count int, interval time.Duration) {
	for range count {
		s.credit <- struct{}{}
	}
	for len(s.credit) > 0 && s.ctx.Err() == nil {
		time.Sleep(interval / 10)
	}
}
