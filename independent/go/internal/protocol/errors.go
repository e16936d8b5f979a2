package protocol

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

// Code is a code of the error registry, spec/errors.md.
type Code uint64

// The registry of version 1.0.0.
const (
	InvalidRequest     Code = 100
	UnsupportedVersion Code = 101
	SessionNotFound    Code = 102
	SessionConflict    Code = 103
	OffsetOutOfRange   Code = 104
	SessionTakenOver   Code = 105
	StaleAttempt       Code = 106
	ProtocolError      Code = 107
	Unavailable        Code = 200
	Overloaded         Code = 201
	Internal           Code = 202
)

type registered struct {
	name   string
	status codes.Code
}

func (c Code) registered() (registered, bool) {
	switch c {
	case InvalidRequest:
		return registered{"INVALID_REQUEST", codes.InvalidArgument}, true
	case UnsupportedVersion:
		return registered{"UNSUPPORTED_VERSION", codes.Unimplemented}, true
	case SessionNotFound:
		return registered{"SESSION_NOT_FOUND", codes.NotFound}, true
	case SessionConflict:
		return registered{"SESSION_CONFLICT", codes.AlreadyExists}, true
	case OffsetOutOfRange:
		return registered{"OFFSET_OUT_OF_RANGE", codes.OutOfRange}, true
	case SessionTakenOver:
		return registered{"SESSION_TAKEN_OVER", codes.Aborted}, true
	case StaleAttempt:
		return registered{"STALE_ATTEMPT", codes.FailedPrecondition}, true
	case ProtocolError:
		return registered{"PROTOCOL_ERROR", codes.InvalidArgument}, true
	case Unavailable:
		return registered{"UNAVAILABLE", codes.Unavailable}, true
	case Overloaded:
		return registered{"OVERLOADED", codes.ResourceExhausted}, true
	case Internal:
		return registered{"INTERNAL", codes.Internal}, true
	}
	return registered{}, false
}

// Name returns the registry name, or "" for a code that this version does not know.
func (c Code) Name() string {
	entry, _ := c.registered()
	return entry.name
}

// Status returns the gRPC status that carries the code.
func (c Code) Status() codes.Code {
	if entry, known := c.registered(); known {
		return entry.status
	}
	return codes.Unknown
}

// Retryable tells whether a client goes on as after a drop (RSQ-ERR-4).
func (c Code) Retryable() bool {
	return c >= 200 && c <= 299
}

func (c Code) String() string {
	if name := c.Name(); name != "" {
		return name
	}
	return fmt.Sprintf("code %d", uint64(c))
}

// Error is the ERROR message: a code of the registry with a text for humans.
type Error struct {
	Code       Code
	Detail     string
	RetryAfter time.Duration // 0 = not said
}

// Errorf makes an Error without a retry time.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	return e.Code.String() + ": " + e.Detail
}
