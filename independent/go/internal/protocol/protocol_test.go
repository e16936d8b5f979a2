package protocol

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

func TestCodes(t *testing.T) {
	for _, test := range []struct {
		code      Code
		text      string
		status    codes.Code
		retryable bool
	}{
		{InvalidRequest, "INVALID_REQUEST", codes.InvalidArgument, false},
		{UnsupportedVersion, "UNSUPPORTED_VERSION", codes.Unimplemented, false},
		{SessionNotFound, "SESSION_NOT_FOUND", codes.NotFound, false},
		{SessionConflict, "SESSION_CONFLICT", codes.AlreadyExists, false},
		{OffsetOutOfRange, "OFFSET_OUT_OF_RANGE", codes.OutOfRange, false},
		{SessionTakenOver, "SESSION_TAKEN_OVER", codes.Aborted, false},
		{StaleAttempt, "STALE_ATTEMPT", codes.FailedPrecondition, false},
		{ProtocolError, "PROTOCOL_ERROR", codes.InvalidArgument, false},
		{Unavailable, "UNAVAILABLE", codes.Unavailable, true},
		{Overloaded, "OVERLOADED", codes.ResourceExhausted, true},
		{Internal, "INTERNAL", codes.Internal, true},
		{0, "code 0", codes.Unknown, false},
		{199, "code 199", codes.Unknown, false},
		{299, "code 299", codes.Unknown, true},
		{300, "code 300", codes.Unknown, false},
	} {
		if got := test.code.String(); got != test.text {
			t.Errorf("%d: text %q, want %q", test.code, got, test.text)
		}
		if got := test.code.Status(); got != test.status {
			t.Errorf("%v: status %v, want %v", test.code, got, test.status)
		}
		if got := test.code.Retryable(); got != test.retryable {
			t.Errorf("%v: retryable %v, want %v", test.code, got, test.retryable)
		}
	}
}

func TestDraw(t *testing.T) {
	for _, b := range []Bounds{{0, 0}, {time.Second, time.Second}, BackoffBounds(0), BackoffBounds(100), RetryAfterBounds(time.Second)} {
		for range 100 {
			if d := b.Draw(); d < b.Min || d > b.Max {
				t.Errorf("drew %v out of %v..%v", d, b.Min, b.Max)
			}
		}
	}
}

func TestNewClientID(t *testing.T) {
	id := NewClientID()
	if again, err := ParseClientID(id.String()); err != nil || again != id {
		t.Errorf("%v is read as %v, %v", id, again, err)
	}
	if id[6]>>4 != 4 || id[8]>>6 != 2 {
		t.Errorf("%v is not of version 4", id)
	}
	if id == NewClientID() {
		t.Error("twice the same id")
	}
}
