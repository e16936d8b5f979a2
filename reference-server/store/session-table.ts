/**
 * The rules of a store over a map in memory, without waiting. Spec: state.md section 3.
 *
 * Whether a session has expired is decided when it is looked at, so expiry is exact; a sweep only gives memory back, not
 * before the first one can have expired, and in small steps: walking through 10,000 sessions takes 10 ms, for which all items
 * would wait. No session has a timer of its own.
 */
import type { Alarm, Clock } from '../../protocol/clock.ts';
import { MAX_UINT32 } from '../../protocol/limits.ts';
import type { AttachResult, Outcome, SessionRecord, StartResult } from './store.ts';

/** Between the beginnings of two sweeps, at least. */
const SWEEP_MS = 1_000;
/** Sessions looked at in one step of a sweep, and the time between two steps: 100,000 take less than a second. */
const STEP_SIZE = 512;
const STEP_MS = 4;

interface Entry {
  readonly n: number;
  readonly seed: bigint;
  attempt: number;
  deadlineMs: number;
}

/** The five operations of a store, each as of `SessionStore`. */
export class SessionTable {
  readonly #clock: Clock;
  readonly #maxSessions: number;
  readonly #entries = new Map<string, Entry>();
  #sweepAlarm: Alarm | undefined;
  #sweepDueMs = Number.POSITIVE_INFINITY;
  #sweptAtMs = Number.NEGATIVE_INFINITY;
  /** Of the sweep that is under way. */
  #unswept: MapIterator<[string, Entry]> | undefined;
  /** No session expires before. */
  #earliestMs = Number.POSITIVE_INFINITY;

  /** `maxSessions`: sessions beyond it are refused with `full`. */
  constructor(clock: Clock, maxSessions: number) {
    this.#clock = clock;
    this.#maxSessions = maxSessions;
  }

  /** Sessions in memory, among them some that have expired in the last few seconds. */
  get size(): number {
    return this.#entries.size;
  }

  /** Forgets everything and leaves no alarm behind. */
  close(): void {
    this.#entries.clear();
    this.#disarmSweep();
  }

  start(clientId: string, n: number, seedProposal: bigint, attempt: number | undefined, ttlMs: number): StartResult {
    const entry = this.#live(clientId);
    if (entry === undefined) return this.#create(clientId, { n, seed: seedProposal, attempt: attempt ?? 1 }, ttlMs);
    if (entry.n !== n) return { kind: 'conflict', n: entry.n };
    if (!this.#raise(entry, attempt, ttlMs)) return { kind: 'stale', attempt: entry.attempt };
    return { kind: 'attached', n, seed: entry.seed, attempt: entry.attempt };
  }

  lookup(clientId: string): SessionRecord | undefined {
    const entry = this.#live(clientId);
    return entry && { n: entry.n, seed: entry.seed, attempt: entry.attempt };
  }

  attach(clientId: string, seed: bigint, attempt: number | undefined, ttlMs: number): AttachResult {
    const entry = this.#live(clientId);
    if (entry === undefined || entry.seed !== seed) return { kind: 'missing' };
    if (!this.#raise(entry, attempt, ttlMs)) return { kind: 'stale', attempt: entry.attempt };
    return { kind: 'attached', attempt: entry.attempt };
  }

  renew(clientId: string, seed: bigint, attempt: number, ttlMs: number): Outcome {
    const entry = this.#live(clientId);
    if (entry === undefined || entry.seed !== seed) return 'missing';
    if (entry.attempt !== attempt) return 'superseded';
    this.#extend(entry, ttlMs);
    return 'ok';
  }

  finish(clientId: string, seed: bigint, attempt: number): Outcome {
    const entry = this.#live(clientId);
    if (entry === undefined || entry.seed !== seed) return 'missing';
    if (entry.attempt !== attempt) return 'superseded';
    this.#entries.delete(clientId);
    if (this.#entries.size === 0) this.#disarmSweep();
    return 'ok';
  }

  #live(clientId: string): Entry | undefined {
    const entry = this.#entries.get(clientId);
    return entry !== undefined && entry.deadlineMs > this.#clock.now() ? entry : undefined;
  }

  #create(clientId: string, record: SessionRecord, ttlMs: number): StartResult {
    // Deleting first drops an expired entry of the same client, which needs no room of its own.
    this.#entries.delete(clientId);
    if (this.#entries.size >= this.#maxSessions) this.#sweep();
    if (this.#entries.size >= this.#maxSessions) return { kind: 'full' };
    const entry = { ...record, deadlineMs: 0 };
    this.#extend(entry, ttlMs);
    this.#entries.set(clientId, entry);
    this.#armSweep();
    return { kind: 'created', ...record };
  }

  /** Takes the session over for a newer attempt; false when it is not newer. */
  #raise(entry: Entry, attempt: number | undefined, ttlMs: number): boolean {
    const next = attempt ?? entry.attempt + 1;
    if (next <= entry.attempt || next > MAX_UINT32) return false;
    entry.attempt = next;
    this.#extend(entry, ttlMs);
    return true;
  }

  #extend(entry: Entry, ttlMs: number): void {
    entry.deadlineMs = this.#clock.now() + ttlMs;
    if (entry.deadlineMs >= this.#earliestMs) return;
    this.#earliestMs = entry.deadlineMs;
    this.#armSweep();
  }

  /** All at once, for room; at most one a second, so that a flood of opens on a full store costs no more than that. */
  #sweep(): void {
    if (this.#clock.now() - this.#sweptAtMs < SWEEP_MS) return;
    this.#beginSweep();
    this.#sweepSome(this.#entries.size);
  }

  #beginSweep(): void {
    this.#sweptAtMs = this.#clock.now();
    this.#earliestMs = Number.POSITIVE_INFINITY;
    this.#unswept = this.#entries.entries();
  }

  /** Looks at up to `count` sessions. A walk through a map sees what is added meanwhile. */
  #sweepSome(count: number): void {
    const now = this.#clock.now();
    for (let looked = 0; looked < count; looked++) {
      const next = this.#unswept?.next();
      if (next === undefined || next.done === true) {
        this.#unswept = undefined;
        return;
      }
      const [clientId, entry] = next.value;
      if (entry.deadlineMs <= now) this.#entries.delete(clientId);
      else this.#earliestMs = Math.min(this.#earliestMs, entry.deadlineMs);
    }
  }

  /** Unless a sweep is due anyway by then. */
  #armSweep(): void {
    if (this.#entries.size === 0) return;
    const now = this.#clock.now();
    const atMs = this.#unswept === undefined ? Math.max(now + SWEEP_MS, this.#earliestMs) : now + STEP_MS;
    if (atMs >= this.#sweepDueMs) return;
    this.#disarmSweep();
    this.#sweepDueMs = atMs;
    this.#sweepAlarm = this.#clock.alarm(atMs, () => {
      this.#disarmSweep();
      if (this.#unswept === undefined) this.#beginSweep();
      this.#sweepSome(STEP_SIZE);
      this.#armSweep();
    });
  }

  #disarmSweep(): void {
    this.#sweepAlarm?.cancel();
    this.#sweepAlarm = undefined;
    this.#sweepDueMs = Number.POSITIVE_INFINITY;
  }
}
