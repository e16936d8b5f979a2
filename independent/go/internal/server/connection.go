package server

import (
	"context"

	"google.golang.org/grpc"

	"reseq.example/independent/go/internal/pb"
)

// connection sends messages at the server's pace until it is told to end.
//
// A peer that does not read blocks stream.Send for as long as it likes. So a goroutine of
// its own sends, one message at a time, and whoever serves the connection can leave it:
// once the handler has returned gRPC makes Send fail, and the goroutine ends.
type connection struct {
	ctx   context.Context         // done when the connection is to end
	end   context.CancelCauseFunc // ends it, with the ERROR to be sent
	pacer *pacer
	guard func(context.Context) error // asked before each item, if not nil

	stream grpc.ServerStreamingServer[pb.OpenResponse]
	outbox chan *pb.OpenResponse
	sent   chan error
}

func newConnection(stream grpc.ServerStreamingServer[pb.OpenResponse], p *pacer) *connection {
	c := &connection{
		pacer:  p,
		stream: stream,
		outbox: make(chan *pb.OpenResponse),
		sent:   make(chan error, 1), // so that the goroutine never waits for us
	}
	c.ctx, c.end = context.WithCancelCause(stream.Context())
	go func() {
		for message := range c.outbox {
			c.sent <- stream.Send(message)
		}
	}()
	return c
}

// close has the sending goroutine end, at the latest when the stream is over.
func (c *connection) close() {
	c.end(nil)
	close(c.outbox)
}

// untilKnown is a context for operations whose result must be known even when the peer has
// gone in the meantime: what was attached has to be detached.
func (c *connection) untilKnown() context.Context {
	return context.WithoutCancel(c.stream.Context())
}

// send returns when the transport has taken the message, or when the connection is to end;
// in that case with the reason.
func (c *connection) send(message *pb.OpenResponse) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	c.outbox <- message
	select {
	case err := <-c.sent:
		return err
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
}

// sendOpened sends OPENED. The first item is due right after it.
func (c *connection) sendOpened(opened *pb.Opened) error {
	if err := c.send(&pb.OpenResponse{Message: &pb.OpenResponse_Opened{Opened: opened}}); err != nil {
		return err
	}
	c.pacer.start()
	return nil
}

// sendPaced sends a message when it is due.
func (c *connection) sendPaced(message *pb.OpenResponse) error {
	if err := c.pacer.wait(c.ctx); err != nil {
		return err
	}
	if c.guard != nil {
		if err := c.guard(c.ctx); err != nil {
			return err
		}
	}
	if err := c.send(message); err != nil {
		return err
	}
	c.pacer.sent()
	return nil
}
