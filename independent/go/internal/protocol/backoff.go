package protocol

import (
	"math/rand/v2"
	"time"
)

// Bounds of a random time, both ends included.
type Bounds struct {
	Min, Max time.Duration
}

// Draw takes a time out of the bounds, uniformly.
func (b Bounds) Draw() time.Duration {
	if b.Max <= b.Min {
		return b.Min
	}
	return b.Min + rand.N(b.Max-b.Min+1)
}

// BackoffBounds returns the bounds of the wait before retry k, which is 0 for the first one
// since the last newly accepted item (RSQ-BAK-2).
func BackoffBounds(k int) Bounds {
	const first, most = 250 * time.Millisecond, 5 * time.Second
	longest := most
	if k < 5 { // 250 ms * 2^5 is above the limit already
		longest = first << k
	}
	return Bounds{Min: longest / 2, Max: longest}
}

// RetryAfterBounds returns the bounds of the wait that an ERROR with a retry time asks for
// (RSQ-BAK-4).
func RetryAfterBounds(after time.Duration) Bounds {
	after = min(after, 60*time.Second)
	return Bounds{Min: after, Max: after + after/4}
}
