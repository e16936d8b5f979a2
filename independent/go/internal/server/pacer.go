package server

import (
	"context"
	"math/rand/v2"
	"time"
)

// pacer says when the items of one connection are due: the first one at once, each further
// one at an absolute deadline one interval after the deadline before.
type pacer struct {
	interval time.Duration
	due      time.Time
	first    bool
}

func newPacer(interval time.Duration) *pacer {
	return &pacer{interval: interval}
}

// start makes the first item due now.
func (p *pacer) start() {
	p.due = time.Now()
	p.first = true
}

// wait returns when the next item is due, or when ctx is done, then with its cause.
func (p *pacer) wait(ctx context.Context) error {
	timer := time.NewTimer(time.Until(p.due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sent sets the next deadline, after an item has left.
func (p *pacer) sent() {
	// Late by more than a tenth: a new row of deadlines begins, so that missed time is not
	// made up for (RSQ-PAC-3), and begins at random within the lateness (RSQ-PAC-4).
	now := time.Now()
	if late := now.Sub(p.due); late > p.interval/10 {
		p.due = now.Add(rand.N(min(late, p.interval) + 1))
	}
	p.due = p.due.Add(p.interval)
	if p.first {
		p.first = false
		p.due = p.due.Add(rand.N(p.interval/10 + 1)) // RSQ-PAC-4
	}
}
