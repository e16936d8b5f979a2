package client

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/server"
	"reseq.example/independent/go/internal/store"
)

func TestJudge(t *testing.T) {
	for name, test := range map[string]struct {
		status  codes.Code
		trailer map[string]string
		ever    bool    // an OPENED has come
		want    Outcome // "" = a drop
		code    protocol.Code
		retry   time.Duration
	}{
		"code of the registry":          {codes.Internal, map[string]string{"reseq-code": "106"}, true, Rejected, 106, 0},
		"unknown terminal code":         {codes.Unavailable, map[string]string{"reseq-code": "99"}, true, Rejected, 99, 0},
		"unknown retryable code":        {codes.NotFound, map[string]string{"reseq-code": "299"}, true, "", 0, 0},
		"reserved code":                 {codes.NotFound, map[string]string{"reseq-code": "9999999999"}, true, Rejected, 9999999999, 0},
		"code too long":                 {codes.NotFound, map[string]string{"reseq-code": "00000000200"}, false, Rejected, 102, 0},
		"code with a sign":              {codes.Unavailable, map[string]string{"reseq-code": "+100"}, false, "", 0, 0},
		"retryable, with a time":        {codes.Unavailable, map[string]string{"reseq-code": "200", "reseq-retry-after-ms": "1500"}, false, "", 0, 1500 * time.Millisecond},
		"retryable, malformed time":     {codes.Unavailable, map[string]string{"reseq-code": "200", "reseq-retry-after-ms": "1.5"}, false, "", 0, 0},
		"not found before OPENED":       {codes.Unknown, map[string]string{"reseq-code": "102"}, false, Rejected, 102, 0},
		"not found after OPENED":        {codes.Unknown, map[string]string{"reseq-code": "102"}, true, Incomplete, 102, 0},
		"bare invalid argument":         {codes.InvalidArgument, nil, false, Rejected, 100, 0},
		"bare not found after OPENED":   {codes.NotFound, nil, true, Incomplete, 102, 0},
		"bare aborted":                  {codes.Aborted, nil, true, Rejected, 105, 0},
		"bare unauthenticated":          {codes.Unauthenticated, nil, true, Rejected, 0, 0},
		"bare unimplemented, before":    {codes.Unimplemented, nil, false, Rejected, 0, 0},
		"bare unimplemented, after":     {codes.Unimplemented, nil, true, "", 0, 0},
		"bare unavailable with a time":  {codes.Unavailable, map[string]string{"reseq-retry-after-ms": "7"}, true, "", 0, 7 * time.Millisecond},
		"bare cancelled":                {codes.Canceled, nil, true, "", 0, 0},
		"bare resource exhausted":       {codes.ResourceExhausted, nil, true, "", 0, 0},
		"bare internal before OPENED":   {codes.Internal, nil, false, "", 0, 0},
		"bare failed precondition":      {codes.FailedPrecondition, nil, true, Rejected, 106, 0},
		"bare permission denied":        {codes.PermissionDenied, nil, true, Rejected, 0, 0},
		"bare deadline exceeded":        {codes.DeadlineExceeded, nil, true, "", 0, 0},
		"bare already exists, no codes": {codes.AlreadyExists, map[string]string{"reseq-code": ""}, true, Rejected, 103, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := &end{status.Error(test.status, "detail"), metadata.New(test.trailer)}
			switch got := e.judge(test.ever).(type) {
			case *drop:
				if test.want != "" || got.retryAfter != test.retry {
					t.Errorf("a drop with %v", got.retryAfter)
				}
			case *ending:
				if got.outcome != test.want || got.code != test.code {
					t.Errorf("%v with code %d", got.outcome, got.code)
				}
			}
		})
	}
	if _, ok := (&end{err: io.EOF}).judge(true).(*drop); !ok {
		t.Error("END is not a drop")
	}
}

// serve starts a server on a port of its own.
func serve(t *testing.T, service pb.SequenceServiceServer) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rpc := grpc.NewServer()
	pb.RegisterSequenceServiceServer(rpc, service)
	go rpc.Serve(listener)
	t.Cleanup(rpc.Stop)
	return listener.Addr().String()
}

// proxy passes bytes on, for at most the given time for each connection.
func proxy(t *testing.T, target string, lifetime time.Duration) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var passing sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		passing.Wait()
	})
	passing.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			if err != nil {
				near.Close()
				continue
			}
			time.AfterFunc(lifetime, func() { near.Close(); far.Close() })
			passing.Go(func() { io.Copy(near, far); near.Close() })
			passing.Go(func() { io.Copy(far, near); far.Close() })
		}
	})
	return listener.Addr().String()
}

func TestRunOverDroppingConnections(t *testing.T) {
	service := server.New(server.Config{
		Store:      store.NewMemory(0),
		Interval:   20 * time.Millisecond,
		Retention:  10 * time.Second,
		Extensions: []string{protocol.ConfirmFinal, protocol.PrefixChecksum},
	})
	address := proxy(t, serve(t, service), 200*time.Millisecond)
	for name, config := range map[string]Config{
		"stateful":  {Profile: protocol.Stateful, ClientID: protocol.NewClientID(), Extensions: []string{protocol.ConfirmFinal, protocol.PrefixChecksum}},
		"stateless": {Profile: protocol.Stateless, Ratio: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config.Server, config.Count = address, 25
			r := Run(t.Context(), config)
			if r.Outcome != Complete || r.Received != 25 || r.Reconnects == 0 || r.Error != nil {
				t.Errorf("result %+v, error %+v", r, r.Error)
			}
			if r.Checksum != r.ExpectedChecksum {
				t.Errorf("checksum %s, expected %s", r.Checksum, r.ExpectedChecksum)
			}
			if r.Profile == protocol.Stateless && r.Sum != protocol.DoublingSum(r.A, r.Ratio, 25).String() {
				t.Errorf("sum %s", r.Sum)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	service := server.New(server.Config{Store: store.NewMemory(0), Interval: time.Hour, Retention: time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	r := Run(ctx, Config{Server: serve(t, service), Profile: protocol.Stateful, Count: 2, ClientID: protocol.NewClientID()})
	if r.Outcome != Interrupted || r.Received != 1 {
		t.Errorf("result %+v", r)
	}
}

// scripted sends the same messages on each connection.
type scripted struct {
	pb.UnimplementedSequenceServiceServer
	messages []*pb.OpenResponse
}

func (s scripted) Open(_ *pb.OpenRequest, stream grpc.ServerStreamingServer[pb.OpenResponse]) error {
	for _, m := range s.messages {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return nil
}

func opened(change func(*pb.Opened, *pb.StatefulOpened)) *pb.OpenResponse {
	stateful := &pb.StatefulOpened{N: 3, RetentionMs: 1000, ResumeKey: make([]byte, 16), Attempt: 1}
	o := &pb.Opened{ProtocolVersion: 1, IntervalMs: 1, Profile: &pb.Opened_Stateful{Stateful: stateful}}
	change(o, stateful)
	return &pb.OpenResponse{Message: &pb.OpenResponse_Opened{Opened: o}}
}

var stateless = &pb.Opened_Stateless{Stateless: &pb.StatelessOpened{A: 1, Ratio: 2}}

func item(index, number uint32) *pb.OpenResponse {
	return &pb.OpenResponse{Message: &pb.OpenResponse_Item{Item: &pb.Item{Index: index, Value: &pb.Item_Number{Number: number}}}}
}

func final(index, number uint32, checksum []byte) *pb.OpenResponse {
	return &pb.OpenResponse{Message: &pb.OpenResponse_Final{Final: &pb.Final{Index: index, Number: number, Checksum: checksum}}}
}

func TestServersMessages(t *testing.T) {
	right := func(*pb.Opened, *pb.StatefulOpened) {}
	sum := protocol.NewChecksum()
	for _, value := range []uint32{7, 8, 9} {
		sum.Add(value)
	}
	for name, test := range map[string]struct {
		messages []*pb.OpenResponse
		want     Outcome
		received uint32
	}{
		"complete":          {[]*pb.OpenResponse{opened(right), item(0, 7), item(1, 8), final(2, 9, sum.Sum())}, Complete, 3},
		"duplicates":        {[]*pb.OpenResponse{opened(right), item(0, 7), item(0, 1), item(1, 8), final(0, 1, nil), final(2, 9, sum.Sum())}, Complete, 3},
		"wrong value":       {[]*pb.OpenResponse{opened(right), item(0, 7), item(1, 1), final(2, 9, sum.Sum())}, Mismatch, 3},
		"another n":         {[]*pb.OpenResponse{opened(func(_ *pb.Opened, s *pb.StatefulOpened) { s.N = 4 })}, Mismatch, 0},
		"another version":   {[]*pb.OpenResponse{opened(func(o *pb.Opened, _ *pb.StatefulOpened) { o.ProtocolVersion = 2 })}, Mismatch, 0},
		"another index":     {[]*pb.OpenResponse{opened(func(o *pb.Opened, _ *pb.StatefulOpened) { o.NextIndex = 1 })}, Mismatch, 0},
		"another profile":   {[]*pb.OpenResponse{opened(func(o *pb.Opened, _ *pb.StatefulOpened) { o.Profile = stateless })}, Mismatch, 0},
		"gap":               {[]*pb.OpenResponse{opened(right), item(1, 7)}, Mismatch, 0},
		"item before":       {[]*pb.OpenResponse{item(0, 7)}, Mismatch, 0},
		"short key":         {[]*pb.OpenResponse{opened(func(_ *pb.Opened, s *pb.StatefulOpened) { s.ResumeKey = nil })}, Mismatch, 0},
		"OPENED twice":      {[]*pb.OpenResponse{opened(right), opened(right)}, Mismatch, 0},
		"kind":              {[]*pb.OpenResponse{opened(right), {}}, Mismatch, 0},
		"final, wrong size": {[]*pb.OpenResponse{opened(right), final(2, 9, nil)}, Mismatch, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Run(t.Context(), Config{Server: serve(t, scripted{messages: test.messages}), Profile: protocol.Stateful, Count: 3, ClientID: protocol.NewClientID()})
			if r.Outcome != test.want || r.Received != test.received {
				t.Errorf("result %+v, error %+v", r, r.Error)
			}
			if (r.Error == nil) != (r.Outcome == Complete) {
				t.Errorf("error %+v", r.Error)
			}
		})
	}
}

func TestFaultsOfOpenedGoBeforeContradictions(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*pb.Opened, *pb.StatefulOpened)
		fault  bool // else a mismatch
	}{
		"no profile":                     {func(o *pb.Opened, _ *pb.StatefulOpened) { o.Profile = nil }, true},
		"no profile and another version": {func(o *pb.Opened, _ *pb.StatefulOpened) { o.Profile, o.ProtocolVersion = nil, 2 }, true},
		"short key":                      {func(_ *pb.Opened, s *pb.StatefulOpened) { s.ResumeKey = make([]byte, 15) }, true},
		"short key and another n":        {func(_ *pb.Opened, s *pb.StatefulOpened) { s.ResumeKey, s.N = nil, 4 }, true},
		"short key and another index":    {func(o *pb.Opened, s *pb.StatefulOpened) { s.ResumeKey, o.NextIndex = nil, 1 }, true},
		"another profile":                {func(o *pb.Opened, _ *pb.StatefulOpened) { o.Profile = stateless }, false},
		"prefix checksum of another size": {func(_ *pb.Opened, s *pb.StatefulOpened) {
			s.PrefixChecksum = &pb.PrefixChecksum{Sha256: make([]byte, 31)}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := &run{sequence: newSession(protocol.NewClientID(), 3, []string{protocol.PrefixChecksum})}
			err := r.takeOpened(opened(test.change).GetOpened())
			d, dropped := errors.AsType[*drop](err)
			end, ended := errors.AsType[*ending](err)
			if test.fault && (!dropped || !d.fault) || !test.fault && (!ended || end.outcome != Mismatch) {
				t.Errorf("%T %v", err, err)
			}
		})
	}
}

// deaf grants confirm-final and does not know CONFIRM.
type deaf struct {
	scripted
	asked atomic.Int32
}

func (d *deaf) Confirm(context.Context, *pb.ConfirmRequest) (*pb.ConfirmResponse, error) {
	d.asked.Add(1)
	return nil, status.Error(codes.Unimplemented, "no such method")
}

func TestConfirmIsNotRepeatedWhereItIsUnknown(t *testing.T) {
	sum := protocol.NewChecksum()
	sum.Add(7)
	grant := opened(func(o *pb.Opened, s *pb.StatefulOpened) { s.N, o.Extensions = 1, []string{protocol.ConfirmFinal} })
	service := &deaf{scripted: scripted{messages: []*pb.OpenResponse{grant, final(0, 7, sum.Sum())}}}
	r := Run(t.Context(), Config{Server: serve(t, service), Profile: protocol.Stateful, Count: 1, ClientID: protocol.NewClientID(), Extensions: []string{protocol.ConfirmFinal}})
	if r.Outcome != Complete || service.asked.Load() != 1 {
		t.Errorf("result %+v, CONFIRM sent %d times", r, service.asked.Load())
	}
}
