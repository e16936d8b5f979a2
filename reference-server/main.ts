/**
 * The command `reseq server`: flags, signals and output of the reference server. Flags: README.md.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parseDuration, parseIntIn, UsageError } from '../protocol/cli.ts';
import { EXTENSIONS } from '../protocol/messages.ts';
import { packageVersion } from '../protocol/package-root.ts';
import { createGrpcBinding, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_STREAMS, type TlsOptions } from './bindings/grpc.ts';
import { createConsoleLog } from './console-log.ts';
import { createServer, type ReseqServer } from './index.ts';
import type { Log } from './log.ts';
import { serveMetrics } from './metrics.ts';
import { DEFAULT_MAX_SESSIONS } from './store/memory.ts';

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly interval: number;
  readonly retention: number;
  readonly maxSessions: number;
  readonly maxConnections: number;
  readonly maxStreams: number;
  readonly confirmFinal: boolean;
  readonly prefixChecksum: boolean;
  readonly seedFromClientId: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly metricsPort?: number;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Exit status after a second signal, as shells report an interrupted program. */
const EXIT_INTERRUPTED = 130;
const MAX_LIMIT = 10_000_000;

/** `reseq server`, ready to be added to a program. */
export function serverCommand(): Command {
  return new Command('server')
    .description('Serves stateless and stateful sequences over gRPC, each at the pace of --interval.')
    .option('--port <port>', 'port to listen on, 0 = any free one', parseIntIn('port', 0, 65_535), 9_000)
    .option('--host <host>', 'address to listen on; localhost is 127.0.0.1 and ::1', 'localhost')
    .option('--interval <duration>', 'time between two items, such as 1s or 20ms', parseFlag('interval'), 1_000)
    .option('--retention <duration>', 'how long a disconnected session is kept', parseFlag('retention'), 30_000)
    .option(
      '--max-sessions <n>',
      'sessions kept at one time',
      parseIntIn('max-sessions', 1, MAX_LIMIT),
      DEFAULT_MAX_SESSIONS,
    )
    .option(
      '--max-connections <n>',
      'TCP connections at one time',
      parseIntIn('max-connections', 1, MAX_LIMIT),
      DEFAULT_MAX_CONNECTIONS,
    )
    .option(
      '--max-streams <n>',
      'calls at one time on one connection',
      parseIntIn('max-streams', 1, MAX_LIMIT),
      DEFAULT_MAX_STREAMS,
    )
    .option('--no-confirm-final', 'do not offer the extension confirm-final')
    .option('--no-prefix-checksum', 'do not offer the extension prefix-checksum')
    .option('--seed-from-client-id', 'test mode: the seed is the first 8 bytes of the client id', false)
    .option('--tls-cert <file>', 'certificate chain (PEM): serve over TLS; needs --tls-key')
    .option('--tls-key <file>', 'private key (PEM) of --tls-cert')
    .option('--tls-ca <file>', 'certificates (PEM) that sign clients: refuse clients without one')
    .option(
      '--metrics-port <port>',
      'serve Prometheus metrics over HTTP on this port',
      parseIntIn('metrics-port', 0, 65_535),
    )
    .option('--json', 'first line and log as JSON', false)
    .option('--verbose', 'log each connection', false)
    .action((flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const log = createConsoleLog(flags, process.stderr);
  const server = createServer({
    binding: createGrpcBinding({
      host: flags.host,
      port: flags.port,
      tls: readTls(flags),
      maxConnections: flags.maxConnections,
      maxStreams: flags.maxStreams,
    }),
    intervalMs: flags.interval,
    retentionMs: flags.retention,
    maxSessions: flags.maxSessions,
    extensions: EXTENSIONS.filter((name) => (name === 'confirm-final' ? flags.confirmFinal : flags.prefixChecksum)),
    seedFromClientId: flags.seedFromClientId,
    log,
    implementation: `reseq ${packageVersion()} reference server (Node ${process.versions.node})`,
  });
  const { host, port } = await server.listen().catch((error: unknown) => {
    throw unusable(flags, error);
  });
  if (flags.metricsPort !== undefined) await addMetrics(server, flags.metricsPort, log);
  drainOnSignal(server, log);
  const listening = `${host}:${port}`;
  process.stdout.write(
    flags.json ? `${JSON.stringify({ listening, port })}\n` : `reseq-server listening on ${listening}\n`,
  );
}

/** Which flag is to blame when the server cannot listen. */
function unusable(flags: Flags, error: unknown): UsageError {
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : undefined;
  if (syscall === 'getaddrinfo') return new UsageError('host', `an address (${reason(error)})`, flags.host);
  if (syscall !== undefined) {
    return new UsageError('port', `a free port on ${flags.host} (${reason(error)})`, flags.port);
  }
  return new UsageError('tls-cert', `a certificate and its key in PEM (${reason(error)})`, flags.tlsCert);
}

async function addMetrics(server: ReseqServer, asked: number, log: Log): Promise<void> {
  try {
    const { port } = await serveMetrics(server, '127.0.0.1', asked);
    log.info({ url: `http://127.0.0.1:${port}/metrics` }, 'metrics');
  } catch (error) {
    await server.close();
    throw new UsageError('metrics-port', `a free port on 127.0.0.1 (${reason(error)})`, asked);
  }
}

/** The first signal lets clients go elsewhere, a second one does not wait. */
function drainOnSignal(server: ReseqServer, log: Log): void {
  let isDraining = false;
  const stop = (signal: string): void => {
    if (isDraining) process.exit(EXIT_INTERRUPTED);
    isDraining = true;
    log.info({ signal }, 'draining');
    server.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'drain failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** At least 1 ms. */
function parseFlag(name: string): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text);
    if (ms < 1) throw new UsageError(name, 'at least 1ms', text);
    return ms;
  };
}

function readTls({ tlsCert, tlsKey, tlsCa }: Flags): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined) throw new UsageError('tls-cert', 'a PEM file beside tls-key and tls-ca', undefined);
  if (tlsKey === undefined) throw new UsageError('tls-key', 'the PEM file of the key of tls-cert', undefined);
  return {
    cert: readPem('tls-cert', tlsCert),
    key: readPem('tls-key', tlsKey),
    ca: tlsCa === undefined ? undefined : readPem('tls-ca', tlsCa),
  };
}

function readPem(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(flag, `a readable PEM file (${reason(error)})`, path);
  }
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
