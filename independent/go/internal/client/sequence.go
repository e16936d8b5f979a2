package client

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"slices"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
)

// sequence knows what has been accepted so far and judges what comes next. Its methods
// return nil, a *drop for a faulty message, or an *ending.
type sequence interface {
	// request is the OPEN of the next connection.
	request(attempt uint32) *pb.OpenRequest
	// opened judges the OPENED of a connection that is no faulty message.
	opened(*pb.Opened) error
	// item and final take a message whose index is that of the next item.
	item(*pb.Item) error
	final(*pb.Final) error
	// accepted is the number of accepted items.
	accepted() uint32
	// complete tells whether all items have been accepted and verified.
	complete() bool
	report(*Result)
}

// doubling is a stateless sequence.
type doubling struct {
	n, ratio, a uint32 // a is 0 until the first OPENED
	received    uint32
	next        *protocol.Doubling
	sum         big.Int
}

func (d *doubling) accepted() uint32 { return d.received }

func (d *doubling) complete() bool { return d.received == d.n }

func (d *doubling) request(uint32) *pb.OpenRequest {
	request := &pb.OpenRequest{ProtocolVersion: protocol.Version}
	if d.a == 0 {
		request.Request = &pb.OpenRequest_StatelessStart{StatelessStart: &pb.StatelessStart{Ratio: &d.ratio}}
	} else {
		resume := &pb.StatelessResume{A: d.a, NextIndex: d.received, Ratio: &d.ratio}
		request.Request = &pb.OpenRequest_StatelessResume{StatelessResume: resume}
	}
	return request
}

func (d *doubling) opened(o *pb.Opened) error {
	s := o.GetStateless()
	switch {
	case s == nil:
		return mismatch("OPENED is not of the stateless profile")
	case s.GetRatio() != d.ratio:
		return mismatch("OPENED has another ratio")
	case s.GetA() < 1 || s.GetA() > 255:
		return mismatch("OPENED has an a outside 1..255")
	case d.a != 0 && s.GetA() != d.a:
		return mismatch("OPENED has another a")
	}
	if d.a == 0 {
		d.a = s.GetA()
		d.next = protocol.NewDoubling(d.a, d.ratio, 0)
	}
	return nil
}

func (d *doubling) item(item *pb.Item) error {
	value, ok := item.GetValue().(*pb.Item_Integer)
	if !ok || len(value.Integer) == 0 || value.Integer[0] == 0 {
		return fault("ITEM without a value of its profile")
	}
	if !bytes.Equal(value.Integer, d.next.Bytes()) {
		return mismatch("ITEM has a wrong value")
	}
	d.received++
	d.sum.Add(&d.sum, new(big.Int).SetBytes(value.Integer))
	d.next.Advance()
	return nil
}

func (d *doubling) final(*pb.Final) error {
	return fault("FINAL in the stateless profile")
}

func (d *doubling) report(r *Result) {
	if d.a != 0 {
		r.A, r.Ratio = d.a, d.ratio
	}
	if d.complete() {
		r.Sum = d.sum.String()
	}
}

// session is a stateful sequence.
type session struct {
	id         protocol.ClientID
	n          uint32
	extensions []string // to be asked for

	resumeKey []byte // nil until the first OPENED
	attempt   uint32 // of the last OPENED
	confirm   bool   // confirm-final is granted on the last connection
	received  uint32
	checksum  *protocol.Checksum
	expected  []byte // nil until FINAL
	verified  bool
}

func newSession(id protocol.ClientID, n uint32, extensions []string) *session {
	return &session{id: id, n: n, extensions: extensions, checksum: protocol.NewChecksum()}
}

func (s *session) accepted() uint32 { return s.received }

func (s *session) complete() bool { return s.verified }

func (s *session) request(attempt uint32) *pb.OpenRequest {
	request := &pb.OpenRequest{ProtocolVersion: protocol.Version, Extensions: s.extensions}
	if s.resumeKey == nil {
		start := &pb.StatefulStart{ClientId: s.id.String(), N: s.n, Attempt: &attempt}
		request.Request = &pb.OpenRequest_StatefulStart{StatefulStart: start}
	} else {
		resume := &pb.StatefulResume{ClientId: s.id.String(), NextIndex: s.received, ResumeKey: s.resumeKey, Attempt: &attempt}
		request.Request = &pb.OpenRequest_StatefulResume{StatefulResume: resume}
	}
	return request
}

func (s *session) opened(o *pb.Opened) error {
	stateful := o.GetStateful()
	if stateful == nil {
		return mismatch("OPENED is not of the stateful profile")
	}
	if stateful.GetN() != s.n {
		return mismatch("OPENED has another n")
	}
	if s.resumeKey != nil && !bytes.Equal(stateful.GetResumeKey(), s.resumeKey) {
		return mismatch("OPENED has another resume key")
	}
	prefix := stateful.GetPrefixChecksum()
	if prefix != nil && slices.Contains(s.extensions, protocol.PrefixChecksum) {
		if prefix.GetCount() != s.received || !bytes.Equal(prefix.GetSha256(), s.checksum.Sum()) {
			return mismatch("OPENED has another prefix checksum")
		}
	}
	s.resumeKey = stateful.GetResumeKey()
	s.attempt = stateful.GetAttempt()
	s.confirm = slices.Contains(s.extensions, protocol.ConfirmFinal) &&
		slices.Contains(o.GetExtensions(), protocol.ConfirmFinal)
	return nil
}

func (s *session) item(item *pb.Item) error {
	value, ok := item.GetValue().(*pb.Item_Number)
	if !ok {
		return fault("ITEM without a value of its profile")
	}
	if item.GetIndex() >= s.n-1 {
		return fault("ITEM where FINAL is due")
	}
	s.accept(value.Number)
	return nil
}

func (s *session) final(final *pb.Final) error {
	if final.GetIndex() != s.n-1 {
		return fault("FINAL before the last item")
	}
	if len(final.GetChecksum()) != protocol.ChecksumSize {
		return fault("FINAL with a checksum of another length")
	}
	s.accept(final.GetNumber())
	s.expected = final.GetChecksum()
	if !bytes.Equal(s.expected, s.checksum.Sum()) {
		return mismatch("FINAL has another checksum")
	}
	s.verified = true
	return nil
}

func (s *session) accept(value uint32) {
	s.received++
	s.checksum.Add(value)
}

func (s *session) report(r *Result) {
	r.ClientID = s.id.String()
	r.ExpectedChecksum = hex.EncodeToString(s.expected)
	if s.received == s.n {
		r.Checksum = hex.EncodeToString(s.checksum.Sum())
	}
}
