// Command reseq-client receives one Reseq sequence and prints its result as one line of
// JSON. Flags, result and exit codes are those of spec/cli.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"reseq.example/independent/go/internal/client"
	"reseq.example/independent/go/internal/protocol"
)

const exitUsage = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run receives one sequence and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	config, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "reseq-client:", err)
		return exitUsage
	}
	config.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	result := client.Run(ctx, config)
	if err := json.NewEncoder(stdout).Encode(result); err != nil {
		fmt.Fprintln(stderr, "reseq-client:", err)
	}
	return exitCode(result.Outcome)
}

func exitCode(o client.Outcome) int {
	switch o {
	case client.Complete:
		return 0
	case client.Mismatch:
		return 1
	case client.Incomplete:
		return 3
	case client.Rejected:
		return 4
	case client.Unreachable:
		return 5
	case client.Interrupted:
		return 130
	}
	panic("no exit code for " + string(o))
}

// parse reads the command line. All values are taken as text first: the flag package reads
// numbers such as 0x10, which the specification does not.
func parse(args []string, stderr io.Writer) (client.Config, error) {
	var server, profile, count, clientID, ratio string
	var noConfirm, prefixChecksum bool
	flags := flag.NewFlagSet("reseq-client", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&server, "server", "", "`HOST:PORT` to connect to")
	flags.StringVar(&profile, "profile", "", "stateless or stateful")
	flags.StringVar(&count, "count", "", "`number` of items, 1..65535")
	flags.StringVar(&clientID, "client-id", "", "stateful: `UUID` of the sequence (default: a random one)")
	flags.StringVar(&ratio, "ratio", "2", "stateless: 2 or 3")
	flags.BoolVar(&noConfirm, "no-confirm", false, "stateful: do not ask for confirm-final")
	flags.BoolVar(&prefixChecksum, "prefix-checksum", false, "stateful: ask for prefix-checksum")
	if err := flags.Parse(args); err != nil {
		return client.Config{}, err
	}
	if flags.NArg() > 0 {
		return client.Config{}, fmt.Errorf("expected flags only, got %q", flags.Arg(0))
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })

	config := client.Config{Server: server, Profile: profile}
	if err := checkAddress(server); err != nil {
		return config, err
	}
	n, err := strconv.ParseUint(count, 10, 16)
	if err != nil || n == 0 {
		return config, fmt.Errorf("--count: expected 1..%d, got %q", protocol.MaxCount, count)
	}
	config.Count = uint32(n)

	var foreign []string // flags of the other profile
	switch profile {
	case protocol.Stateless:
		foreign = []string{"client-id", "no-confirm", "prefix-checksum"}
		if ratio != "2" && ratio != "3" {
			return config, fmt.Errorf("--ratio: expected 2 or 3, got %q", ratio)
		}
		config.Ratio = uint32(ratio[0] - '0')
	case protocol.Stateful:
		foreign = []string{"ratio"}
		config.ClientID = protocol.NewClientID()
		if given["client-id"] {
			if config.ClientID, err = protocol.ParseClientID(clientID); err != nil {
				return config, fmt.Errorf("--client-id: %w", err)
			}
		}
		if !noConfirm {
			config.Extensions = append(config.Extensions, protocol.ConfirmFinal)
		}
		if prefixChecksum {
			config.Extensions = append(config.Extensions, protocol.PrefixChecksum)
		}
	default:
		return config, fmt.Errorf("--profile: expected stateless or stateful, got %q", profile)
	}
	for _, name := range foreign {
		if given[name] {
			return config, fmt.Errorf("--%s: expected with the other profile only, got --profile %s", name, profile)
		}
	}
	return config, nil
}

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err == nil && host != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err == nil && number > 0 {
			return nil
		}
	}
	return fmt.Errorf("--server: expected HOST:PORT, got %q", address)
}
