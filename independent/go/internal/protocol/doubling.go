package protocol

import "math/big"

// Doubling walks through a stateless sequence: item k is a * ratio^k, exactly (RSQ-SLS-2).
type Doubling struct {
	value, ratio big.Int
}

// NewDoubling returns the sequence of a and ratio in front of item index.
func NewDoubling(a, ratio, index uint32) *Doubling {
	d := new(Doubling)
	d.ratio.SetUint64(uint64(ratio))
	d.value.Exp(&d.ratio, new(big.Int).SetUint64(uint64(index)), nil)
	d.value.Mul(&d.value, new(big.Int).SetUint64(uint64(a)))
	return d
}

// Bytes returns the value of the current item, big-endian without leading zero bytes.
func (d *Doubling) Bytes() []byte {
	return d.value.Bytes()
}

// Advance goes on to the next item.
func (d *Doubling) Advance() {
	d.value.Mul(&d.value, &d.ratio)
}

// DoublingSum returns the exact sum of the first count items: a*(ratio^count-1)/(ratio-1).
// The ratio is at least 2.
func DoublingSum(a, ratio, count uint32) *big.Int {
	sum := new(big.Int).SetUint64(uint64(ratio))
	sum.Exp(sum, new(big.Int).SetUint64(uint64(count)), nil)
	sum.Sub(sum, big.NewInt(1))
	sum.Mul(sum, new(big.Int).SetUint64(uint64(a)))
	return sum.Div(sum, new(big.Int).SetUint64(uint64(ratio)-1))
}
