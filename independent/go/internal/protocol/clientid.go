// Package protocol has the rules of Reseq that need neither a network nor a clock: the
// identity of sessions, the values of both profiles, the form of requests, the error
// registry and the bounds of a client's waits.
package protocol

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// ClientID names one stateful sequence: the 16 bytes of a UUID in network order.
type ClientID [16]byte

// ParseClientID reads the 36-character form of a UUID in either case. Version and variant
// do not matter, but the nil UUID is refused (RSQ-ENC-1 to RSQ-ENC-3).
func ParseClientID(text string) (ClientID, error) {
	var id ClientID
	malformed := fmt.Errorf("expected a UUID of 36 characters other than the nil UUID, got %q", clip(text))
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, malformed
	}
	digits := text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return id, malformed
	}
	if id == (ClientID{}) {
		return id, malformed
	}
	return id, nil
}

// NewClientID makes a random client id (UUID version 4).
func NewClientID() ClientID {
	var id ClientID
	rand.Read(id[:]) // never fails, it ends the program instead
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// String gives the 36-character form in lower case.
func (id ClientID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// ResumeKeySize is the length of a resume key in bytes.
const ResumeKeySize = 16

// ResumeKey derives the bearer secret of a session (RSQ-KEY-1).
func ResumeKey(id ClientID, seed uint64) []byte {
	message := append([]byte("reseq/1 resume-key\x00"), id[:]...)
	message = binary.BigEndian.AppendUint64(message, seed)
	digest := sha256.Sum256(message)
	return digest[:ResumeKeySize]
}

// clip keeps what a peer sent short enough for a detail text.
func clip(text string) string {
	const most = 64
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
