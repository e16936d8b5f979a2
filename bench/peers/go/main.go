// What a user of grpc-go writes: generated messages, a goroutine and a ticker for each call.
// Arguments: interval in milliseconds, 0 = as fast as the stream takes them; calls at one time on one connection.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"

	pb "reseq/bench/peer/gen/reseq/v1"
)

var interval time.Duration

func open(_ any, stream grpc.ServerStream) error {
	var request pb.OpenRequest
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	index := uint32(0)
	send := func() error {
		item := &pb.Item{Index: index & 0xffff, Value: &pb.Item_Number{Number: index}}
		index++
		return stream.SendMsg(&pb.OpenResponse{Message: &pb.OpenResponse_Item{Item: item}})
	}
	for range 2 {
		if err := send(); err != nil {
			return err
		}
	}
	if interval == 0 {
		time.Sleep(time.Second) // until all streams are open
		for {
			if err := send(); err != nil {
				return err
			}
		}
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case <-ticker.C:
			if err := send(); err != nil {
				return err
			}
		}
	}
}

var service = grpc.ServiceDesc{
	ServiceName: "reseq.v1.SequenceService",
	HandlerType: (*any)(nil),
	Streams:     []grpc.StreamDesc{{StreamName: "Open", Handler: open, ServerStreams: true}},
}

func argument(number, standard int) int {
	if len(os.Args) <= number {
		return standard
	}
	value, err := strconv.Atoi(os.Args[number])
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	interval = time.Duration(argument(1, 1000)) * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer(grpc.MaxConcurrentStreams(uint32(argument(2, 100))))
	server.RegisterService(&service, nil)
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		panic(err)
	}
}
