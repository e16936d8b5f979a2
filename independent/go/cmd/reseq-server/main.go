// Command reseq-server serves Reseq over gRPC on a plain-text port.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"reseq.example/independent/go/internal/protocol"
	"reseq.example/independent/go/internal/server"
	"reseq.example/independent/go/internal/store"
)

const (
	exitFailure = 1
	exitUsage   = 2

	// drainTime is how long connections may take to end after SIGTERM.
	drainTime = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	host        string
	port        int
	interval    time.Duration
	retention   time.Duration
	store       string
	storePrefix string
	maxSessions uint
	seedFromID  bool
	verbose     bool
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("reseq-server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.host, "host", "localhost", "`address` to listen on")
	flags.IntVar(&o.port, "port", 9000, "port to listen on, 0 = any")
	flags.DurationVar(&o.interval, "interval", time.Second, "`time` between two items")
	flags.DurationVar(&o.retention, "retention", 30*time.Second, "`time` for which a detached session is kept")
	flags.StringVar(&o.store, "store", "memory", "memory or a redis:// `URL`")
	flags.StringVar(&o.storePrefix, "store-prefix", "", "`text` in front of each key in Redis")
	flags.UintVar(&o.maxSessions, "max-sessions", 100_000, "sessions kept in memory, 0 = no limit")
	flags.BoolVar(&o.seedFromID, "seed-from-client-id", false, "test mode: take the seed of a session from its client id")
	flags.BoolVar(&o.verbose, "verbose", false, "log more")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	err := errors.Join(
		check(flags.NArg() == 0, "expected flags only, got %q", flags.Args()),
		check(o.port >= 0 && o.port <= math.MaxUint16, "--port: expected 0..65535, got %d", o.port),
		check(isMilliseconds(o.interval), "--interval: expected whole milliseconds from 1ms to 2147483647ms, got %v", o.interval),
		check(isMilliseconds(o.retention), "--retention: expected whole milliseconds from 1ms to 2147483647ms, got %v", o.retention),
		check(o.maxSessions <= math.MaxUint32, "--max-sessions: expected 0..4294967295, got %d", o.maxSessions),
	)
	if err != nil {
		fmt.Fprintln(stderr, err)
	}
	return o, err
}

func check(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func isMilliseconds(d time.Duration) bool {
	return d >= time.Millisecond && d <= math.MaxInt32*time.Millisecond && d%time.Millisecond == 0
}

// run serves until ctx is done and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return exitUsage
	}
	if err := serve(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "reseq-server:", err)
		return exitFailure
	}
	return 0
}

func serve(ctx context.Context, o options, stdout, stderr io.Writer) error {
	config := server.Config{
		Interval:   o.interval,
		Retention:  o.retention,
		Extensions: []string{protocol.ConfirmFinal, protocol.PrefixChecksum},
	}
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelDebug
	}
	config.Logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	if o.seedFromID {
		config.DrawSeed = server.SeedFromClientID
	}
	if o.store == "memory" {
		config.Store = store.NewMemory(int(o.maxSessions))
		config.MaxSessions = uint32(o.maxSessions)
	} else {
		shared, err := store.NewRedis(o.store, o.storePrefix)
		if err != nil {
			return err
		}
		defer shared.Close()
		config.Store = shared
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(o.host, strconv.Itoa(o.port)))
	if err != nil {
		return err
	}
	sequences := server.New(config)
	healthy := health.NewServer()
	rpc := grpc.NewServer(server.Options()...)
	server.Register(rpc, sequences)
	healthpb.RegisterHealthServer(rpc, healthy)
	reflection.Register(rpc)

	served := make(chan error, 1)
	go func() { served <- rpc.Serve(listener) }()
	port := listener.Addr().(*net.TCPAddr).Port
	fmt.Fprintf(stdout, "reseq-server listening on %s\n", net.JoinHostPort(o.host, strconv.Itoa(port)))

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	healthy.Shutdown()
	sequences.Shutdown()
	force := time.AfterFunc(drainTime, rpc.Stop)
	defer force.Stop()
	rpc.GracefulStop()
	return nil
}
