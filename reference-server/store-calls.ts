/**
 * Carries store operations out and turns their answers into events of the session machines.
 */
import type { Clock } from '../protocol/clock.ts';
import type { SessionEvent, StoreOperation } from './session.ts';
import { MemoryStore } from './store/memory.ts';
import type { SessionStore } from './store/store.ts';

/** Who asks the store. */
export interface Asker {
  answer(event: SessionEvent): void;
}

/** Who carries store operations out. */
export interface StoreRunner {
  /** Tells the asker the answer once, not before it returns; a failure is the event `store-failed`. */
  run(operation: StoreOperation, asker: Asker): void;
  /** Resolves as soon as no operation is under way. */
  idle(): Promise<void>;
}

/** Makes a runner. `onFailure` hears of each operation that could not be carried out. */
export type StoreRunnerMaker = (onFailure: (error: unknown) => void) => StoreRunner;

type AtOnce<Store> = {
  [Name in keyof Store]: Store[Name] extends (...words: infer Words) => Promise<infer Answer>
    ? (...words: Words) => Answer | Promise<Answer>
    : never;
};

/** A store that answers by promises, or at once. */
type AnyStore = AtOnce<SessionStore>;

/** Operations on a store. That in memory answers without promises: a server asks it once for most of its items. */
export function runsOn(store: SessionStore): StoreRunnerMaker {
  return (onFailure) => new StoreCalls(store instanceof MemoryStore ? store.table : store, onFailure);
}

interface Answer {
  readonly event: SessionEvent;
  readonly asker: Asker;
}

class StoreCalls implements StoreRunner {
  readonly #store: AnyStore;
  readonly #onFailure: (error: unknown) => void;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];
  /** Answers that came at once: one turn of the microtask queue tells all of them. */
  #ready: Answer[] = [];
  readonly #tellReady = (): void => {
    const ready = this.#ready;
    this.#ready = [];
    for (const { event, asker } of ready) this.#settle(event, asker);
  };

  constructor(store: AnyStore, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  run(operation: StoreOperation, asker: Asker): void {
    this.#underWay++;
    const event = this.#begin(operation);
    if (event instanceof Promise) event.then((answer) => this.#settle(answer, asker));
    else if (this.#ready.push({ event, asker }) === 1) queueMicrotask(this.#tellReady);
  }

  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What is thrown at once and what is rejected are failures. */
  #begin(operation: StoreOperation): SessionEvent | Promise<SessionEvent> {
    try {
      const event = perform(this.#store, operation);
      return event instanceof Promise ? event.catch((error: unknown) => this.#fail(operation, error)) : event;
    } catch (error) {
      return this.#fail(operation, error);
    }
  }

  #fail({ atMs }: StoreOperation, error: unknown): SessionEvent {
    this.#onFailure(error);
    return { kind: 'store-failed', atMs };
  }

  #settle(event: SessionEvent, asker: Asker): void {
    this.#underWay--;
    asker.answer(event);
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

/** Calls the store. */
function perform(store: AnyStore, operation: StoreOperation): SessionEvent | Promise<SessionEvent> {
  const { atMs, clientId } = operation;
  switch (operation.kind) {
    case 'start': {
      const { n, seed, attempt, ttlMs } = operation;
      return map(store.start(clientId, n, seed, attempt, ttlMs), (result) => ({ kind: 'started', atMs, result }));
    }
    case 'lookup':
      return map(store.lookup(clientId), (record) => ({ kind: 'found', atMs, record }));
    case 'attach': {
      const { seed, attempt, ttlMs } = operation;
      return map(store.attach(clientId, seed, attempt, ttlMs), (result) => ({ kind: 'attached', atMs, result }));
    }
    case 'renew': {
      const { seed, attempt, ttlMs } = operation;
      return map(store.renew(clientId, seed, attempt, ttlMs), (outcome) => ({ kind: 'renewed', atMs, ttlMs, outcome }));
    }
    case 'finish': {
      const { seed, attempt } = operation;
      return map(store.finish(clientId, seed, attempt), (outcome) => ({ kind: 'finished', outcome }));
    }
  }
}

function map<Value>(
  value: Value | Promise<Value>,
  toEvent: (value: Value) => SessionEvent,
): SessionEvent | Promise<SessionEvent> {
  return value instanceof Promise ? value.then(toEvent) : toEvent(value);
}
