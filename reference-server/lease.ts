/**
 * How long a connection may believe that it holds its session. Spec: state.md section 3 (RSQ-STO-3, RSQ-STO-6).
 *
 * While attached the time to live in the store is the retention plus R, renewed at least every R, so that an instance
 * that crashes leaves its sessions between retention and retention + R. When the store does not answer, the connection
 * goes on until the time to live would have run out, and not longer. A process that was stopped and wakes up (a zombie)
 * doubts its lease until the store has answered anew, or for the deadline of an operation when the store is away: another
 * instance may hold the session by now (RSQ-ATT-8).
 */
import { LEASE_RENEW_MAX_MS, LEASE_RENEW_MIN_MS } from '../protocol/limits.ts';

/** A failed renewal is repeated after this. */
const RETRY_MS = 250;
/**
 * A decision that comes later than this was slept over, not just delayed by load. Where the interval is shorter, that
 * counts: an older connection has the interval and 1 s to end (RSQ-ATT-8), and R is as long as that 1 s.
 */
const OVERSLEPT_MS = 500;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * R of a store that is nobody's but this process's: no other instance can hold its sessions, and none outlives a crash. The
 * lease bounds what a fault of this program leaves behind, and costs nothing by its renewals.
 */
export const OWN_LEASE_PERIOD_MS = 60_000;

export interface LeaseSettings {
  readonly intervalMs: number;
  readonly retentionMs: number;
  /** R: the longest time between two renewals. */
  readonly leasePeriodMs: number;
  readonly storeDeadlineMs: number;
}

/** R of a store that other servers may reach. */
export function sharedLeasePeriodMs(intervalMs: number): number {
  return Math.min(Math.max(intervalMs, LEASE_RENEW_MIN_MS), LEASE_RENEW_MAX_MS);
}

/** Time to live of an attached session: retention + R. */
export function leaseTtlMs({ retentionMs, leasePeriodMs }: LeaseSettings): number {
  return retentionMs + leasePeriodMs;
}

export class Lease {
  /** Nothing is to be decided before, whole milliseconds; 0: something may be. */
  #calmUntilMs = 0;
  /** Time to live to ask the store for. */
  readonly ttlMs: number;
  readonly #periodMs: number;
  readonly #deadlineMs: number;
  readonly #oversleptMs: number;
  // Fields that hold fractions from the beginning are written in place: the numbers of thousands of leases, renewed each
  // second, are most of what a collection of garbage would have to carry otherwise.
  #untilMs = NEVER;
  #renewAtMs = NEVER;
  /** `NEVER`: no renewal is under way. */
  #pendingSinceMs = NEVER;
  #doubtedUntilMs = Number.NEGATIVE_INFINITY;

  /** `atMs`: when the operation that attached was issued. */
  constructor(settings: LeaseSettings, atMs: number) {
    this.ttlMs = leaseTtlMs(settings);
    this.#periodMs = settings.leasePeriodMs;
    this.#deadlineMs = settings.storeDeadlineMs;
    this.#oversleptMs = Math.min(OVERSLEPT_MS, settings.intervalMs);
    this.#untilMs = atMs + this.ttlMs;
    this.#renewAtMs = atMs + this.#periodMs;
    this.#settle();
  }

  /**
   * Whether until then there is nothing to renew, to doubt or to give up. It is asked with every item and says yes for nearly
   * all of them, so it looks at one number.
   */
  isCalm(untilMs: number): boolean {
    return untilMs < this.#calmUntilMs;
  }

  /** Whether a renewal has been issued and not answered. */
  get isPending(): boolean {
    return this.#pendingSinceMs !== NEVER;
  }

  /** Next time at which something is to be decided. */
  get wakeMs(): number {
    const next = this.isPending ? this.#pendingSinceMs + this.#deadlineMs : this.#renewAtMs;
    return Math.min(next, this.#untilMs);
  }

  /** Whether nothing may be sent yet. */
  isDoubted(now: number): boolean {
    return now < this.#doubtedUntilMs;
  }

  /** Whether a decision was due so long ago that this process must have been stopped. */
  hasOverslept(now: number): boolean {
    return now > this.wakeMs + this.#oversleptMs;
  }

  /** A renewal is issued at `now`; until one is answered nothing is believed, for the deadline of an operation. */
  doubt(now: number): void {
    this.#doubtedUntilMs = now + this.#deadlineMs;
    this.issue(now);
  }

  hasRunOut(now: number): boolean {
    return now >= this.#untilMs;
  }

  /** Whether the renewal has to be issued by `byMs` and none is under way. */
  isDue(byMs: number): boolean {
    return !this.isPending && this.#renewAtMs <= byMs;
  }

  /** A renewal is issued at `now`. */
  issue(now: number): void {
    this.#pendingSinceMs = now;
    this.#renewAtMs = now + this.#periodMs;
    this.#settle();
  }

  /** The renewal issued at `atMs` succeeded with `ttlMs`. An answer may come after it was given up. */
  succeed(atMs: number, ttlMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, atMs + ttlMs);
    if (this.isAnswer(atMs)) {
      this.#pendingSinceMs = NEVER;
      this.#doubtedUntilMs = Number.NEGATIVE_INFINITY;
    }
    this.#settle();
  }

  /** The renewal issued at `atMs` failed, as is known at `now`. */
  fail(atMs: number, now: number): void {
    if (!this.isAnswer(atMs)) return;
    this.#pendingSinceMs = NEVER;
    this.#renewAtMs = Math.min(this.#renewAtMs, now + RETRY_MS);
    this.#settle();
  }

  /** Takes a renewal that has been waited for long enough as failed. */
  lapse(now: number): void {
    const since = this.#pendingSinceMs;
    if (now >= since + this.#deadlineMs) this.fail(since, now);
  }

  /** Whether an operation issued at `atMs` is the one under way. */
  isAnswer(atMs: number): boolean {
    return this.#pendingSinceMs === atMs;
  }

  #settle(): void {
    const hasDoubts = this.#doubtedUntilMs !== Number.NEGATIVE_INFINITY;
    this.#calmUntilMs = hasDoubts ? 0 : Math.floor(this.wakeMs);
  }
}
