package server

import (
	"context"
	"errors"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/wire"
)

// A dead peer is noticed within keepaliveTime + keepaliveTimeout, and that is below D.
const (
	dropDetection    = 10 * time.Second
	keepaliveTime    = 4 * time.Second
	keepaliveTimeout = 4 * time.Second
)

// Options returns what a gRPC server needs for the binding, Register in particular.
func Options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(wire.Codec()),
		grpc.MaxRecvMsgSize(protocol.MaxRequestBytes),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		// The default tolerates a ping every 5 minutes only.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	}
}

// Register adds the service to a gRPC server that was made with Options. Compared with the
// generated registration it decodes requests itself, so that bytes that do not decode are
// refused as the specification wants it (RSQ-LIM-8), and it sends errors with their trailers.
func Register(registrar grpc.ServiceRegistrar, s *Server) {
	service := pb.SequenceService_ServiceDesc
	service.Methods = nil
	for _, method := range pb.SequenceService_ServiceDesc.Methods {
		handler := method.Handler
		method.Handler = func(srv any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			response, err := handler(srv, ctx, func(message any) error { return receive(decode, message) }, interceptor)
			return response, toStatus(err, func(trailer metadata.MD) { grpc.SetTrailer(ctx, trailer) })
		}
		service.Methods = append(service.Methods, method)
	}
	service.Streams = nil
	for _, stream := range pb.SequenceService_ServiceDesc.Streams {
		handler := stream.Handler
		stream.Handler = func(srv any, ss grpc.ServerStream) error {
			return toStatus(handler(srv, decodingStream{ss}), ss.SetTrailer)
		}
		service.Streams = append(service.Streams, stream)
	}
	registrar.RegisterService(&service, s)
}

type decodingStream struct {
	grpc.ServerStream
}

func (s decodingStream) RecvMsg(message any) error {
	return receive(s.ServerStream.RecvMsg, message)
}

// receive takes the bytes of a request and decodes them.
func receive(next func(any) error, message any) error {
	var frame wire.Frame
	if err := next(&frame); err != nil {
		return err
	}
	if err := proto.Unmarshal(frame, message.(proto.Message)); err != nil {
		return protocol.Errorf(protocol.InvalidRequest, "request: expected a protobuf message, got %d bytes that do not decode", len(frame))
	}
	return nil
}

// toStatus makes the gRPC status out of what a handler returns (RSQ-GRP-1, RSQ-GRP-2).
func toStatus(err error, setTrailer func(metadata.MD)) error {
	if err == nil {
		return nil
	}
	var e *protocol.Error
	if !errors.As(err, &e) {
		if _, ok := status.FromError(err); ok {
			return err // of the gRPC library
		}
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return status.FromContextError(err).Err() // the peer has gone
		}
		e = protocol.Errorf(protocol.Internal, "internal error")
	}
	trailer := metadata.Pairs(wire.CodeTrailer, strconv.FormatUint(uint64(e.Code), 10))
	if e.RetryAfter > 0 && e.Code.Retryable() {
		trailer.Set(wire.RetryAfterTrailer, strconv.FormatInt(e.RetryAfter.Milliseconds(), 10))
	}
	setTrailer(trailer)
	return status.Error(e.Code.Status(), e.Detail)
}
