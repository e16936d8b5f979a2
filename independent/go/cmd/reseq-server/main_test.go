package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"reseq.example/independent/go/internal/client"
	"reseq.example/independent/go/internal/protocol"
)

func TestServeAndDrain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, write := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"--port", "0", "--interval", "10ms"}, write, io.Discard)
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "reseq-server listening on ")
	if !ok {
		t.Fatalf("first line %q", line)
	}
	config := client.Config{Server: address, Profile: protocol.Stateful, Count: 10, ClientID: protocol.NewClientID()}
	if r := client.Run(t.Context(), config); r.Outcome != client.Complete {
		t.Errorf("result %+v, error %+v", r, r.Error)
	}

	config.Count, config.ClientID = protocol.MaxCount, protocol.NewClientID()
	clientContext, stopClient := context.WithCancel(t.Context())
	received := make(chan client.Result, 1)
	go func() { received <- client.Run(clientContext, config) }()
	time.Sleep(100 * time.Millisecond)
	cancel()
	select {
	case code := <-exit:
		if code != 0 {
			t.Errorf("exit %d", code)
		}
	case <-time.After(drainTime - time.Second):
		t.Error("the server did not drain")
	}
	stopClient()
	if r := <-received; r.Outcome != client.Interrupted || r.Received == 0 {
		t.Errorf("result %+v", r)
	}
}

func TestUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"port":      {"--port", "65536"},
		"interval":  {"--interval", "0s"},
		"microsec":  {"--interval", "1500us"},
		"retention": {"--retention", "1000h"},
		"no flag":   {"more"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if code := run(t.Context(), args, &out, io.Discard); code != exitUsage || out.Len() > 0 {
				t.Errorf("exit %d, stdout %q", code, out.String())
			}
		})
	}
}
