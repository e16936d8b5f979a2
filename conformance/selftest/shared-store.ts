/**
 * A store in this process that several model servers share, and the suite's look into it. It has the layout and the failures of a
 * Redis (spec/stores/redis.md) and needs none: each operation takes a moment, is atomic, and waits while the store is stopped.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { type RecordStore, recordKey } from '../store/records.ts';

export type Fields = Readonly<Record<string, string>>;

/** One key, inside an atomic operation. */
export interface Cell {
  /** Undefined when there is none or its deadline has passed. */
  readonly fields: Fields | undefined;
  /** Replaces the fields and leaves the deadline. @throws {StoreFull} */
  write(fields: Fields): void;
  /** Undefined = never. */
  expire(ttlMs: number | undefined): void;
  remove(): void;
}

/** The store has no memory left. */
export class StoreFull extends Error {}

interface Entry {
  fields: Fields;
  dueAtMs: number;
}

const LATENCY_MS = 2;

/** What a server needs of the store. */
export interface StoreAccess {
  /** One atomic step on one key. @throws {StoreFull} */
  run<T>(key: string, operation: (cell: Cell) => T): Promise<T>;
}

export class SharedStore implements StoreAccess {
  private readonly entries = new Map<string, Entry>();
  private full = false;
  private stopped: { readonly until: Promise<void>; readonly go: () => void } | undefined;

  /** One atomic step on one key. Never answers while the store is stopped, and is carried out when it goes on. */
  async run<T>(key: string, operation: (cell: Cell) => T): Promise<T> {
    await wait(LATENCY_MS * (0.5 + Math.random()));
    while (this.stopped !== undefined) await this.stopped.until;
    return operation(this.cell(key));
  }

  signal(name: NodeJS.Signals): void {
    if (name === 'SIGSTOP') {
      let go = (): void => undefined;
      const until = new Promise<void>((resolve) => {
        go = resolve;
      });
      this.stopped = { until, go };
    } else {
      this.stopped?.go();
      this.stopped = undefined;
    }
  }

  /** The suite's access, which is never stopped. */
  records(): RecordStore {
    const cellOf = (clientId: string): Cell => this.cell(recordKey(clientId));
    return {
      read: async (clientId) => {
        const { fields } = cellOf(clientId);
        return fields === undefined ? { ttlMs: -2 } : { fields, ttlMs: this.ttlMs(recordKey(clientId)) };
      },
      keysOf: async (clientId) => [...this.entries.keys()].filter((key) => key.includes(clientId) && this.entry(key)),
      write: async (clientId, fields, ttlMs) => {
        cellOf(clientId).write(fields);
        cellOf(clientId).expire(ttlMs);
      },
      add: async (clientId, fields) => cellOf(clientId).write({ ...cellOf(clientId).fields, ...fields }),
      remove: async (clientId) => cellOf(clientId).remove(),
      setFull: async (full) => {
        this.full = full;
      },
      close: () => undefined,
    };
  }

  private cell(key: string): Cell {
    return {
      fields: this.entry(key)?.fields,
      write: (fields) => {
        if (this.full) throw new StoreFull('no memory');
        this.entries.set(key, { fields, dueAtMs: this.entry(key)?.dueAtMs ?? Number.POSITIVE_INFINITY });
      },
      expire: (ttlMs = Number.POSITIVE_INFINITY) => {
        const entry = this.entry(key);
        if (entry !== undefined) entry.dueAtMs = performance.now() + ttlMs;
      },
      remove: () => void this.entries.delete(key),
    };
  }

  private entry(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.dueAtMs > performance.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  private ttlMs(key: string): number {
    const dueAtMs = this.entry(key)?.dueAtMs ?? 0;
    return dueAtMs === Number.POSITIVE_INFINITY ? -1 : Math.floor(dueAtMs - performance.now());
  }
}
