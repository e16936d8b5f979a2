package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"reseq.example/independent/go/internal/store"
)

type storeInput struct {
	Room       int
	Operations []storeOperation
}

type storeOperation struct {
	AtMs     int64
	Do       string
	ClientID string
	N        uint32
	Seed     hex64
	Attempt  uint32
	TTLMs    int64
}

// runStore carries out the operations on the store in memory, in artificial time, and on the
// Redis store, and returns the results of the first when the second agrees.
func runStore(t *testing.T, raw json.RawMessage) any {
	var input storeInput
	if err := json.Unmarshal(raw, &input); err != nil {
		t.Fatal(err)
	}
	var results []object
	synctest.Test(t, func(t *testing.T) {
		results = input.run(t, store.NewMemory(input.Room), time.Sleep)
	})
	if input.Room == 0 { // a Redis has no limit of its own
		server := miniredis.RunT(t)
		redis, err := store.NewRedis("redis://"+server.Addr(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer redis.Close()
		if shared := input.run(t, redis, server.FastForward); !reflect.DeepEqual(shared, results) {
			t.Errorf("Redis gives\n%v, memory\n%v", shared, results)
		}
	}
	return object{"results": results}
}

func (in storeInput) run(t *testing.T, s store.Store, pass func(time.Duration)) []object {
	var now int64
	var results []object
	for _, o := range in.Operations {
		if o.AtMs > now {
			pass(time.Duration(o.AtMs-now) * time.Millisecond)
			now = o.AtMs
		}
		results = append(results, o.run(t, s))
	}
	return results
}

func (o storeOperation) run(t *testing.T, s store.Store) object {
	id := parseID(t, o.ClientID)
	seed, ttl := uint64(o.Seed), time.Duration(o.TTLMs)*time.Millisecond
	var session store.Session
	var err error
	result := object{"result": "ok"}
	switch o.Do {
	case "start":
		var created bool
		session, created, err = s.Start(t.Context(), id, store.Session{N: o.N, Seed: seed, Attempt: o.Attempt}, ttl)
		result = record(map[bool]string{true: "created", false: "attached"}[created], session)
	case "lookup":
		session, err = s.Lookup(t.Context(), id)
		result = record("found", session)
	case "attach":
		session.Attempt, err = s.Attach(t.Context(), id, seed, o.Attempt, ttl)
		result = object{"result": "attached", "attempt": session.Attempt}
	case "renew":
		err = s.Renew(t.Context(), id, seed, o.Attempt, ttl)
	case "finish":
		err = s.Finish(t.Context(), id, seed, o.Attempt)
	default:
		t.Fatalf("unknown operation %q", o.Do)
	}
	for refused, name := range map[error]string{
		store.ErrFull: "full", store.ErrConflict: "conflict", store.ErrStale: "stale",
		store.ErrMissing: "missing", store.ErrSuperseded: "superseded",
	} {
		if errors.Is(err, refused) {
			return object{"result": name}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func record(result string, s store.Session) object {
	return object{"result": result, "n": s.N, "seed": fmt.Sprintf("%016x", s.Seed), "attempt": s.Attempt}
}
