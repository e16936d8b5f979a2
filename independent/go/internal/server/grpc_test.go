package server

import (
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/store"
)

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string                  { return "proto" }
func (raw) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = data
	return nil
}

func dial(t *testing.T, s *Server) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	rpc := grpc.NewServer(Options()...)
	Register(rpc, s)
	go rpc.Serve(listener)
	t.Cleanup(rpc.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestErrorsOnTheWire(t *testing.T) {
	s := New(Config{Store: store.NewMemory(0), Interval: time.Second, Retention: time.Second})
	down := New(Config{Store: store.NewMemory(0), Interval: time.Second, Retention: time.Second})
	down.Shutdown()
	encode := func(m proto.Message) []byte {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	open, confirm := pb.SequenceService_Open_FullMethodName, pb.SequenceService_Confirm_FullMethodName
	start := &pb.OpenRequest{ProtocolVersion: 1, Request: &pb.OpenRequest_StatelessStart{StatelessStart: new(pb.StatelessStart)}}
	for name, test := range map[string]struct {
		server     *Server
		method     string
		request    []byte
		status     codes.Code
		detail     string
		code       string
		retryAfter string
	}{
		"no request":          {s, open, []byte{0x08, 0x01}, codes.InvalidArgument, "request: expected one of stateless_start, stateless_resume, stateful_start and stateful_resume, got none", "100", ""},
		"not decodable":       {s, open, []byte{0xff}, codes.InvalidArgument, "request: expected a protobuf message, got 1 bytes that do not decode", "100", ""},
		"version":             {s, open, nil, codes.Unimplemented, "protocol_version: expected 1, got 0", "101", ""},
		"shutting down":       {down, open, encode(start), codes.Unavailable, "the server is shutting down", "200", "500"},
		"confirm undecodable": {s, confirm, []byte{0xff}, codes.InvalidArgument, "request: expected a protobuf message, got 1 bytes that do not decode", "100", ""},
		"confirm unknown": {s, confirm, encode(&pb.ConfirmRequest{ClientId: clientID, ResumeKey: make([]byte, 16), Attempt: 1}),
			codes.NotFound, "no session with this client id and resume key", "102", ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, test.server)
			var trailer metadata.MD
			var answer []byte
			err := conn.Invoke(t.Context(), test.method, test.request, &answer, grpc.ForceCodec(raw{}), grpc.Trailer(&trailer))
			got := status.Convert(err)
			if got.Code() != test.status || got.Message() != test.detail {
				t.Errorf("status %v %q", got.Code(), got.Message())
			}
			if codes := trailer.Get("reseq-code"); len(codes) != 1 || codes[0] != test.code {
				t.Errorf("reseq-code %q", codes)
			}
			retry := append(trailer.Get("reseq-retry-after-ms"), "")
			if retry[0] != test.retryAfter {
				t.Errorf("reseq-retry-after-ms %q", retry[0])
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	s := New(Config{Store: store.NewMemory(0), Interval: time.Second, Retention: 30 * time.Second, MaxSessions: 7})
	s.Shutdown() // DESCRIBE is always answered
	d, err := pb.NewSequenceServiceClient(dial(t, s)).Describe(t.Context(), new(pb.DescribeRequest))
	if err != nil {
		t.Fatal(err)
	}
	if d.GetIntervalMs() != 1000 || d.GetRetentionMs() != 30000 || d.GetDropDetectionMs() > 10000 || d.GetLimits().GetMaxSessions() != 7 {
		t.Errorf("description %v", d)
	}
}
