/**
 * The flags of `reseq server`, and what they say together. Meaning: README.md.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Command } from 'commander';
import { parseIntIn, UsageError } from '../protocol/cli.ts';
import { EXTENSIONS } from '../protocol/messages.ts';
import { packageVersion } from '../protocol/package-root.ts';
import { DEFAULT_UNREAD_MS, type GrpcBindingOptions, type TlsOptions } from './bindings/grpc.ts';
import type { ServerSettings } from './index.ts';
import { addLimits, type LimitFlags, spanOption } from './limit-flags.ts';
import { parseStoreUrl, type RedisLocation } from './store/store-url.ts';

export interface Flags extends LimitFlags {
  readonly host: string;
  readonly port: number;
  readonly interval: number;
  readonly retention: number;
  readonly confirmFinal: boolean;
  readonly prefixChecksum: boolean;
  readonly seedFromClientId: boolean;
  readonly store: string;
  readonly storeCacert?: string;
  readonly workers: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly metricsPort?: number;
  readonly json: boolean;
  readonly verbose: boolean;
}

const MAX_WORKERS = 256;

/** @returns the command, with the flags added */
export function addFlags(command: Command): Command {
  command
    .option('--port <port>', 'port to listen on, 0 = any free one', parseIntIn('port', 0, 65_535), 9_000)
    .option('--host <host>', 'address to listen on; localhost is 127.0.0.1 and ::1', 'localhost')
    .addOption(spanOption('interval', 'time between two items, such as 1s or 20ms', 1_000))
    .addOption(spanOption('retention', 'how long a disconnected session is kept', 30_000))
    // Parsed later: the parser of flags would print the whole word, password and all, when it is wrong.
    .option('--store <url>', 'where sessions live: memory, redis[s]://… or redis[s]+cluster://…', 'memory')
    .option('--store-cacert <file>', 'certificate authorities (PEM) of a store over TLS')
    .option(
      '--workers <n>',
      'processes behind the port; needs a shared store',
      parseIntIn('workers', 1, MAX_WORKERS),
      1,
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
    .option('--verbose', 'log each connection', false);
  return addLimits(command);
}

/** What the flags say about the protocol. */
export function protocolSettings(flags: Flags): ServerSettings {
  return {
    intervalMs: flags.interval,
    retentionMs: flags.retention,
    maxSessions: flags.maxSessions,
    maxRequestBytes: flags.maxRequestBytes,
    openRate: flags.openRate,
    resumeRate: flags.resumeRate,
    blockedMs: flags.readTimeout,
    extensions: EXTENSIONS.filter((name) => (name === 'confirm-final' ? flags.confirmFinal : flags.prefixChecksum)),
    seedFromClientId: flags.seedFromClientId,
    implementation: `reseq ${packageVersion()} reference server (Node ${process.versions.node})`,
  };
}

/** What the flags say about connections. */
export function bindingSettings(flags: Flags): GrpcBindingOptions {
  const { maxConnections, maxConnectionsPerAddress, limitLoopback, maxStreams, maxRequestBytes, maxMetadataBytes } =
    flags;
  return {
    tls: readTls(flags),
    maxConnections,
    maxConnectionsPerAddress,
    limitLoopback,
    maxStreams,
    maxRequestBytes,
    maxMetadataBytes,
    handshakeMs: flags.handshakeTimeout,
    idleMs: flags.idleTimeout,
    requestMs: flags.requestTimeout,
    unreadMs: Math.min(flags.readTimeout, DEFAULT_UNREAD_MS),
  };
}

export interface SharedStore {
  readonly location: RedisLocation;
  readonly ca: Buffer | undefined;
}

/** The shared store, undefined for the memory of the server itself. @throws UsageError */
export function readStore({ store, storeCacert }: Flags): SharedStore | undefined {
  const location = parseStoreUrl(store);
  const isTls = location.kind === 'redis' && location.isTls;
  if (storeCacert !== undefined && !isTls)
    throw new UsageError('store-cacert', 'a store over TLS, rediss://…', storeCacert);
  if (location.kind === 'memory') return undefined;
  return { location, ca: storeCacert === undefined ? undefined : readPem('store-cacert', storeCacert) };
}

/** @throws UsageError for files that cannot be used */
export function readTls({ tlsCert, tlsKey, tlsCa }: Flags): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined) throw new UsageError('tls-cert', 'a PEM file beside tls-key and tls-ca', undefined);
  if (tlsKey === undefined) throw new UsageError('tls-key', 'the PEM file of the key of tls-cert', undefined);
  const tls = {
    cert: readPem('tls-cert', tlsCert),
    key: readPem('tls-key', tlsKey),
    ca: tlsCa === undefined ? undefined : readPem('tls-ca', tlsCa),
  };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new UsageError('tls-cert', `a certificate and its key in PEM (${reason(error)})`, tlsCert);
  }
  return tls;
}

/** The code of an error where it has one. */
export function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function readPem(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(flag, `a readable PEM file (${reason(error)})`, path);
  }
}
