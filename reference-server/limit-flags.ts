/**
 * The flags of `reseq server` that limit what peers can cost it. Spec: core.md section 12.1; meaning: README.md.
 */
import { type Command, Option } from 'commander';
import { durationText, parseDuration, parseIntIn, UsageError } from '../protocol/cli.ts';
import { MAX_REQUEST_BYTES } from '../protocol/limits.ts';
import {
  DEFAULT_HANDSHAKE_MS,
  DEFAULT_IDLE_MS,
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
  DEFAULT_MAX_METADATA_BYTES,
  DEFAULT_MAX_STREAMS,
  DEFAULT_REQUEST_MS,
} from './bindings/grpc.ts';
import { DEFAULT_BLOCKED_MS, DEFAULT_OPEN_RATE, DEFAULT_RESUME_RATE } from './index.ts';
import { DEFAULT_MAX_SESSIONS } from './store/memory.ts';

export interface LimitFlags {
  readonly maxSessions: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxStreams: number;
  readonly maxRequestBytes: number;
  readonly maxMetadataBytes: number;
  /** A second, 0 = no limit. */
  readonly openRate: number;
  /** A second, 0 = no limit. */
  readonly resumeRate: number;
  readonly limitLoopback: boolean;
  /** Milliseconds, like all that follow. */
  readonly handshakeTimeout: number;
  readonly idleTimeout: number;
  readonly requestTimeout: number;
  readonly readTimeout: number;
}

/** Name, what it says after `--help`, least value, default; the largest is the same for all. */
const COUNTS = [
  ['max-sessions', 'sessions kept at one time in the memory store', 1, DEFAULT_MAX_SESSIONS],
  ['max-connections', 'TCP connections at one time', 1, DEFAULT_MAX_CONNECTIONS],
  ['max-connections-per-address', 'of one address, 0 = no limit', 0, DEFAULT_MAX_CONNECTIONS_PER_ADDRESS],
  ['max-streams', 'calls at one time on one connection', 1, DEFAULT_MAX_STREAMS],
  ['max-request-bytes', 'longest request', MAX_REQUEST_BYTES, MAX_REQUEST_BYTES],
  ['max-metadata-bytes', 'names and values of the metadata of a request', 1, DEFAULT_MAX_METADATA_BYTES],
  ['open-rate', 'requests a second of one address, 0 = no limit', 0, DEFAULT_OPEN_RATE],
  ['resume-rate', 'attaches a second of one session, 0 = no limit', 0, DEFAULT_RESUME_RATE],
] as const;
const MAX_COUNT = 10_000_000;

const SPANS = [
  ['handshake-timeout', 'closes a connection that has made no call by then', DEFAULT_HANDSHAKE_MS],
  ['idle-timeout', 'closes a connection without a call', DEFAULT_IDLE_MS],
  ['request-timeout', 'ends a call whose request is not complete', DEFAULT_REQUEST_MS],
  ['read-timeout', 'ends a call whose client does not read', DEFAULT_BLOCKED_MS],
] as const;

/** @returns the command, with the flags added */
export function addLimits(command: Command): Command {
  for (const [name, what, least, standard] of COUNTS) {
    command.option(`--${name} <n>`, what, parseIntIn(name, least, MAX_COUNT), standard);
  }
  for (const [name, what, standard] of SPANS) {
    command.addOption(spanOption(name, what, standard));
  }
  return command.option('--limit-loopback', 'limits per address bind this machine as well', false);
}

/** A flag that takes a duration of at least 1 ms; its help shows the default as it would be typed. */
export function spanOption(name: string, what: string, standardMs: number): Option {
  const option = new Option(`--${name} <duration>`, what).argParser(parseSpan(name));
  return option.default(standardMs, durationText(standardMs));
}

/** Makes a parser of durations of at least 1 ms. @throws UsageError from the parser */
function parseSpan(name: string): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text);
    if (ms < 1) throw new UsageError(name, 'at least 1ms', text);
    return ms;
  };
}
