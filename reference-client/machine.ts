/**
 * The memory of the client's state machine and the moves that several transitions share.
 * Spec: core.md section 9; the transitions themselves are the table in session.ts.
 */
import { backoffBoundsMs, backoffDelayMs, retryAfterDelayMs } from '../protocol/backoff.ts';
import { type ReseqError, refusal } from '../protocol/errors.ts';
import { LIVENESS_INTERVALS, LIVENESS_MIN_MS, MAX_UINT32 } from '../protocol/limits.ts';
import type { Confirm, Opened } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import { DEFAULT_GIVE_UP_INTERVALS, DEFAULT_GIVE_UP_MS } from './defaults.ts';
import type { ClientEffect } from './events.ts';
import { type Ledger, ledgerOf } from './ledger.ts';
import { isResumable, type OutcomeName } from './outcome.ts';
import type { Snapshot } from './records.ts';

/** Faults of the peer in a row, without a new item between them, that make a mismatch (RSQ-MSG-10: 5..10). */
export const MAX_FAULTS_IN_A_ROW = 5;

export type StateName = 'idle' | 'connecting' | 'streaming' | 'waiting' | 'confirming' | 'confirm-waiting' | 'done';

export interface SessionOptions {
  /** Where to go on; a fresh Journal for a new run. */
  readonly snapshot: Snapshot;
  /** Extensions to ask for on each connection. */
  readonly extensions: readonly string[];
  /**
   * Give up after this many milliseconds without a new item, counted from when one was due (RSQ-BAK-6).
   * Undefined = 5 minutes, or 4 intervals where those are longer.
   */
  readonly giveUpMs: number | undefined;
  /** Give up after so many dials when none has ever been answered with OPENED; at least 5. */
  readonly connectAttempts: number;
  readonly random: Random;
}

export class Machine {
  readonly options: SessionOptions;
  readonly ledger: Ledger;
  state: StateName = 'idle';
  /** Dials of this process = the number of the newest connection. */
  connection = 0;
  /** What the newest connection began with, undefined until then. */
  opened: Opened | undefined;
  /** Retries since the last new item: the k of the back-off (RSQ-BAK-2, RSQ-BAK-3). */
  retries = 0;
  /** When the alarm is to ring, undefined when none is set. */
  alarmAtMs: number | undefined;
  /** Set once FINAL is verified and confirm-final is in force. */
  confirm: Confirm | undefined;
  confirmUntilMs = 0;
  #attempt: number;
  #faults = 0;
  #full = false;
  #intervalMs = 0;
  /** When the last new item came, or the run began. */
  #progressMs = 0;
  #effects: ClientEffect[] = [];

  constructor(options: SessionOptions) {
    this.options = options;
    this.ledger = ledgerOf(options.snapshot, options.extensions);
    this.#attempt = options.snapshot.attempt;
  }

  emit(effect: ClientEffect): void {
    this.#effects.push(effect);
  }

  takeEffects(): ClientEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  enter(state: StateName, alarmAtMs: number | undefined): void {
    this.state = state;
    this.setAlarm(alarmAtMs);
  }

  setAlarm(atMs: number | undefined): void {
    this.alarmAtMs = atMs;
    this.emit({ kind: 'alarm', atMs });
  }

  /** The run begins: the time without a new item counts from here. */
  begin(now: number): void {
    this.#progressMs = now;
  }

  /** A new connection under a new attempt, which is on record before the request leaves (RSQ-ATT-1). */
  dial(now: number): void {
    if (this.#attempt >= MAX_UINT32) {
      this.finish('rejected', refusal('STALE_ATTEMPT', `attempt: expected below ${MAX_UINT32}, got ${this.#attempt}`));
      return;
    }
    this.#attempt += 1;
    this.connection += 1;
    this.opened = undefined;
    const { ledger, connection } = this;
    const open = { extensions: this.options.extensions, request: ledger.request(this.#attempt) };
    this.emit({ kind: 'persist', record: { kind: 'attempt', attempt: this.#attempt } });
    this.emit({ kind: 'notify', notice: { kind: 'dialling', connection } });
    this.emit({ kind: 'dial', connection, open, openedBefore: ledger.learnt !== undefined });
    this.enter('connecting', now + LIVENESS_MIN_MS);
  }

  /** OPENED has come and is right. */
  stream(opened: Opened, now: number): void {
    this.opened = opened;
    this.#intervalMs = opened.intervalMs;
    this.state = 'streaming';
    if (this.#full) this.emit({ kind: 'pause' });
    this.listen(now);
  }

  /** Something was received: the peer lives. While the reader of the items holds us up, silence means nothing. */
  listen(now: number): void {
    this.setAlarm(this.#full ? undefined : now + this.livenessMs);
  }

  /** Silence of this many milliseconds ends a connection (RSQ-LIV-1). */
  get livenessMs(): number {
    return Math.max(LIVENESS_INTERVALS * this.#intervalMs, LIVENESS_MIN_MS);
  }

  /** The reader of the items fell behind or caught up, in whatever state this is. */
  setFull(full: boolean): void {
    this.#full = full;
  }

  /** A new item was accepted. */
  progress(now: number): void {
    this.retries = 0;
    this.#faults = 0;
    this.#progressMs = now;
  }

  /** The peer broke the rules in a way that a new connection may mend (RSQ-MSG-8, RSQ-MSG-9, RSQ-MSG-10). */
  fault(error: ReseqError, now: number): void {
    this.#faults += 1;
    if (this.#faults >= MAX_FAULTS_IN_A_ROW) this.finish('mismatch', error);
    else this.drop(error, now);
  }

  /** The connection is lost: close it and dial again after the back-off, unless the patience is spent. */
  drop(error: ReseqError, now: number): void {
    this.emit({ kind: 'hang-up' });
    const delayMs = this.#nextDelayMs(error);
    if (this.#isHopeless(now + delayMs)) {
      this.finish('unreachable', error);
      return;
    }
    this.retries += 1;
    this.emit({ kind: 'notify', notice: { kind: 'waiting', delayMs, error } });
    this.enter('waiting', now + delayMs);
  }

  finish(result: OutcomeName, error?: ReseqError): void {
    this.emit({ kind: 'hang-up' });
    this.enter('done', undefined);
    if (!isResumable(result)) {
      const cause = error && { code: error.code, detail: error.detail };
      this.emit({ kind: 'persist', record: { kind: 'ended', ended: { result, error: cause } } });
    }
    this.emit({ kind: 'finish', outcome: { result, error } });
  }

  /** A wish of 0 ms counts as none, and a short one as the shortest wait of our own: neither makes us spin (RSQ-BAK-7). */
  #nextDelayMs(error: ReseqError): number {
    const { random } = this.options;
    const wishMs = error.retryAfterMs ?? 0;
    return wishMs > 0
      ? retryAfterDelayMs(Math.max(wishMs, backoffBoundsMs(0).min), random)
      : backoffDelayMs(this.retries, random);
  }

  /** After an outage of our own (a suspended process) the time is up before we have tried: hence one retry at least. */
  #isHopeless(nextDialMs: number): boolean {
    const { connectAttempts } = this.options;
    if (this.ledger.learnt === undefined && this.connection >= connectAttempts) return true;
    return this.retries > 0 && nextDialMs > this.#progressMs + this.#intervalMs + this.#patienceMs;
  }

  get #patienceMs(): number {
    return this.options.giveUpMs ?? Math.max(DEFAULT_GIVE_UP_MS, DEFAULT_GIVE_UP_INTERVALS * this.#intervalMs);
  }
}
