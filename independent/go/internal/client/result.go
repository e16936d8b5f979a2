package client

import "reseq.example/independent/go/internal/protocol"

// Outcome is how a run has ended, spec/core.md section 10.
type Outcome string

// The outcomes.
const (
	Complete    Outcome = "complete"
	Mismatch    Outcome = "mismatch"
	Incomplete  Outcome = "incomplete"
	Rejected    Outcome = "rejected"
	Unreachable Outcome = "unreachable"
	Interrupted Outcome = "interrupted"
)

// Result is what a run reports, in the form of spec/cli.md section 2.
type Result struct {
	Outcome    Outcome `json:"result"`
	Profile    string  `json:"profile"`
	Count      uint32  `json:"count"`
	Received   uint32  `json:"received"`
	Reconnects int     `json:"reconnects"`

	// Stateless; A and Ratio are 0 until OPENED has come.
	A     uint32 `json:"a,omitempty"`
	Ratio uint32 `json:"ratio,omitempty"`
	Sum   string `json:"sum,omitempty"`

	// Stateful.
	ClientID         string `json:"clientId,omitempty"`
	Checksum         string `json:"checksum,omitempty"`
	ExpectedChecksum string `json:"expectedChecksum,omitempty"`

	Error *ResultError `json:"error,omitempty"`
}

// ResultError tells why a run is not complete.
type ResultError struct {
	Code    protocol.Code `json:"code,omitempty"`
	Name    string        `json:"name,omitempty"`
	Message string        `json:"message"`
}

// ending is the error that ends a run with an outcome other than complete.
type ending struct {
	outcome Outcome
	code    protocol.Code // 0 = no code of the registry applies
	message string
}

func (e *ending) Error() string {
	return string(e.outcome) + ": " + e.message
}

func (e *ending) report() *ResultError {
	return &ResultError{Code: e.code, Name: e.code.Name(), Message: e.message}
}

func mismatch(message string) error {
	return &ending{outcome: Mismatch, code: protocol.ProtocolError, message: message}
}
