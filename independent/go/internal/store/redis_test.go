package store

import (
	"context"
	"errors"
	"maps"
	"net"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"reseq.example/independent/go/internal/protocol"
)

func newTestStore(t *testing.T) (*Redis, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	redis, err := NewRedis("redis://"+server.Addr(), "test:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { redis.Close() })
	return redis, server
}

func TestRedisRecord(t *testing.T) {
	redis, server := newTestStore(t)
	id := protocol.ClientID{1}
	const key = "test:reseq:1:{01000000-0000-0000-0000-000000000000}"
	if _, _, err := redis.Start(t.Context(), id, Session{N: 20, Seed: 42}, time.Minute); err != nil {
		t.Fatal(err)
	}
	server.HSet(key, "extra", "kept")
	if _, err := redis.Attach(t.Context(), id, 42, 10, 2*time.Minute); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"n": "20", "seed": "000000000000002a", "attempt": "10", "extra": "kept"}
	got := make(map[string]string)
	fields, _ := server.HKeys(key)
	for _, field := range fields {
		got[field] = server.HGet(key, field)
	}
	if !maps.Equal(got, want) {
		t.Errorf("record %v, want %v", got, want)
	}
	if ttl := server.TTL(key); ttl != 2*time.Minute {
		t.Errorf("time to live %v", ttl)
	}
	if keys := server.Keys(); len(keys) != 1 {
		t.Errorf("keys %v", keys)
	}
}

// A record that is not in order makes every operation fail and stays as it is (RSQ-RDS-4).
func TestRedisMalformed(t *testing.T) {
	id := protocol.ClientID{1}
	for name, record := range map[string]map[string]string{
		"no n":              {"seed": "000000000000002a", "attempt": "1"},
		"no seed":           {"n": "20", "attempt": "1"},
		"no attempt":        {"n": "20", "seed": "000000000000002a"},
		"other fields only": {"x": "y"},
		"short seed":        {"n": "20", "seed": "2a", "attempt": "1"},
		"seed in capitals":  {"n": "20", "seed": "000000000000002A", "attempt": "1"},
		"attempt 0":         {"n": "20", "seed": "000000000000002a", "attempt": "0"},
		"leading zero":      {"n": "020", "seed": "000000000000002a", "attempt": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			redis, server := newTestStore(t)
			key := redis.Key(id)
			for field, value := range record {
				server.HSet(key, field, value)
			}
			before := server.Dump()
			_, _, started := redis.Start(t.Context(), id, Session{N: 20, Seed: 42}, time.Minute)
			_, found := redis.Lookup(t.Context(), id)
			_, attached := redis.Attach(t.Context(), id, 42, 5, time.Minute)
			renewed := redis.Renew(t.Context(), id, 42, 1, time.Minute)
			finished := redis.Finish(t.Context(), id, 42, 1)
			for i, err := range []error{started, found, attached, renewed, finished} {
				if err == nil || isResult(err) {
					t.Errorf("operation %d: %v", i, err)
				}
			}
			if after := server.Dump(); after != before {
				t.Errorf("record changed from\n%sto\n%s", before, after)
			}
		})
	}
}

func TestRedisOutOfRange(t *testing.T) {
	redis, server := newTestStore(t)
	id := protocol.ClientID{1}
	server.HSet(redis.Key(id), "n", "65536", "seed", "000000000000002a", "attempt", "1")
	if _, err := redis.Lookup(t.Context(), id); err == nil || isResult(err) {
		t.Errorf("an n of 65536: %v", err)
	}
}

func TestRedisWithoutMemory(t *testing.T) {
	redis, server := newTestStore(t)
	server.SetError("OOM command not allowed when used memory > 'maxmemory'.")
	if _, _, err := redis.Start(t.Context(), protocol.ClientID{1}, Session{N: 1}, time.Minute); !errors.Is(err, ErrFull) {
		t.Errorf("start: %v", err)
	}
}

// A Redis that accepts connections and never answers (RSQ-RDS-8).
func TestRedisSilent(t *testing.T) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	redis, err := NewRedis("redis://"+listener.Addr().String(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	begin := time.Now()
	_, err = redis.Lookup(context.Background(), protocol.ClientID{1})
	if err == nil || isResult(err) {
		t.Errorf("lookup: %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestRedisComesBack(t *testing.T) {
	redis, server := newTestStore(t)
	id := protocol.ClientID{1}
	if _, err := redis.Lookup(t.Context(), id); !errors.Is(err, ErrMissing) {
		t.Fatal(err)
	}
	server.Close()
	if _, err := redis.Lookup(t.Context(), id); err == nil || isResult(err) {
		t.Fatalf("without Redis: %v", err)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	var err error
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, err = redis.Lookup(t.Context(), id); errors.Is(err, ErrMissing) {
			return
		}
	}
	t.Errorf("5 s after Redis came back: %v", err)
}

func isResult(err error) bool {
	for _, result := range []error{ErrFull, ErrConflict, ErrStale, ErrMissing, ErrSuperseded} {
		if errors.Is(err, result) {
			return true
		}
	}
	return false
}
