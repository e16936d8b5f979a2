package protocol

import "reseq.example/independent/go/internal/pb"

// Fixed numbers of the specification.
const (
	SpecVersion     = "1.0.0"
	Version         = 1     // of the wire
	MaxCount        = 65535 // items of a sequence
	MaxRequestBytes = 4096
	DefaultRatio    = 2

	maxExtensions     = 16
	maxExtensionBytes = 64
)

// Profiles and extensions, as DESCRIBE and OPEN name them.
const (
	Stateless = "stateless"
	Stateful  = "stateful"

	ConfirmFinal   = "confirm-final"
	PrefixChecksum = "prefix-checksum"
)

// CheckOpen judges the form of an OPEN: steps 1 and 2 of the order of checks (RSQ-OPN-1).
// It returns nil or an *Error.
func CheckOpen(request *pb.OpenRequest) error {
	if v := request.GetProtocolVersion(); v != Version {
		return Errorf(UnsupportedVersion, "protocol_version: expected %d, got %d", Version, v)
	}
	if err := checkExtensions(request.GetExtensions()); err != nil {
		return err
	}
	switch r := request.GetRequest().(type) {
	case *pb.OpenRequest_StatelessStart:
		return checkRatio(r.StatelessStart.Ratio)
	case *pb.OpenRequest_StatelessResume:
		if a := r.StatelessResume.GetA(); a < 1 || a > 255 {
			return invalid("a: expected 1..255, got %d", a)
		}
		return checkRatio(r.StatelessResume.Ratio)
	case *pb.OpenRequest_StatefulStart:
		if err := checkClientID(r.StatefulStart.GetClientId()); err != nil {
			return err
		}
		if n := r.StatefulStart.GetN(); n < 1 || n > MaxCount {
			return invalid("n: expected 1..%d, got %d", MaxCount, n)
		}
		return nil
	case *pb.OpenRequest_StatefulResume:
		if err := checkClientID(r.StatefulResume.GetClientId()); err != nil {
			return err
		}
		return checkResumeKey(r.StatefulResume.GetResumeKey())
	default:
		return invalid("request: expected one of stateless_start, stateless_resume, stateful_start and stateful_resume, got none")
	}
}

// CheckConfirm judges the form of a CONFIRM. It returns nil or an *Error.
func CheckConfirm(request *pb.ConfirmRequest) error {
	if err := checkClientID(request.GetClientId()); err != nil {
		return err
	}
	if err := checkResumeKey(request.GetResumeKey()); err != nil {
		return err
	}
	if request.GetAttempt() == 0 {
		return invalid("attempt: expected 1..4294967295, got 0")
	}
	return nil
}

func checkExtensions(names []string) error {
	if len(names) > maxExtensions {
		return invalid("extensions: expected at most %d, got %d", maxExtensions, len(names))
	}
	for _, name := range names {
		if len(name) < 1 || len(name) > maxExtensionBytes {
			return invalid("extensions: expected names of 1..%d bytes, got %d bytes", maxExtensionBytes, len(name))
		}
	}
	return nil
}

func checkRatio(ratio *uint32) error {
	if ratio != nil && *ratio != 2 && *ratio != 3 {
		return invalid("ratio: expected 2 or 3, got %d", *ratio)
	}
	return nil
}

func checkClientID(text string) error {
	if _, err := ParseClientID(text); err != nil {
		return invalid("client_id: %v", err)
	}
	return nil
}

func checkResumeKey(key []byte) error {
	if len(key) != ResumeKeySize {
		return invalid("resume_key: expected %d bytes, got %d", ResumeKeySize, len(key))
	}
	return nil
}

func invalid(format string, args ...any) error {
	return Errorf(InvalidRequest, format, args...)
}
