// Package server is the server's side of Reseq: both profiles, both extensions.
package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"log/slog"
	randv2 "math/rand/v2"
	"slices"
	"time"

	"google.golang.org/grpc"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/store"
)

const (
	implementation = "reseq-independent-go 1.0.0"

	// Times after which a client that was refused may try again.
	retryUnavailable = 500 * time.Millisecond
	retryOverloaded  = 2 * time.Second
)

// Config says how a server behaves. Store, Interval and Retention are required.
type Config struct {
	Store       store.Store
	Interval    time.Duration // between two items, whole milliseconds
	Retention   time.Duration // of a detached session, whole milliseconds
	Extensions  []string      // that are granted when asked for
	MaxSessions uint32        // for DESCRIBE, 0 = no limit of its own

	DrawSeed func(protocol.ClientID) uint64 // of a new session; a strong random one by default
	DrawA    func() uint32                  // first value of a stateless sequence
	Logger   *slog.Logger                   // silent by default
}

// Server carries out requests. Register connects it with gRPC.
type Server struct {
	pb.UnimplementedSequenceServiceServer

	config   Config
	attached *registry

	running context.Context // until Shutdown
	stop    context.CancelFunc
}

// New returns a server.
func New(config Config) *Server {
	if config.DrawSeed == nil {
		config.DrawSeed = func(protocol.ClientID) uint64 {
			var b [8]byte
			rand.Read(b[:]) // never fails, it ends the program instead
			return binary.BigEndian.Uint64(b[:])
		}
	}
	if config.DrawA == nil {
		config.DrawA = func() uint32 { return 1 + randv2.Uint32N(255) }
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: config, attached: newRegistry()}
	s.running, s.stop = context.WithCancel(context.Background())
	return s
}

// SeedFromClientID is the test mode of RSQ-SFL-7, for Config.DrawSeed.
func SeedFromClientID(id protocol.ClientID) uint64 {
	return binary.BigEndian.Uint64(id[:8])
}

// Shutdown ends all connections with UNAVAILABLE, detaches their sessions and has further
// requests refused. It does not wait for that; stopping the gRPC server does.
func (s *Server) Shutdown() {
	s.stop()
}

// Describe answers DESCRIBE.
func (s *Server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{
		SpecVersion:      protocol.SpecVersion,
		ProtocolVersions: []uint32{protocol.Version},
		Profiles:         []string{protocol.Stateless, protocol.Stateful},
		Extensions:       s.config.Extensions,
		IntervalMs:       milliseconds(s.config.Interval),
		RetentionMs:      milliseconds(s.config.Retention),
		DropDetectionMs:  milliseconds(dropDetection),
		Limits: &pb.Limits{
			MaxCount:        protocol.MaxCount,
			MaxSessions:     s.config.MaxSessions,
			MaxRequestBytes: protocol.MaxRequestBytes,
		},
		Implementation: implementation,
	}, nil
}

// Open answers OPEN and serves the connection until it ends. Each ERROR is returned as a
// *protocol.Error. The checks come in the order of RSQ-OPN-1.
func (s *Server) Open(request *pb.OpenRequest, stream grpc.ServerStreamingServer[pb.OpenResponse]) error {
	if err := protocol.CheckOpen(request); err != nil {
		return err
	}
	if s.running.Err() != nil {
		return shuttingDown()
	}
	c := newConnection(stream, newPacer(s.config.Interval))
	defer c.close()
	defer context.AfterFunc(s.running, func() { c.end(shuttingDown()) })()

	switch r := request.GetRequest().(type) {
	case *pb.OpenRequest_StatelessStart:
		return s.serveStateless(c, s.config.DrawA(), r.StatelessStart.Ratio, 0)
	case *pb.OpenRequest_StatelessResume:
		resume := r.StatelessResume
		if resume.GetNextIndex() >= protocol.MaxCount {
			return outOfRange(protocol.MaxCount, resume.GetNextIndex())
		}
		return s.serveStateless(c, resume.GetA(), resume.Ratio, resume.GetNextIndex())
	case *pb.OpenRequest_StatefulStart:
		return s.start(c, r.StatefulStart, s.grant(request.GetExtensions()))
	case *pb.OpenRequest_StatefulResume:
		return s.resume(c, r.StatefulResume, s.grant(request.GetExtensions()))
	}
	return protocol.Errorf(protocol.Internal, "request of an unknown kind")
}

// Confirm answers CONFIRM.
func (s *Server) Confirm(ctx context.Context, request *pb.ConfirmRequest) (*pb.ConfirmResponse, error) {
	if err := protocol.CheckConfirm(request); err != nil {
		return nil, err
	}
	if s.running.Err() != nil {
		return nil, shuttingDown()
	}
	id, _ := protocol.ParseClientID(request.GetClientId()) // has been checked
	session, err := s.find(ctx, id, request.GetResumeKey())
	if err != nil {
		return nil, err
	}
	attempt := request.GetAttempt()
	switch err := s.config.Store.Finish(ctx, id, session.Seed, attempt); {
	case errors.Is(err, store.ErrSuperseded):
		return nil, protocol.Errorf(protocol.StaleAttempt, "attempt is not that of the session")
	case err != nil:
		return nil, s.refusal(err)
	}
	s.attached.end(sessionKey{id, session.Seed}, attempt, sessionGone())
	return new(pb.ConfirmResponse), nil
}

// serveStateless serves item index and all that follow.
func (s *Server) serveStateless(c *connection, a uint32, asked *uint32, index uint32) error {
	ratio := uint32(protocol.DefaultRatio)
	if asked != nil {
		ratio = *asked
	}
	opened := s.opened(index)
	opened.Profile = &pb.Opened_Stateless{Stateless: &pb.StatelessOpened{A: a, Ratio: ratio}}
	if err := c.sendOpened(opened); err != nil {
		return err
	}
	values := protocol.NewDoubling(a, ratio, index)
	for ; index < protocol.MaxCount; index++ {
		item := &pb.Item{Index: index, Value: &pb.Item_Integer{Integer: values.Bytes()}}
		if err := c.sendPaced(&pb.OpenResponse{Message: &pb.OpenResponse_Item{Item: item}}); err != nil {
			return err
		}
		values.Advance()
	}
	return nil
}

// start carries out steps 4 to 7 of a stateful START and serves the session from item 0.
func (s *Server) start(c *connection, r *pb.StatefulStart, granted []string) error {
	id, _ := protocol.ParseClientID(r.GetClientId()) // has been checked
	proposal := store.Session{N: r.GetN(), Seed: s.config.DrawSeed(id), Attempt: r.GetAttempt()}
	asked := time.Now()
	session, _, err := s.config.Store.Start(c.untilKnown(), id, proposal, s.leaseTime())
	if err != nil {
		return s.refusal(err)
	}
	opened := s.opened(0)
	opened.Extensions = granted
	opened.Profile = &pb.Opened_Stateful{Stateful: s.openedSession(id, session)}
	return s.serveSession(c, id, session, opened, asked)
}

// resume carries out steps 4 to 7 of a stateful RESUME and serves the session.
func (s *Server) resume(c *connection, r *pb.StatefulResume, granted []string) error {
	id, _ := protocol.ParseClientID(r.GetClientId()) // has been checked
	session, err := s.find(c.untilKnown(), id, r.GetResumeKey())
	if err != nil {
		return err
	}
	index := r.GetNextIndex()
	if index >= session.N {
		return outOfRange(session.N, index)
	}
	asked := time.Now()
	session.Attempt, err = s.config.Store.Attach(c.untilKnown(), id, session.Seed, r.GetAttempt(), s.leaseTime())
	if err != nil {
		return s.refusal(err)
	}
	opened := s.opened(index)
	opened.Extensions = granted
	stateful := s.openedSession(id, session)
	if slices.Contains(granted, protocol.PrefixChecksum) {
		stateful.PrefixChecksum = &pb.PrefixChecksum{Count: index, Sha256: protocol.ChecksumOf(session.Seed, index)}
	}
	opened.Profile = &pb.Opened_Stateful{Stateful: stateful}
	return s.serveSession(c, id, session, opened, asked)
}

// find returns the session with this client id and resume key.
func (s *Server) find(ctx context.Context, id protocol.ClientID, key []byte) (store.Session, error) {
	session, err := s.config.Store.Lookup(ctx, id)
	if err != nil {
		return session, s.refusal(err)
	}
	if subtle.ConstantTimeCompare(key, protocol.ResumeKey(id, session.Seed)) != 1 {
		return session, sessionGone()
	}
	return session, nil
}

// serveSession serves a session that is attached to the connection since the given time,
// and settles it when the connection ends.
func (s *Server) serveSession(c *connection, id protocol.ClientID, session store.Session, opened *pb.Opened, since time.Time) error {
	l := &lease{
		store:    s.config.Store,
		id:       id,
		session:  session,
		ttl:      s.leaseTime(),
		period:   renewalPeriod(s.config.Interval),
		patience: renewalPatience(s.config.Interval),
		logger:   s.config.Logger,
		renewing: make(chan struct{}, 1),
		renewed:  since,
	}
	c.guard = l.hold
	stopKeeping := l.keep(c.ctx, c.end)
	err := s.sendSession(c, l, opened)
	stopKeeping()
	confirm := slices.Contains(opened.GetExtensions(), protocol.ConfirmFinal)
	switch {
	case err == nil && !confirm:
		l.settle(c.untilKnown(), "finish", s.config.Store.Finish(c.untilKnown(), id, session.Seed, session.Attempt))
	case s.detachable(err):
		l.settle(c.untilKnown(), "detach", l.renew(c.untilKnown(), s.config.Retention))
	}
	return err
}

// sendSession sends all messages of the connection. Without an error FINAL has gone out.
func (s *Server) sendSession(c *connection, l *lease, opened *pb.Opened) error {
	session, index := l.session, opened.GetNextIndex()
	if err := c.sendOpened(opened); err != nil {
		return err
	}
	// Not before OPENED, which is due also when a newer attempt is quicker (RSQ-MSG-2).
	defer s.attached.enter(sessionKey{l.id, session.Seed}, session.Attempt, c.end)()

	values := protocol.NewGenerator(session.Seed, index)
	for ; index < session.N-1; index++ {
		item := &pb.Item{Index: index, Value: &pb.Item_Number{Number: values.Next()}}
		if err := c.sendPaced(&pb.OpenResponse{Message: &pb.OpenResponse_Item{Item: item}}); err != nil {
			return err
		}
	}
	c.guard = func(ctx context.Context) error { // RSQ-FIN-6
		if err := l.renew(context.WithoutCancel(ctx), l.ttl); err != nil {
			return s.refusal(err)
		}
		return nil
	}
	final := &pb.Final{Index: index, Number: values.Next(), Checksum: protocol.ChecksumOf(session.Seed, session.N)}
	return c.sendPaced(&pb.OpenResponse{Message: &pb.OpenResponse_Final{Final: final}})
}

func (s *Server) opened(index uint32) *pb.Opened {
	return &pb.Opened{
		ProtocolVersion: protocol.Version,
		IntervalMs:      milliseconds(s.config.Interval),
		NextIndex:       index,
	}
}

func (s *Server) openedSession(id protocol.ClientID, session store.Session) *pb.StatefulOpened {
	return &pb.StatefulOpened{
		N:           session.N,
		RetentionMs: milliseconds(s.config.Retention),
		ResumeKey:   protocol.ResumeKey(id, session.Seed),
		Attempt:     session.Attempt,
	}
}

// grant returns the extensions that are in force on a stateful connection.
func (s *Server) grant(asked []string) []string {
	var granted []string
	for _, name := range s.config.Extensions {
		if slices.Contains(asked, name) {
			granted = append(granted, name)
		}
	}
	return granted
}

// leaseTime is the time to live of an attached session: retention + R (RSQ-STO-3).
func (s *Server) leaseTime() time.Duration {
	return s.config.Retention + renewalLimit(s.config.Interval)
}

// refusal turns what a store says into what a client is told.
func (s *Server) refusal(err error) *protocol.Error {
	switch {
	case errors.Is(err, store.ErrFull):
		e := protocol.Errorf(protocol.Overloaded, "no room for a further session")
		e.RetryAfter = retryOverloaded
		return e
	case errors.Is(err, store.ErrConflict):
		return protocol.Errorf(protocol.SessionConflict, "the session has another n")
	case errors.Is(err, store.ErrStale):
		return protocol.Errorf(protocol.StaleAttempt, "attempt is not above that of the session")
	case errors.Is(err, store.ErrMissing):
		return sessionGone()
	case errors.Is(err, store.ErrSuperseded):
		return takenOver()
	}
	s.config.Logger.Warn("store operation failed", "error", err)
	return unavailable("the session store cannot be used")
}

// detachable tells whether a connection that ended with err leaves a session behind that
// is still its own and can be reached.
func (s *Server) detachable(err error) bool {
	var e *protocol.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code {
	case protocol.SessionTakenOver, protocol.SessionNotFound:
		return false
	case protocol.Unavailable:
		return s.running.Err() != nil // otherwise it was the store
	}
	return true
}

func sessionGone() *protocol.Error {
	return protocol.Errorf(protocol.SessionNotFound, "no session with this client id and resume key")
}

func takenOver() *protocol.Error {
	return protocol.Errorf(protocol.SessionTakenOver, "a newer attempt holds the session")
}

func shuttingDown() *protocol.Error {
	return unavailable("the server is shutting down")
}

func unavailable(detail string) *protocol.Error {
	return &protocol.Error{Code: protocol.Unavailable, Detail: detail, RetryAfter: retryUnavailable}
}

func outOfRange(n, got uint32) *protocol.Error {
	return protocol.Errorf(protocol.OffsetOutOfRange, "next_index: expected 0..%d, got %d", n-1, got)
}

func milliseconds(d time.Duration) uint32 {
	return uint32(d / time.Millisecond)
}
