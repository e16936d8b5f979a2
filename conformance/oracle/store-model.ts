/**
 * The table of spec/state.md section 3 as a program: one store, in memory, whose clock is told.
 */

export interface StoredRecord {
  readonly n: number;
  readonly seed: bigint;
  readonly attempt: number;
  readonly deadlineMs: number;
}

export type StartAnswer =
  | { readonly result: 'created' | 'attached'; readonly n: number; readonly seed: bigint; readonly attempt: number }
  | { readonly result: 'full' | 'conflict' | 'stale' };
export type AttachAnswer =
  | { readonly result: 'attached'; readonly attempt: number }
  | { readonly result: 'missing' | 'stale' };
export type ChangeAnswer = 'ok' | 'superseded' | 'missing';

const LAST_ATTEMPT = 0xffff_ffff;

export class StoreModel {
  nowMs = 0;
  readonly #records = new Map<string, StoredRecord>();
  readonly #room: number;

  /** `room`: how many records fit. */
  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room;
  }

  start(clientId: string, n: number, seed: bigint, attempt: number | undefined, ttlMs: number): StartAnswer {
    const record = this.lookup(clientId);
    if (record === undefined) return this.#create(clientId, { n, seed, attempt: attempt || 1 }, ttlMs);
    if (record.n !== n) return { result: 'conflict' };
    const next = nextAttempt(record.attempt, attempt);
    if (next === undefined) return { result: 'stale' };
    this.#put(clientId, { ...record, attempt: next }, ttlMs);
    return { result: 'attached', n: record.n, seed: record.seed, attempt: next };
  }

  lookup(clientId: string): StoredRecord | undefined {
    const record = this.#records.get(clientId);
    return record !== undefined && record.deadlineMs > this.nowMs ? record : undefined;
  }

  attach(clientId: string, seed: bigint, attempt: number | undefined, ttlMs: number): AttachAnswer {
    const record = this.lookup(clientId);
    if (record === undefined || record.seed !== seed) return { result: 'missing' };
    const next = nextAttempt(record.attempt, attempt);
    if (next === undefined) return { result: 'stale' };
    this.#put(clientId, { ...record, attempt: next }, ttlMs);
    return { result: 'attached', attempt: next };
  }

  renew(clientId: string, seed: bigint, attempt: number, ttlMs: number): ChangeAnswer {
    const record = this.lookup(clientId);
    if (record === undefined || record.seed !== seed) return 'missing';
    if (record.attempt !== attempt) return 'superseded';
    this.#put(clientId, record, ttlMs);
    return 'ok';
  }

  finish(clientId: string, seed: bigint, attempt: number): ChangeAnswer {
    const record = this.lookup(clientId);
    if (record === undefined || record.seed !== seed) return 'missing';
    if (record.attempt !== attempt) return 'superseded';
    this.#records.delete(clientId);
    return 'ok';
  }

  #create(clientId: string, record: Omit<StoredRecord, 'deadlineMs'>, ttlMs: number): StartAnswer {
    const alive = [...this.#records.keys()].filter((id) => this.lookup(id) !== undefined);
    if (alive.length >= this.#room) return { result: 'full' };
    this.#put(clientId, record, ttlMs);
    return { result: 'created', ...record };
  }

  #put(clientId: string, record: Omit<StoredRecord, 'deadlineMs'>, ttlMs: number): void {
    const { n, seed, attempt } = record;
    this.#records.set(clientId, { n, seed, attempt, deadlineMs: this.nowMs + ttlMs });
  }
}

/** The attempt to store, or undefined when the one asked for is stale. 0 counts as absent. */
function nextAttempt(stored: number, asked: number | undefined): number | undefined {
  if (asked === undefined || asked === 0) return stored === LAST_ATTEMPT ? undefined : stored + 1;
  return asked > stored ? asked : undefined;
}
