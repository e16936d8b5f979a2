// Package client receives one Reseq sequence, over as many connections as it takes.
package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
)

const (
	openTimeout    = 5 * time.Second // from the attempt to connect to OPENED, RSQ-LIV-2
	leastSilence   = 5 * time.Second // RSQ-LIV-1
	mostFaults     = 5               // in a row, RSQ-MSG-10
	leastPatience  = time.Minute     // without a new item, RSQ-BAK-6
	mostFailures   = 8               // attempts without any OPENED, RSQ-BAK-6
	confirmTime    = 5 * time.Second // for all tries of CONFIRM, RSQ-CNF-9
	confirmTimeout = 2 * time.Second // for one of them
)

var errSilent = errors.New("no message in time")

// Config says what to receive from where.
type Config struct {
	Server  string // HOST:PORT
	Profile string
	Count   uint32 // n

	Ratio uint32 // stateless

	ClientID   protocol.ClientID // stateful
	Extensions []string          // stateful, to be asked for

	Logger *slog.Logger // silent by default
}

// Run receives the sequence. It returns when it has an outcome; a context that is done makes
// it end with Interrupted.
func Run(ctx context.Context, config Config) Result {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	r := &run{config: config, progress: time.Now()}
	if config.Profile == protocol.Stateless {
		r.sequence = &doubling{n: config.Count, ratio: config.Ratio}
	} else {
		r.sequence = newSession(config.ClientID, config.Count, config.Extensions)
	}

	result := Result{Outcome: Complete, Profile: config.Profile, Count: config.Count}
	if end := r.receive(ctx); end != nil {
		result.Outcome = end.outcome
		result.Error = end.report()
	}
	result.Received = r.sequence.accepted()
	result.Reconnects = r.attempts - 1
	r.sequence.report(&result)
	return result
}

// run is the state of one run over all its connections.
type run struct {
	config   Config
	sequence sequence

	attempts int           // connections begun
	opened   bool          // an OPENED of the sequence has been received
	interval time.Duration // of the last OPENED
	progress time.Time     // when the last new item was accepted, or the run began
	retries  int           // k, since then
	faults   int           // since then
}

// receive connects until there is an outcome. It returns nil when the sequence is complete.
func (r *run) receive(ctx context.Context) *ending {
	for {
		err := r.connect(ctx)
		if err == nil {
			return nil
		}
		if end, ok := errors.AsType[*ending](err); ok {
			return end
		}
		if ctx.Err() != nil {
			return interrupted()
		}
		d, ok := errors.AsType[*drop](err)
		if !ok {
			d = &drop{reason: err.Error()}
		}
		if end := r.giveUp(d); end != nil {
			return end
		}
		bounds := protocol.BackoffBounds(r.retries)
		if d.retryAfter > 0 {
			bounds = protocol.RetryAfterBounds(d.retryAfter)
		}
		r.retries++
		wait := bounds.Draw()
		r.config.Logger.Info("connection lost", "reason", d.reason, "accepted", r.sequence.accepted(), "wait", wait)
		if !sleep(ctx, wait) {
			return interrupted()
		}
	}
}

// giveUp says whether the run ends with a drop, or returns nil.
func (r *run) giveUp(d *drop) *ending {
	if d.fault {
		r.faults++
		if r.faults >= mostFaults {
			return &ending{Mismatch, protocol.ProtocolError, "faults repeat, the last one: " + d.reason}
		}
	}
	if !r.opened && r.attempts >= mostFailures {
		return &ending{Unreachable, 0, fmt.Sprintf("%d attempts to connect have failed: %s", r.attempts, d.reason)}
	}
	if patience := max(leastPatience, 4*r.interval); time.Since(r.progress) >= patience {
		return &ending{Unreachable, 0, fmt.Sprintf("no new item for %v: %s", patience, d.reason)}
	}
	return nil
}

// connect makes one connection and receives until it ends. It returns nil when the sequence
// is complete, and confirmed if that was granted.
func (r *run) connect(ctx context.Context) error {
	r.attempts++
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(openTimeout, func() { cancel(errSilent) })
	defer silence.Stop()

	l, err := newLink(r.config.Server)
	if err != nil {
		return err
	}
	defer func() { l.close() }()
	receive, err := l.open(ctx, r.sequence.request(uint32(r.attempts)))
	if err != nil {
		return err
	}
	opened := false // on this connection
	for !r.sequence.complete() {
		frame, err := receive()
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err.(*end).judge(r.opened)
		}
		if err := r.take(frame, &opened); err != nil {
			return err
		}
		if opened {
			silence.Reset(max(3*r.interval, leastSilence))
		}
	}
	silence.Stop()
	if s, ok := r.sequence.(*session); ok && s.confirm {
		l = r.confirm(ctx, l, s)
	}
	return nil
}

// take judges one message and accepts what is to be accepted.
func (r *run) take(frame []byte, opened *bool) error {
	var response pb.OpenResponse
	if err := proto.Unmarshal(frame, &response); err != nil {
		return fault("a message that does not decode")
	}
	var index uint32
	var accept func() error
	switch m := response.GetMessage().(type) {
	case *pb.OpenResponse_Opened:
		if *opened {
			return fault("a second OPENED")
		}
		if err := r.takeOpened(m.Opened); err != nil {
			return err
		}
		*opened = true
		return nil
	case *pb.OpenResponse_Item:
		index = m.Item.GetIndex()
		accept = func() error { return r.sequence.item(m.Item) }
	case *pb.OpenResponse_Final:
		index = m.Final.GetIndex()
		accept = func() error { return r.sequence.final(m.Final) }
	default:
		return fault("a message of an unknown kind")
	}
	switch next := r.sequence.accepted(); {
	case index < next:
		return nil // RSQ-MSG-7, before all other faults
	case !*opened:
		return fault("an item before OPENED")
	case index > next:
		return fault(fmt.Sprintf("a gap: index %d after %d items", index, next))
	}
	if err := accept(); err != nil {
		return err
	}
	r.progress = time.Now()
	r.retries = 0
	r.faults = 0
	return nil
}

// faultyOpened returns a *drop when OPENED is one of the faulty messages of RSQ-MSG-9. They
// are judged before what contradicts the request (RSQ-MSG-11).
func faultyOpened(o *pb.Opened) error {
	switch p := o.GetProfile().(type) {
	case *pb.Opened_Stateless:
		return nil
	case *pb.Opened_Stateful:
		if len(p.Stateful.GetResumeKey()) != protocol.ResumeKeySize {
			return fault("OPENED with a resume key of another length")
		}
		return nil
	default:
		return fault("OPENED without a profile")
	}
}

func (r *run) takeOpened(o *pb.Opened) error {
	if err := faultyOpened(o); err != nil {
		return err
	}
	if o.GetProtocolVersion() != protocol.Version {
		return mismatch("OPENED has another protocol_version")
	}
	if o.GetNextIndex() != r.sequence.accepted() {
		return mismatch("OPENED has another next_index")
	}
	if err := r.sequence.opened(o); err != nil {
		return err
	}
	r.opened = true
	r.interval = time.Duration(o.GetIntervalMs()) * time.Millisecond
	return nil
}

// confirm tells the server that the sequence is complete. Whatever comes of it, the outcome
// stays (RSQ-CNF-7). It returns the link that it used last.
func (r *run) confirm(ctx context.Context, l *link, s *session) *link {
	ctx, cancel := context.WithTimeout(ctx, confirmTime)
	defer cancel()
	request := &pb.ConfirmRequest{ClientId: s.id.String(), ResumeKey: s.resumeKey, Attempt: s.attempt}
	for k := 0; ; k++ {
		try, cancel := context.WithTimeout(ctx, confirmTimeout)
		err := l.confirm(try, request)
		cancel()
		if err == nil {
			return l
		}
		// A server without CONFIRM is not asked again: it is judged as if before any OPENED.
		if _, again := errors.AsType[*drop](err.(*end).judge(false)); !again {
			r.config.Logger.Info("not confirmed", "error", err)
			return l
		}
		l.close()
		if !sleep(ctx, protocol.BackoffBounds(k).Draw()) {
			return l
		}
		next, err := newLink(r.config.Server)
		if err != nil {
			return l
		}
		l = next
	}
}

func interrupted() *ending {
	return &ending{Interrupted, 0, "stopped by the user"}
}

// sleep waits, and returns false when ctx is done before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
