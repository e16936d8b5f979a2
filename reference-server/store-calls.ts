/**
 * Carries store operations out and turns their answers into events of the session machines.
 */
import type { Clock } from '../protocol/clock.ts';
import type { SessionEvent, StoreOperation } from './session.ts';
import type { SessionStore } from './store/store.ts';

/** Who carries store operations out. */
export interface StoreRunner {
  /** Calls `tell` once with the answer, not before it returns; a failure is the event `store-failed`. */
  run(operation: StoreOperation, tell: (event: SessionEvent) => void): void;
  /** Resolves as soon as no operation is under way. */
  idle(): Promise<void>;
}

/** Makes a runner. `onFailure` hears of each operation that could not be carried out. */
export type StoreRunnerMaker = (onFailure: (error: unknown) => void) => StoreRunner;

/** Operations on a store that answers by promises. */
export function runsOn(store: SessionStore): StoreRunnerMaker {
  return (onFailure) => new StoreCalls(store, onFailure);
}

class StoreCalls implements StoreRunner {
  readonly #store: SessionStore;
  readonly #onFailure: (error: unknown) => void;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(store: SessionStore, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  run(operation: StoreOperation, tell: (event: SessionEvent) => void): void {
    this.#underWay++;
    begin(this.#store, operation).then(
      (event) => this.#settle(event, tell),
      (error: unknown) => {
        this.#onFailure(error);
        this.#settle({ kind: 'store-failed', atMs: operation.atMs }, tell);
      },
    );
  }

  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #settle(event: SessionEvent, tell: (event: SessionEvent) => void): void {
    this.#underWay--;
    tell(event);
    if (this.#underWay > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The outcome of `promise`; rejects when there is none after `limitMs`. */
export function within<Value>(clock: Clock, limitMs: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const alarm = clock.alarm(clock.now() + limitMs, () => reject(new Error(`no answer within ${limitMs} ms`)));
    promise.then(resolve, reject).finally(() => alarm.cancel());
  });
}

/** Calls the store; also what it throws at once is a rejection. */
async function begin(store: SessionStore, operation: StoreOperation): Promise<SessionEvent> {
  const { atMs, clientId } = operation;
  switch (operation.kind) {
    case 'start': {
      const { n, seed, attempt, ttlMs } = operation;
      return { kind: 'started', atMs, result: await store.start(clientId, n, seed, attempt, ttlMs) };
    }
    case 'lookup':
      return { kind: 'found', atMs, record: await store.lookup(clientId) };
    case 'attach': {
      const { seed, attempt, ttlMs } = operation;
      return { kind: 'attached', atMs, result: await store.attach(clientId, seed, attempt, ttlMs) };
    }
    case 'renew': {
      const { seed, attempt, ttlMs } = operation;
      return { kind: 'renewed', atMs, ttlMs, outcome: await store.renew(clientId, seed, attempt, ttlMs) };
    }
    case 'finish': {
      const { seed, attempt } = operation;
      return { kind: 'finished', outcome: await store.finish(clientId, seed, attempt) };
    }
  }
}
