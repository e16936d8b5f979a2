package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/wire"
)

// drop is the end of a connection after which the client goes on.
type drop struct {
	reason     string
	fault      bool          // the server sent something faulty
	retryAfter time.Duration // 0 = not said
}

func (d *drop) Error() string { return d.reason }

func fault(reason string) error {
	return &drop{reason: reason, fault: true}
}

// link is one transport connection to the server. It is never made anew: gRPC may dial once,
// and closing the link closes the socket, whatever gRPC still holds on to.
type link struct {
	conn *grpc.ClientConn

	mu     sync.Mutex
	dialed bool
	closed bool
	socket net.Conn
}

// newLink prepares a link. The first call on it makes the transport connection.
func newLink(server string) (*link, error) {
	l := new(link)
	conn, err := grpc.NewClient("passthrough:///"+server,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(l.dial), // also keeps proxies of the environment out
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(wire.Codec())),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithIdleTimeout(0),
		// gRPC raises the time to 10 s. Liveness does not depend on it.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 5 * time.Second, Timeout: 5 * time.Second}),
	)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	return l, nil
}

func (l *link) dial(ctx context.Context, address string) (net.Conn, error) {
	l.mu.Lock()
	again := l.dialed
	l.dialed = true
	l.mu.Unlock()
	if again {
		return nil, errors.New("the link has been used")
	}
	socket, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		socket.Close()
		return nil, net.ErrClosed
	}
	l.socket = socket
	return socket, nil
}

// close closes the transport connection. It may be called more than once.
func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	if l.socket != nil {
		l.socket.Close()
	}
	l.mu.Unlock()
	l.conn.Close()
}

// open sends OPEN. The returned function waits for one message and gives its bytes; at the
// end of the stream it gives an *end.
func (l *link) open(ctx context.Context, request *pb.OpenRequest) (receive func() ([]byte, error), err error) {
	stream, err := l.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, pb.SequenceService_Open_FullMethodName)
	if err != nil {
		return nil, &drop{reason: err.Error()} // nothing has been sent
	}
	// An error here is told better by the first RecvMsg.
	if err := stream.SendMsg(request); err == nil {
		stream.CloseSend()
	}
	return func() ([]byte, error) {
		var frame wire.Frame
		if err := stream.RecvMsg(&frame); err != nil {
			return nil, &end{err, stream.Trailer()}
		}
		return frame, nil
	}, nil
}

// confirm sends CONFIRM. Its error is an *end.
func (l *link) confirm(ctx context.Context, request *pb.ConfirmRequest) error {
	var trailer metadata.MD
	err := l.conn.Invoke(ctx, pb.SequenceService_Confirm_FullMethodName, request, new(pb.ConfirmResponse), grpc.Trailer(&trailer))
	if err != nil {
		return &end{err, trailer}
	}
	return nil
}

// end is the status with which the server, or gRPC, ended a call.
type end struct {
	err     error
	trailer metadata.MD
}

func (e *end) Error() string { return e.err.Error() }

// judge says what the end of a call means: a *drop or an *ending. Ever tells whether an
// OPENED of the sequence has been received (RSQ-GRP-3, RSQ-GRP-11).
func (e *end) judge(ever bool) error {
	if errors.Is(e.err, io.EOF) {
		return &drop{reason: "the server ended the stream"}
	}
	s, _ := status.FromError(e.err)
	code, coded := decimalTrailer(e.trailer, wire.CodeTrailer)
	if !coded {
		code = uint64(codeOf(s.Code()))
	}
	known := protocol.Code(code)
	switch {
	case coded && known.Retryable():
		return &drop{reason: fmt.Sprintf("%v: %s", known, s.Message()), retryAfter: e.retryAfter()}
	case known == protocol.SessionNotFound && ever:
		return &ending{Incomplete, known, s.Message()}
	case coded || known != 0:
		return &ending{Rejected, known, s.Message()}
	}
	switch s.Code() {
	case codes.Unauthenticated, codes.PermissionDenied:
		return &ending{Rejected, 0, s.Message()}
	case codes.Unimplemented:
		if !ever {
			return &ending{Rejected, 0, s.Message()}
		}
	}
	return &drop{reason: e.err.Error(), retryAfter: e.retryAfter()}
}

func (e *end) retryAfter() time.Duration {
	milliseconds, ok := decimalTrailer(e.trailer, wire.RetryAfterTrailer)
	if !ok {
		return 0
	}
	return time.Duration(milliseconds) * time.Millisecond
}

// decimalTrailer reads a trailer of 1 to 10 decimal digits.
func decimalTrailer(trailer metadata.MD, key string) (uint64, bool) {
	values := trailer.Get(key)
	if len(values) != 1 || len(values[0]) > 10 {
		return 0, false
	}
	value, err := strconv.ParseUint(values[0], 10, 64) // takes no sign
	return value, err == nil
}

// codeOf is the code that a status without a usable trailer stands for, or 0.
func codeOf(c codes.Code) protocol.Code {
	switch c {
	case codes.InvalidArgument:
		return protocol.InvalidRequest
	case codes.NotFound:
		return protocol.SessionNotFound
	case codes.AlreadyExists:
		return protocol.SessionConflict
	case codes.OutOfRange:
		return protocol.OffsetOutOfRange
	case codes.Aborted:
		return protocol.SessionTakenOver
	case codes.FailedPrecondition:
		return protocol.StaleAttempt
	}
	return 0
}
