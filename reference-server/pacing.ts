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
import type { Flow } from './session.ts';

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
  /** First tick that was skipped since the last item. */
  #blockedSinceMs = Number.POSITIVE_INFINITY;

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

  /** Decides about the item that is next at `now`, and moves the deadline on unless that lies ahead. */
  tick(now: number, { unflushed, flushedMs }: Flow): Tick {
    const { intervalMs } = this.#settings;
    const earliestMs = flushedMs + PACING_MIN_GAP * intervalMs;
    if (earliestMs > this.#dueMs) this.#beginAnew(earliestMs, earliestMs - this.#dueMs);
    if (now < this.#dueMs) return 'wait';
    if (unflushed > 0) return this.#skip(now, flushedMs);
    this.#blockedSinceMs = Number.POSITIVE_INFINITY;
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
  #skip(now: number, flushedMs: number): Tick {
    const { intervalMs, blockedMs } = this.#settings;
    this.#blockedSinceMs = Math.min(this.#blockedSinceMs, now);
    if (now - Math.max(this.#blockedSinceMs, flushedMs) >= blockedMs) return 'blocked';
    const missed = Math.floor((now - this.#dueMs) / intervalMs);
    this.#dueMs += intervalMs * (missed + 1);
    return 'wait';
  }
}
