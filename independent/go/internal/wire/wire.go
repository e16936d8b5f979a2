// Package wire has what both ends of the gRPC binding need besides the generated code.
package wire

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// Trailers of a status that carries an ERROR.
const (
	CodeTrailer       = "reseq-code"
	RetryAfterTrailer = "reseq-retry-after-ms"
)

// Frame is a message that has not been decoded. Received instead of a generated message it
// lets the caller tell bytes that do not decode from a fault of the transport.
type Frame []byte

// Codec is gRPC's codec for protobuf, extended by Frame.
func Codec() encoding.CodecV2 {
	return codec{encoding.GetCodecV2(proto.Name)}
}

type codec struct {
	encoding.CodecV2
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if frame, ok := v.(*Frame); ok {
		*frame = data.Materialize()
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}
