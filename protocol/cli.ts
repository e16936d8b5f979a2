/**
 * Parsers of the words that every command line here takes. Spec: cli.md.
 * They serve as commander's option parsers as they are: see `UsageError.code`.
 */
import { show } from './errors.ts';
import { MAX_DURATION_MS } from './limits.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;

/** A command line that cannot be used: `field: expected this, got "that"`. Programs exit with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** By this mark commander tells a refused word from a bug, so that this file needs no commander. */
  readonly code = 'commander.invalidArgument';

  constructor(field: string, expected: string, got: unknown) {
    super(`${field}: expected ${expected}, got ${show(got)}`);
  }
}

export interface HostPort {
  /** Name or address, an IPv6 address without its brackets. */
  readonly host: string;
  /** 1..65535 */
  readonly port: number;
}

/** Milliseconds of `500ms`, `1s`, `1.5s` or `2m`; at most 2^31 - 1, a timer's range. @throws UsageError */
export function parseDuration(text: string): number {
  const match = /^(\d{1,10}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text);
  const ms = match === null ? Number.NaN : Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
  if (!(ms <= MAX_DURATION_MS)) {
    throw new UsageError('duration', 'a number with its unit ms, s or m, such as 500ms or 30s', text);
  }
  return ms;
}

/** `50ms`, `1.5s` or `30s`, which {@link parseDuration} reads back: help texts show a default as it would be typed. */
export function durationText(ms: number): string {
  return ms < UNIT_MS.s ? `${ms}ms` : `${ms / UNIT_MS.s}s`;
}

/** Makes a parser of plain decimal integers in min..max, both included. @throws UsageError from the parser */
export function parseIntIn(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new UsageError(name, `${min}..${max}`, text);
    return value;
  };
}

const parsePort = parseIntIn('port', 1, 65_535);

/** `localhost:9000`, `127.0.0.1:9000` or `[::1]:9000`. @throws UsageError */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:/[\]@]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3];
  if (host === undefined || port === undefined) {
    throw new UsageError('address', 'HOST:PORT, such as localhost:9000 or [::1]:9000', text);
  }
  return { host, port: parsePort(port) };
}
