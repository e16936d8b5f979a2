// Package vectors checks this implementation against the golden vectors of the
// specification.
package vectors

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"reseq.example/independent/go/internal/pb"
	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/store"
)

const directory = "../../../../vectors"

type vectorFile struct {
	SpecVersion string
	Vectors     []vector
}

type vector struct {
	ID     string
	Op     string
	Bug    string
	Input  json.RawMessage
	Output json.RawMessage
}

// op answers one question. The answer is anything that encodes to JSON.
type op func(t *testing.T, input json.RawMessage) (output any)

// with makes an op of a function that takes its input decoded.
func with[Input any](f func(*testing.T, Input) any) op {
	return func(t *testing.T, raw json.RawMessage) any {
		var input Input
		if err := json.Unmarshal(raw, &input); err != nil {
			t.Fatal(err)
		}
		return f(t, input)
	}
}

type object map[string]any

type hex64 uint64

func (h *hex64) UnmarshalText(text []byte) error {
	value, err := strconv.ParseUint(string(text), 16, 64)
	*h = hex64(value)
	return err
}

type sequenceInput struct {
	Seed     hex64
	From     uint32
	Count    uint32
	Initseq  *hex64
	Values   []hex64
	A, Ratio uint32
	Index    uint32
}

func operations() map[string]op {
	return map[string]op{
		"pcg32.items": with(func(t *testing.T, in sequenceInput) any {
			g := protocol.NewGenerator(uint64(in.Seed), in.From)
			if in.Initseq != nil {
				g = protocol.NewStream(uint64(in.Seed), uint64(*in.Initseq), in.From)
			}
			items := make([]string, in.Count)
			for i := range items {
				items[i] = fmt.Sprintf("%08x", g.Next())
			}
			return object{"items": items}
		}),
		"checksum.sequence": with(func(t *testing.T, in sequenceInput) any {
			return object{"sha256": hex.EncodeToString(protocol.ChecksumOf(uint64(in.Seed), in.Count))}
		}),
		"checksum.values": with(func(t *testing.T, in sequenceInput) any {
			sum := protocol.NewChecksum()
			for _, value := range in.Values {
				sum.Add(uint32(value))
			}
			return object{"sha256": hex.EncodeToString(sum.Sum())}
		}),
		"doubling.value": with(func(t *testing.T, in sequenceInput) any {
			return object{"integer": hex.EncodeToString(doubled(t, in))}
		}),
		"doubling.value-digest": with(func(t *testing.T, in sequenceInput) any {
			value := doubled(t, in)
			return object{"bytes": len(value), "sha256": digest(value)}
		}),
		"doubling.sum": with(func(t *testing.T, in sequenceInput) any {
			return object{"sum": protocol.DoublingSum(in.A, in.Ratio, in.Count).String()}
		}),
		"doubling.sum-digest": with(func(t *testing.T, in sequenceInput) any {
			text := protocol.DoublingSum(in.A, in.Ratio, in.Count).String()
			return object{"digits": len(text), "sha256": digest([]byte(text))}
		}),
		"client-id.parse": with(func(t *testing.T, in struct{ Text string }) any {
			id, err := protocol.ParseClientID(in.Text)
			if err != nil {
				return object{"error": protocol.InvalidRequest.Name()}
			}
			return object{"clientId": id.String()}
		}),
		"request.check": with(func(t *testing.T, in struct{ Request json.RawMessage }) any {
			request := new(pb.OpenRequest)
			fromJSON(t, in.Request, request)
			return verdict(t, protocol.CheckOpen(request))
		}),
		"confirm.check": with(func(t *testing.T, in struct{ Request json.RawMessage }) any {
			request := new(pb.ConfirmRequest)
			fromJSON(t, in.Request, request)
			return verdict(t, protocol.CheckConfirm(request))
		}),
		"resume-key": with(func(t *testing.T, in struct {
			ClientID string
			Seed     hex64
		}) any {
			key := protocol.ResumeKey(parseID(t, in.ClientID), uint64(in.Seed))
			return object{"resumeKey": hex.EncodeToString(key)}
		}),
		"backoff.bounds": with(func(t *testing.T, in struct{ K int }) any {
			return bounds(protocol.BackoffBounds(in.K))
		}),
		"backoff.retry-after-bounds": with(func(t *testing.T, in struct{ RetryAfterMs int64 }) any {
			return bounds(protocol.RetryAfterBounds(time.Duration(in.RetryAfterMs) * time.Millisecond))
		}),
		"frame.encode": with(func(t *testing.T, in struct {
			Message string
			Value   json.RawMessage
		}) any {
			message := newMessage(t, in.Message)
			fromJSON(t, in.Value, message)
			encoded, err := proto.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			return object{"hex": hex.EncodeToString(encoded)}
		}),
		"frame.decode": with(func(t *testing.T, in struct{ Message, Hex string }) any {
			message := newMessage(t, in.Message)
			encoded, err := hex.DecodeString(in.Hex)
			if err != nil {
				t.Fatal(err)
			}
			if err := proto.Unmarshal(encoded, message); err != nil {
				t.Fatal(err)
			}
			return object{"value": toJSON(message)}
		}),
		"record.layout": with(func(t *testing.T, in struct {
			ClientID string
			N        uint32
			Seed     hex64
			Attempt  uint32
		}) any {
			redis, err := store.NewRedis("redis://localhost", "")
			if err != nil {
				t.Fatal(err)
			}
			defer redis.Close()
			fields := store.Fields(store.Session{N: in.N, Seed: uint64(in.Seed), Attempt: in.Attempt})
			return object{"key": redis.Key(parseID(t, in.ClientID)), "fields": fields}
		}),
		"store.run":    runStore,
		"exchange.run": runExchange,
	}
}

func TestVectors(t *testing.T) {
	files := 0
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" || entry.Name() == "schema.json" {
			return err
		}
		files++
		t.Run(entry.Name(), func(t *testing.T) { checkFile(t, path) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatalf("no vectors in %s", directory)
	}
}

func checkFile(t *testing.T, path string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if file.SpecVersion != protocol.SpecVersion {
		t.Errorf("vectors of version %s, expected %s", file.SpecVersion, protocol.SpecVersion)
	}
	known := operations()
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			f, found := known[v.Op]
			if !found {
				t.Fatalf("unknown operation %q", v.Op)
			}
			got := normal(t, f(t, v.Input))
			var want map[string]any
			if err := json.Unmarshal(v.Output, &want); err != nil {
				t.Fatal(err)
			}
			equal := agrees(got, want)
			if v.Op == "frame.encode" {
				equal = sameMessage(t, v.Input, got["hex"], want["hex"])
			}
			switch {
			case v.Bug == "" && !equal:
				t.Errorf("got  %v\nwant %v", got, want)
			case v.Bug != "" && equal:
				t.Errorf("has the mistake %q: %v", v.Bug, got)
			}
		})
	}
}

// agrees compares the members of want; others are ignored.
func agrees(got, want map[string]any) bool {
	for name, value := range want {
		if !reflect.DeepEqual(got[name], value) {
			return false
		}
	}
	return true
}

// normal brings an answer into the form that JSON has after decoding.
func normal(t *testing.T, answer any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// sameMessage accepts any lawful encoding.
func sameMessage(t *testing.T, input json.RawMessage, got, want any) bool {
	t.Helper()
	var in struct{ Message string }
	if err := json.Unmarshal(input, &in); err != nil {
		t.Fatal(err)
	}
	var messages [2]proto.Message
	for i, text := range []any{got, want} {
		encoded, err := hex.DecodeString(text.(string))
		if err != nil {
			t.Fatal(err)
		}
		messages[i] = newMessage(t, in.Message)
		if err := proto.Unmarshal(encoded, messages[i]); err != nil {
			t.Fatal(err)
		}
	}
	return proto.Equal(messages[0], messages[1])
}

func doubled(t *testing.T, in sequenceInput) []byte {
	t.Helper()
	value := protocol.NewDoubling(in.A, in.Ratio, in.Index).Bytes()
	if in.Index < 2000 { // the way of a server that goes from item to item
		walked := protocol.NewDoubling(in.A, in.Ratio, 0)
		for range in.Index {
			walked.Advance()
		}
		if !reflect.DeepEqual(walked.Bytes(), value) {
			t.Errorf("walking gives another value than jumping")
		}
	}
	return value
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func verdict(t *testing.T, err error) any {
	t.Helper()
	if err == nil {
		return object{"ok": true}
	}
	refusal, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		t.Fatalf("not a refusal: %v", err)
	}
	field, _, _ := strings.Cut(refusal.Detail, ":")
	return object{"error": refusal.Code.Name(), "field": field}
}

func bounds(b protocol.Bounds) any {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return object{"minMs": ms(b.Min), "maxMs": ms(b.Max)}
}

func parseID(t *testing.T, text string) protocol.ClientID {
	t.Helper()
	id, err := protocol.ParseClientID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
