/**
 * Amounts as they are written on a command line: durations, sizes, rates, and ranges of them; and as people read them.
 */
import { parseDuration, UsageError } from '../protocol/cli.ts';
import type { Draw } from './random.ts';

/** Both ends included; equal for a fixed amount. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Unit {
  /** What it looks like, for messages. */
  readonly expected: string;
  /** One amount; undefined when the text is none. */
  readonly parse: (text: string) => number | undefined;
}

const SIZES = { B: 1, KB: 1_000, MB: 1_000_000, KiB: 1_024, MiB: 1_048_576 } as const;

/** Milliseconds. `0` needs no unit. */
export const DURATION: Unit = { expected: 'a duration such as 200ms or 2s', parse: durationOf };
/** Bytes, at least 1. */
export const SIZE: Unit = { expected: 'a size such as 100B, 4KB or 1MiB', parse: sizeOf };
/** Bytes per second, at least 1. */
export const RATE: Unit = { expected: 'a rate such as 10KBps or 10KB/s', parse: rateOf };

function durationOf(text: string): number | undefined {
  if (text === '0') return 0;
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function sizeOf(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(B|KB|MB|KiB|MiB)$/.exec(text);
  const bytes = match === null ? 0 : Math.round(Number(match[1]) * SIZES[match[2] as keyof typeof SIZES]);
  return bytes >= 1 ? bytes : undefined;
}

function rateOf(text: string): number | undefined {
  const size = /^(.*)(?:ps|\/s)$/.exec(text)?.[1];
  return size === undefined ? undefined : sizeOf(size);
}

/** `200ms`, `50ms..2s` or `1..10B`: a lower end without a unit has that of the upper one. @returns undefined for another text */
export function parseRange(text: string, unit: Unit): Range | undefined {
  const [from = '', to = from, ...more] = text.split('..');
  const unitOfTo = /[^\d.].*$/.exec(to)?.[0] ?? '';
  const min = unit.parse(from) ?? unit.parse(from + unitOfTo);
  const max = unit.parse(to);
  if (min === undefined || max === undefined || min > max || more.length > 0) return undefined;
  return { min, max };
}

/** An amount of the range, not rounded. */
export function within({ min, max }: Range, draw: Draw): number {
  return min === max ? min : min + draw() * (max - min);
}

/** `900 B`, `12.3 KB`, `1.5 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  // From where tenths of a KB would round up to 1000.0.
  return bytes < 999_950 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function messagesText(messages: number): string {
  return `${messages} message${messages === 1 ? '' : 's'}`;
}
