package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/store"
)

// renewalLimit is R, the longest time between two renewals (RSQ-STO-3).
func renewalLimit(interval time.Duration) time.Duration {
	return min(max(interval, time.Second), 5*time.Second)
}

// renewalPeriod is the time between two renewals, below R so that a slow store does not
// push a renewal behind it.
func renewalPeriod(interval time.Duration) time.Duration {
	return renewalLimit(interval) * 3 / 4
}

// renewalPatience is how old the last renewal may be when an item is sent, so that the item
// does not leave later than an interval and 1 s after a takeover (RSQ-ATT-8).
func renewalPatience(interval time.Duration) time.Duration {
	return interval + 900*time.Millisecond
}

// lease is a server's hold on a session.
type lease struct {
	store    store.Store
	id       protocol.ClientID
	session  store.Session
	ttl      time.Duration // of an attached session
	period   time.Duration // of renewals in the background
	patience time.Duration // without a renewal, for hold
	logger   *slog.Logger

	renewing chan struct{} // has room for one renewal at a time

	mu      sync.Mutex
	renewed time.Time // when the last renewal that succeeded was asked for
	failing bool      // the last renewal got no answer
}

// renew sets the deadline of the session to ttl from now.
func (l *lease) renew(ctx context.Context, ttl time.Duration) error {
	return l.store.Renew(ctx, l.id, l.session.Seed, l.session.Attempt, ttl)
}

// keep renews the lease in the background and calls end when it is lost. The function that
// it returns stops that and waits until it has stopped.
func (l *lease) keep(ctx context.Context, end context.CancelCauseFunc) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if lost := l.keepRenewing(ctx); ctx.Err() == nil {
			end(lost)
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// keepRenewing goes on until the lease is lost and returns the ERROR that is then due, or
// until ctx is done.
func (l *lease) keepRenewing(ctx context.Context) error {
	for {
		timer := time.NewTimer(min(l.period, time.Until(l.expires())))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		if err := l.extend(ctx, func() bool { return true }); err != nil {
			return err
		}
	}
}

// hold returns nil if the session is held well enough to send one more item, and otherwise
// the ERROR that is due. Usually it does nothing. But a process that was stopped for a while
// may have lost the session without knowing, and then asks the store first (RSQ-ATT-8).
func (l *lease) hold(ctx context.Context) error {
	if !l.doubtful() {
		return nil
	}
	return l.extend(ctx, l.doubtful)
}

// doubtful tells whether the session may have been lost for longer than is allowed. While
// the store cannot be used there is no way to know, and items go on (RSQ-STO-6).
func (l *lease) doubtful() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := time.Since(l.renewed)
	if l.failing {
		return age >= l.ttl
	}
	return age > l.patience
}

func (l *lease) expires() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renewed.Add(l.ttl)
}

// over tells whether the lease has run out while the store did not answer. One that has run
// out while the process was stopped is not over before the store says so.
func (l *lease) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failing && time.Since(l.renewed) >= l.ttl
}

// extend renews the lease if that is necessary once other renewals have come to their end.
// It returns an ERROR when the session is lost or the lease has run out, or the cause of ctx.
func (l *lease) extend(ctx context.Context, necessary func() bool) error {
	select {
	case l.renewing <- struct{}{}:
		defer func() { <-l.renewing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if !necessary() {
		return nil
	}
	if l.over() {
		return unavailable("the session store cannot be used")
	}
	asked := time.Now()
	renewal := ctx
	if expires := l.expires(); asked.Before(expires) {
		var cancel context.CancelFunc
		renewal, cancel = context.WithDeadline(ctx, expires)
		defer cancel()
	}
	err := l.renew(renewal, l.ttl)
	switch {
	case errors.Is(err, store.ErrSuperseded):
		return takenOver()
	case errors.Is(err, store.ErrMissing):
		return sessionGone()
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	l.mu.Lock()
	l.failing = err != nil
	if err == nil {
		l.renewed = asked
	}
	l.mu.Unlock()
	if err != nil {
		l.logger.Warn("lease not renewed", "error", err)
		if l.over() {
			return unavailable("the session store cannot be used")
		}
	}
	return nil
}

// settle notes what became of the last operation on a session. A failure is harmless: the
// record expires by itself.
func (l *lease) settle(ctx context.Context, operation string, err error) {
	if err != nil && !errors.Is(err, store.ErrMissing) && !errors.Is(err, store.ErrSuperseded) {
		l.logger.WarnContext(ctx, "session not settled", "operation", operation, "error", err)
	}
}
