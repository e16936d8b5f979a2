// Package pb holds the messages and service stubs generated from the
// specification's reseq.proto. Run `go generate ./internal/pb` after a change of that
// file; it needs protoc 3.15 or later, the plugins are tools of this module.
package pb

//go:generate sh generate.sh
