package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	const server, profile, count = "--server localhost:9000", "--profile stateful", "--count 20"
	for name, test := range map[string]struct {
		args string
		ok   bool
	}{
		"stateful":            {server + " " + profile + " " + count, true},
		"other order":         {count + " " + server + " " + profile + " --no-confirm --prefix-checksum", true},
		"client id":           {server + " " + profile + " " + count + " --client-id 6BA7B810-9dad-41d1-80b4-00c04fd430c8", true},
		"stateless":           {"--server [::1]:9000 --profile stateless --count 65535 --ratio 3", true},
		"no server":           {profile + " " + count, false},
		"no port":             {"--server localhost " + profile + " " + count, false},
		"port 0":              {"--server localhost:0 " + profile + " " + count, false},
		"port 65536":          {"--server localhost:65536 " + profile + " " + count, false},
		"no profile":          {server + " " + count, false},
		"another profile":     {server + " " + count + " --profile other", false},
		"no count":            {server + " " + profile, false},
		"count 0":             {server + " " + profile + " --count 0", false},
		"count 65536":         {server + " " + profile + " --count 65536", false},
		"count 0x10":          {server + " " + profile + " --count 0x10", false},
		"count +5":            {server + " " + profile + " --count +5", false},
		"nil client id":       {server + " " + profile + " " + count + " --client-id 00000000-0000-0000-0000-000000000000", false},
		"ratio 4":             {server + " --profile stateless " + count + " --ratio 4", false},
		"ratio, stateful":     {server + " " + profile + " " + count + " --ratio 2", false},
		"no flag":             {server + " " + profile + " " + count + " more", false},
		"unknown flag":        {server + " " + profile + " " + count + " --more", false},
		"client id stateless": {server + " --profile stateless " + count + " --client-id 6ba7b810-9dad-41d1-80b4-00c04fd430c8", false},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			_, err := parse(strings.Fields(test.args), &stderr)
			if (err == nil) != test.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestUsageError(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--server", "localhost:9000", "--profile", "stateful", "--count", "0"}, &stdout, &stderr)
	if code != 2 || stdout.Len() != 0 || !strings.Contains(stderr.String(), `--count: expected 1..65535, got "0"`) {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}
