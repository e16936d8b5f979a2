/** The operations of spec/state.md section 3 on a shared store, as the model server uses them, right or with one mistake. */

import { setTimeout as wait } from 'node:timers/promises';
import { recordKey } from '../store/records.ts';
import type { StoreBug } from './bugs/store.ts';
import { type Cell, type Fields, type StoreAccess, StoreFull } from './shared-store.ts';

export interface SessionRecord {
  readonly n: number;
  readonly seed: bigint;
  readonly attempt: number;
}

export type Attached =
  | { readonly result: 'attached'; readonly record: SessionRecord }
  | { readonly result: 'conflict' | 'stale' | 'missing' | 'full' };
export type Changed = 'ok' | 'superseded' | 'missing';

/** The store has given no answer, or one that makes no sense: the result is unknown. */
export class StoreTrouble extends Error {}

/** Of one operation. */
const DEADLINE_MS = 600;
/** For the mistake of leaving a store alone that has not answered. */
const STAY_AWAY_MS = 9_000;
const LAST_ATTEMPT = 0xffff_ffff;
/** Between reading and writing, where a mistake makes two steps of one. */
const GAP_MS = 5;

export class ModelStore {
  private readonly store: StoreAccess;
  private readonly prefix: string;
  private readonly bug: StoreBug | undefined;
  private awayUntilMs = 0;

  /** @param instance tells model servers apart, for the mistake of not sharing */
  constructor(store: StoreAccess, instance: string, bug: StoreBug | undefined) {
    this.store = store;
    this.prefix = bug === 'key-not-shared' ? `${instance}:` : '';
    this.bug = bug;
  }

  async start(id: string, n: number, seed: bigint, asked: number, ttlMs: number): Promise<Attached> {
    return this.attaching(id, (fields, write) => {
      const record = this.parse(fields);
      if (record === undefined) {
        const created = { n, seed, attempt: asked || 1 };
        write(created, ttlMs);
        return { result: 'attached', record: created };
      }
      return record.n === n ? this.raise(record, asked, ttlMs, write) : { result: 'conflict' };
    });
  }

  async attach(id: string, seed: bigint, asked: number, ttlMs: number): Promise<Attached> {
    return this.attaching(id, (fields, write) => {
      const record = this.parse(fields);
      if (record === undefined || record.seed !== seed) return { result: 'missing' };
      return this.raise(record, asked, ttlMs, write);
    });
  }

  async lookup(id: string): Promise<SessionRecord | undefined> {
    return this.parse(await this.run(id, ({ fields }) => fields));
  }

  renew(id: string, record: SessionRecord, ttlMs: number): Promise<Changed> {
    return this.run(id, (cell) => {
      const held = this.held(cell, record);
      if (held === 'ok') cell.expire(ttlMs);
      if (held !== 'missing' || this.bug !== 'revives-missing') return held;
      cell.write(this.fieldsOf(record));
      cell.expire(ttlMs);
      return 'ok';
    });
  }

  finish(id: string, record: SessionRecord): Promise<Changed> {
    return this.run(id, (cell) => {
      const held = this.bug === 'deletes-unconditionally' ? 'ok' : this.held(cell, record);
      if (held === 'ok') cell.remove();
      return held;
    });
  }

  /** Note how far the client is, which nobody needs. */
  async notePosition(id: string, index: number): Promise<void> {
    await this.run(id, (cell) => {
      if (cell.fields !== undefined) cell.write({ ...cell.fields, position: String(index) });
    });
  }

  private held({ fields }: Cell, record: SessionRecord): Changed {
    if (fields === undefined) return 'missing';
    if (fields['seed'] !== this.ordered(seedText(record.seed)) && this.bug !== 'seed-not-compared') return 'missing';
    const isNewest = fields['attempt'] === String(record.attempt) || this.bug === 'attempt-not-compared';
    return isNewest ? 'ok' : 'superseded';
  }

  private raise(
    record: SessionRecord,
    asked: number,
    ttlMs: number,
    write: (record: SessionRecord, ttlMs: number) => void,
  ): Attached {
    const attempt = asked || record.attempt + 1;
    const least = this.bug === 'equal-attempt-accepted' ? record.attempt : record.attempt + 1;
    if (attempt < least || attempt > LAST_ATTEMPT) return { result: 'stale' };
    const raised = { ...record, attempt };
    write(raised, ttlMs);
    return { result: 'attached', record: raised };
  }

  private async attaching(
    id: string,
    decide: (fields: Fields | undefined, write: (record: SessionRecord, ttlMs: number) => void) => Attached,
  ): Promise<Attached> {
    try {
      if (this.bug === 'get-then-set') return await this.inTwoSteps(id, decide);
      return await this.run(id, (cell) => decide(cell.fields, (record, ttlMs) => this.put(cell, record, ttlMs)));
    } catch (error) {
      if (error instanceof StoreFull && this.bug !== 'full-is-unavailable') return { result: 'full' };
      throw error;
    }
  }

  private async inTwoSteps(id: string, decide: Parameters<ModelStore['attaching']>[1]): Promise<Attached> {
    const fields = await this.run(id, (cell) => cell.fields);
    await wait(GAP_MS);
    let later: ((cell: Cell) => void) | undefined;
    const result = decide(fields, (record, ttlMs) => {
      later = (cell) => this.put(cell, record, ttlMs);
    });
    if (later !== undefined) await this.run(id, later);
    return result;
  }

  private put(cell: Cell, record: SessionRecord, ttlMs: number): void {
    const kept = this.bug === 'drops-unknown-fields' ? {} : cell.fields;
    cell.write({ ...kept, ...this.fieldsOf(record) });
    cell.expire(this.bug === 'ttl-removed-by-write' ? undefined : ttlMs);
  }

  /** @throws {StoreTrouble} on a record that is not of the layout */
  private parse(fields: Fields | undefined): SessionRecord | undefined {
    if (fields === undefined) return undefined;
    const { n = '', seed = '', attempt = '' } = fields;
    const isRight = /^[1-9]\d{0,4}$/.test(n) && /^[0-9a-f]{16}$/.test(seed) && /^[1-9]\d{0,9}$/.test(attempt);
    if (isRight) return { n: Number(n), seed: BigInt(`0x${this.ordered(seed)}`), attempt: Number(attempt) };
    if (this.bug === 'malformed-is-none') return undefined;
    throw new StoreTrouble('the record is malformed');
  }

  private fieldsOf({ n, seed, attempt }: SessionRecord): Fields {
    return { n: String(n), seed: this.ordered(seedText(seed)), attempt: String(attempt) };
  }

  /** The digits of a seed in the order in which the record has them, and back. */
  private ordered(hex: string): string {
    return this.bug === 'seed-in-little-endian' ? Buffer.from(hex, 'hex').reverse().toString('hex') : hex;
  }

  private run<T>(id: string, operation: (cell: Cell) => T): Promise<T> {
    if (performance.now() < this.awayUntilMs) return Promise.reject(new StoreTrouble('the store is left alone'));
    const answer = this.store.run(this.prefix + recordKey(id), operation);
    if (this.bug === 'no-deadline') return answer;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        if (this.bug === 'stays-away') this.awayUntilMs = Math.max(this.awayUntilMs, performance.now() + STAY_AWAY_MS);
        reject(new StoreTrouble('no answer in time'));
      }, DEADLINE_MS);
      answer.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function seedText(seed: bigint): string {
  return seed.toString(16).padStart(16, '0');
}
