/**
 * When the next item of a connection may leave. Spec: core.md section 6.
 *
 * Deadlines are absolute, so that lateness of single ticks does not add up. The first gap is longer by a random part
 * of a tenth of the interval, so that thousands of connections that opened together do not tick together; where a row of
 * deadlines has to begin anew, its gap is longer by a random part of the lateness, so that those that fell due while the
 * process stood still do not tick together from then on. A tick is skipped while an earlier message waits to be flushed:
 * what a slow peer costs is one message, not a queue. The gap counts from the flush: a process that was held up between the
 * two would otherwise send both at one time.
 */
import { PACING_DITHER, PACING_MIN_GAP } from '../protocol/limits.ts';
import type { Random } from '../protocol/random.ts';

export interface PacingSettings {
  /** Milliseconds, at least 1. */
  readonly intervalMs: number;
  /** A peer that has not read for this long is `blocked`. */
  readonly blockedMs: number;
  readonly random: Random;
}

/** `send`: the item is due and counts as sent. `wait`: until `dueMs`. `blocked`: the peer does not read. */
export type Tick = 'send' | 'wait' | 'blocked';

export class Pacing {
  readonly #settings: PacingSettings;
  #dueMs = Number.POSITIVE_INFINITY;
  #unflushed = 0;
  #blockedSinceMs: number | undefined;

  constructor(settings: PacingSettings) {
    this.#settings = settings;
  }

  /** Deadline of the next item; infinite before `begin`. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** The first item leaves at `now`. */
  begin(now: number): void {
    const { intervalMs, random } = this.#settings;
    this.#dueMs = now + intervalMs * (1 + PACING_DITHER * random.uniform());
  }

  /** A message was handed to the transport. */
  wrote(): void {
    this.#unflushed++;
  }

  /** The transport has passed one on to the network at `now`, which may be long after it was handed over. */
  flushed(now: number): void {
    this.#unflushed--;
    this.#blockedSinceMs = undefined;
    const earliestMs = now + PACING_MIN_GAP * this.#settings.intervalMs;
    if (earliestMs > this.#dueMs) this.#beginAnew(earliestMs, earliestMs - this.#dueMs);
  }

  /** Decides about the item that is next at `now`, and moves the deadline on unless that lies ahead. */
  tick(now: number): Tick {
    if (now < this.#dueMs) return 'wait';
    if (this.#unflushed > 0) return this.#skip(now);
    const { intervalMs } = this.#settings;
    const lateMs = now - this.#dueMs;
    if (lateMs > (1 - PACING_MIN_GAP) * intervalMs) this.#beginAnew(now + intervalMs, lateMs);
    else this.#dueMs += intervalMs;
    return 'send';
  }

  #beginAnew(dueMs: number, lateMs: number): void {
    const { intervalMs, random } = this.#settings;
    this.#dueMs = dueMs + Math.min(lateMs, intervalMs) * random.uniform();
  }

  /** The item waits for the next deadline of the row that lies in the future. */
  #skip(now: number): Tick {
    const { intervalMs, blockedMs } = this.#settings;
    this.#blockedSinceMs ??= now;
    if (now - this.#blockedSinceMs >= blockedMs) return 'blocked';
    const missed = Math.floor((now - this.#dueMs) / intervalMs);
    this.#dueMs += intervalMs * (missed + 1);
    return 'wait';
  }
}
