package protocol

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math/bits"
)

const (
	multiplier = 6364136223846793005
	initseq    = 54
)

// Generator is PCG32 (PCG XSH RR 64/32) at some position of its sequence.
type Generator struct {
	state, inc uint64
}

// NewGenerator returns a session's generator in front of item index (RSQ-PRN-1, RSQ-PRN-2).
func NewGenerator(seed uint64, index uint32) Generator {
	return NewStream(seed, initseq, index)
}

// NewStream is NewGenerator on a stream of the caller's choice; Reseq itself uses stream 54 only.
func NewStream(seed, stream uint64, index uint32) Generator {
	g := Generator{inc: stream<<1 | 1}
	g.step()
	g.state += seed
	g.step()
	g.advance(uint64(index))
	return g
}

// Next returns the value of the next item.
func (g *Generator) Next() uint32 {
	old := g.state
	g.step()
	x := uint32((old>>18 ^ old) >> 27)
	return bits.RotateLeft32(x, -int(old>>59))
}

func (g *Generator) step() {
	g.state = g.state*multiplier + g.inc
}

// advance goes delta steps forward in about log2(delta) rounds.
func (g *Generator) advance(delta uint64) {
	am, ap := uint64(1), uint64(0)
	cm, cp := uint64(multiplier), g.inc
	for ; delta > 0; delta >>= 1 {
		if delta&1 == 1 {
			am *= cm
			ap = ap*cm + cp
		}
		cp *= cm + 1
		cm *= cm
	}
	g.state = am*g.state + ap
}

// ChecksumSize is the length of a checksum in bytes.
const ChecksumSize = sha256.Size

// Checksum takes the values of a stateful sequence one by one (RSQ-SUM-1).
type Checksum struct {
	hash hash.Hash
}

// NewChecksum returns the checksum over no values.
func NewChecksum() *Checksum {
	return &Checksum{hash: sha256.New()}
}

// Add appends one value.
func (c *Checksum) Add(value uint32) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], value)
	c.hash.Write(b[:])
}

// Sum returns the checksum over the values added so far.
func (c *Checksum) Sum() []byte {
	return c.hash.Sum(nil)
}

// ChecksumOf returns the checksum over the first count values of a session.
func ChecksumOf(seed uint64, count uint32) []byte {
	sum := NewChecksum()
	g := NewGenerator(seed, 0)
	for range count {
		sum.Add(g.Next())
	}
	return sum.Sum()
}
