package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"reseq.example/independent/go/internal/protocol"
)

// operationTimeout bounds each operation; the specification allows 2 s (RSQ-RDS-8).
const operationTimeout = 1500 * time.Millisecond

// Redis keeps sessions in a Redis, in the layout of stores/redis.md.
type Redis struct {
	client *redis.Client
	prefix string

	start, lookup, attach, renew, finish *redis.Script
}

// NewRedis returns the store behind a URL such as redis://localhost:6379. It does not
// connect yet. The prefix goes in front of each key.
func NewRedis(url, prefix string) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	// An attach that is repeated by the library would find its own attempt stale.
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	options.DialTimeout = operationTimeout
	options.DialerRetries = 1
	options.Protocol = 2
	options.DisableIdentity = true
	return &Redis{
		client: redis.NewClient(options),
		prefix: prefix,
		start:  redis.NewScript(readRecord + startRecord),
		lookup: redis.NewScript(readRecord + lookupRecord),
		attach: redis.NewScript(readRecord + attachRecord),
		renew:  redis.NewScript(readRecord + renewRecord),
		finish: redis.NewScript(readRecord + finishRecord),
	}, nil
}

// Close closes the connections to Redis.
func (r *Redis) Close() error {
	return r.client.Close()
}

// Key returns the key of a session.
func (r *Redis) Key(id protocol.ClientID) string {
	return r.prefix + "reseq:1:{" + id.String() + "}"
}

// Start implements Store.
func (r *Redis) Start(ctx context.Context, id protocol.ClientID, proposal Session, ttl time.Duration) (Session, bool, error) {
	reply, err := r.run(ctx, r.start, id, decimal(proposal.N), seedText(proposal.Seed), decimal(proposal.Attempt), milliseconds(ttl))
	if err != nil {
		// Redis answers so when it has no memory left and evicts nothing.
		if strings.Contains(err.Error(), "OOM command not allowed") {
			return Session{}, false, ErrFull
		}
		return Session{}, false, err
	}
	s, err := parseSession(reply)
	return s, reply[0] == "created", err
}

// Lookup implements Store.
func (r *Redis) Lookup(ctx context.Context, id protocol.ClientID) (Session, error) {
	reply, err := r.run(ctx, r.lookup, id)
	if err != nil {
		return Session{}, err
	}
	return parseSession(reply)
}

// Attach implements Store.
func (r *Redis) Attach(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) (uint32, error) {
	reply, err := r.run(ctx, r.attach, id, seedText(seed), decimal(attempt), milliseconds(ttl))
	if err != nil {
		return 0, err
	}
	if len(reply) != 2 {
		return 0, fmt.Errorf("store: unexpected reply %q of %d texts", reply[0], len(reply))
	}
	return parseNumber(reply[1], 1<<32-1)
}

// Renew implements Store.
func (r *Redis) Renew(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32, ttl time.Duration) error {
	_, err := r.run(ctx, r.renew, id, seedText(seed), decimal(attempt), milliseconds(ttl))
	return err
}

// Finish implements Store.
func (r *Redis) Finish(ctx context.Context, id protocol.ClientID, seed uint64, attempt uint32) error {
	_, err := r.run(ctx, r.finish, id, seedText(seed), decimal(attempt))
	return err
}

// run carries out one script. The reply has at least one text, the result.
func (r *Redis) run(ctx context.Context, script *redis.Script, id protocol.ClientID, args ...any) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	reply, err := script.Run(ctx, r.client, []string{r.Key(id)}, args...).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if len(reply) == 0 {
		return nil, fmt.Errorf("store: empty reply")
	}
	switch reply[0] {
	case "created", "attached", "found", "ok":
		return reply, nil
	case "conflict":
		return nil, ErrConflict
	case "stale":
		return nil, ErrStale
	case "missing":
		return nil, ErrMissing
	case "superseded":
		return nil, ErrSuperseded
	case "malformed":
		return nil, fmt.Errorf("store: record %s is malformed", r.Key(id))
	default:
		return nil, fmt.Errorf("store: unexpected reply %q of %d texts", reply[0], len(reply))
	}
}

// Fields returns a record as it lies in Redis.
func Fields(s Session) map[string]string {
	return map[string]string{"n": decimal(s.N), "seed": seedText(s.Seed), "attempt": decimal(s.Attempt)}
}

func parseSession(reply []string) (s Session, err error) {
	if len(reply) != 4 {
		return s, fmt.Errorf("store: unexpected reply %q of %d texts", reply[0], len(reply))
	}
	if s.N, err = parseNumber(reply[1], protocol.MaxCount); err != nil {
		return s, err
	}
	if s.Seed, err = strconv.ParseUint(reply[2], 16, 64); err != nil {
		return s, fmt.Errorf("store: malformed record: %w", err)
	}
	s.Attempt, err = parseNumber(reply[3], 1<<32-1)
	return s, err
}

func parseNumber(text string, most uint64) (uint32, error) {
	value, err := strconv.ParseUint(text, 10, 32)
	if err != nil || value < 1 || value > most {
		return 0, fmt.Errorf("store: malformed record: expected 1..%d, got %q", most, text)
	}
	return uint32(value), nil
}

func decimal(value uint32) string { return strconv.FormatUint(uint64(value), 10) }

func seedText(seed uint64) string { return fmt.Sprintf("%016x", seed) }

// milliseconds rounds up, so that a deadline is never early.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}
