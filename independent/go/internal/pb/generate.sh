#!/bin/sh
# Regenerates reseq.pb.go and reseq_grpc.pb.go out of spec/proto/reseq/v1/reseq.proto.
set -eu
cd "$(dirname "$0")"
spec=../../../../spec/proto
package=reseq.example/independent/go/internal/pb
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
go build -o "$tools" google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
PATH="$tools:$PATH" protoc -I "$spec" \
  --go_out=. --go_opt="module=$package,Mreseq/v1/reseq.proto=$package" \
  --go-grpc_out=. --go-grpc_opt="module=$package,Mreseq/v1/reseq.proto=$package" \
  reseq/v1/reseq.proto
