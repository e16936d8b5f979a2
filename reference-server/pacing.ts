/**
 * When the next item of a connection may leave. Spec: core.md section 6.
 *
 * Deadlines are absolute, so that lateness of single ticks does not add up. The first gap is longer by a random part
 * of a tenth of the interval, so that thousands of connections that opened together do not tick together; where a row of
 * deadlines has to begin anew, its gap is longer by a random part of the lateness, so that those that fell due while the
 * process stood still do not tick together from then on. A row begins at a multiple of a step that divides the interval:
 * sessions that fall due within a step wake the process once, and those on one connection leave in one write.
 *
 * A tick is skipped while an earlier message waits to be flushed: what a slow peer costs is one message, not a queue. The
 * gap counts from the flush: a process that was held up between the two would otherwise send both at one time.
 */
import { PACING_DITHER, PACING_MIN_GAP } from '../protocol/limits.ts';
import type { Random } from '../protocol/random.ts';
import type { Flow } from './session.ts';

/** Longest step, milliseconds: what leaves at one time is to be sent within a few. */
const MAX_STEP_MS = 10;

export interface PacingSettings {
  /** Milliseconds, a whole number, at least 1. */
  readonly intervalMs: number;
  /** A peer that has not read for this long is `blocked`. */
  readonly blockedMs: number;
  readonly random: Random;
}

/** `send`: the item is due and counts as sent. `wait`: until `dueMs`. `blocked`: the peer does not read. */
export type Tick = 'send' | 'wait' | 'blocked';

export class Pacing {
  readonly #settings: PacingSettings;
  // Whole milliseconds both: fractions would be objects of their own, read and written with every item.
  #dueMs = 0;
  /** First tick that was skipped since the last item, negative: none was. */
  #blockedSinceMs = -1;

  constructor(settings: PacingSettings) {
    this.#settings = settings;
  }

  /** Deadline of the next item, once `begin` has been called. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** The first item leaves at `now`. */
  begin(now: number): void {
    const { intervalMs } = this.#settings;
    this.#beginRow(now + intervalMs, PACING_DITHER * intervalMs);
  }

  /** Decides about the item that is next at `now`, and moves the deadline on unless that lies ahead. */
  tick(now: number, { unflushed, flushedMs }: Flow): Tick {
    const { intervalMs } = this.#settings;
    const earliestMs = flushedMs + PACING_MIN_GAP * intervalMs;
    if (earliestMs > this.#dueMs) this.#beginAnew(earliestMs, earliestMs - this.#dueMs);
    if (now < this.#dueMs) return 'wait';
    if (unflushed > 0) return this.#skip(now, flushedMs);
    this.#blockedSinceMs = -1;
    const lateMs = now - this.#dueMs;
    if (lateMs > (1 - PACING_MIN_GAP) * intervalMs) this.#beginAnew(now + intervalMs, lateMs);
    else this.#dueMs += intervalMs;
    return 'send';
  }

  #beginAnew(earliestMs: number, lateMs: number): void {
    this.#beginRow(earliestMs, Math.min(lateMs, this.#settings.intervalMs));
  }

  /** The first step that does not lie before `earliestMs`, or a later one by a random part of `spreadMs`. */
  #beginRow(earliestMs: number, spreadMs: number): void {
    const { intervalMs, random } = this.#settings;
    const step = stepMsOf(intervalMs);
    const latestMs = earliestMs + spreadMs * random.uniform();
    this.#dueMs = Math.max(step * Math.floor(latestMs / step), step * Math.ceil(earliestMs / step));
  }

  /** The item waits for the next deadline of the row that lies in the future. */
  #skip(now: number, flushedMs: number): Tick {
    const { intervalMs, blockedMs } = this.#settings;
    if (this.#blockedSinceMs < 0) this.#blockedSinceMs = Math.ceil(now);
    if (now - Math.max(this.#blockedSinceMs, flushedMs) >= blockedMs) return 'blocked';
    const missed = Math.floor((now - this.#dueMs) / intervalMs);
    this.#dueMs += intervalMs * (missed + 1);
    return 'wait';
  }
}

/** Milliseconds between the moments at which rows may begin: no more than a gap may be longer for the dither. */
function stepMsOf(intervalMs: number): number {
  let step = Math.max(1, Math.floor(Math.min(MAX_STEP_MS, PACING_DITHER * intervalMs)));
  while (intervalMs % step !== 0) step--;
  return step;
}
