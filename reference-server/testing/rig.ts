/**
 * Runs a session machine on a fake clock with a scripted store, and keeps what it did.
 */
import type { Alarm } from '../../protocol/clock.ts';
import type { ReseqError } from '../../protocol/errors.ts';
import { EXTENSIONS, type Final, type Item, type Opened, type ServerMessage } from '../../protocol/messages.ts';
import { FakeClock } from '../../protocol/testing/fake-clock.ts';
import { seededRandom } from '../../protocol/testing/seeded-random.ts';
import { sharedLeasePeriodMs } from '../lease.ts';
import type { Effect, Holding, Session, SessionEvent, SessionSettings, StoreOperation } from '../session.ts';

export const CLIENT_ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
export const SEED = 42n;

/** An interval of 1 s, a retention of 30 s, seed 42. */
export function settings(changes: Partial<SessionSettings> = {}): SessionSettings {
  const { intervalMs = 1_000 } = changes;
  return {
    intervalMs,
    retentionMs: 30_000,
    leasePeriodMs: sharedLeasePeriodMs(intervalMs),
    storeDeadlineMs: 1_000,
    blockedMs: 30_000,
    extensions: EXTENSIONS,
    seedFor: () => SEED,
    random: seededRandom(1),
    ...changes,
  };
}

/** An alarm on a connection whose messages leave at once. */
export const ALARM: SessionEvent = { kind: 'alarm', unflushed: 0, flushedMs: Number.NEGATIVE_INFINITY };

/** How the store answers an operation; undefined: not at all. */
export type Script = (operation: StoreOperation) => SessionEvent | undefined;

/** A store with one session of seed 42 that does whatever it is asked. */
export function willing(n = 5): Script {
  return (operation) => {
    const { atMs } = operation;
    switch (operation.kind) {
      case 'start': {
        const { seed, attempt } = operation;
        return { kind: 'started', atMs, result: { kind: 'created', n: operation.n, seed, attempt: attempt ?? 1 } };
      }
      case 'lookup':
        return { kind: 'found', atMs, record: { n, seed: SEED, attempt: 1 } };
      case 'attach':
        return { kind: 'attached', atMs, result: { kind: 'attached', attempt: operation.attempt ?? 2 } };
      case 'renew':
        return { kind: 'renewed', atMs, ttlMs: operation.ttlMs, outcome: 'ok' };
      case 'finish':
        return { kind: 'finished', outcome: 'ok' };
    }
  };
}

export class Rig {
  readonly clock = new FakeClock();
  readonly session: Session;
  readonly sent: { readonly atMs: number; readonly message: ServerMessage }[] = [];
  readonly operations: StoreOperation[] = [];
  readonly holdings: Holding[] = [];
  /** Kinds of all effects but alarms, in order. */
  readonly log: string[] = [];
  script: Script;
  /** Whether messages leave as soon as they are sent. */
  flushes = true;
  /** Messages that have been sent and have not left, and when the last one left. */
  readonly #flow = { unflushed: 0, flushedMs: Number.NEGATIVE_INFINITY };
  closed: { readonly atMs: number; readonly error: ReseqError | undefined } | undefined;
  #alarm: Alarm | undefined;

  constructor(session: Session, script: Script = willing()) {
    this.session = session;
    this.script = script;
  }

  open(): this {
    return this.tell({ kind: 'open' });
  }

  tell(event: SessionEvent): this {
    const answers = this.session.handle(event, this.clock.now()).flatMap((effect) => this.#perform(effect));
    for (const answer of answers) this.tell(answer);
    return this;
  }

  /** The alarm rings. */
  ring(): this {
    return this.tell({ kind: 'alarm', ...this.#flow });
  }

  /** Whatever was sent leaves. */
  flush(): void {
    this.#flow.unflushed = 0;
    this.#flow.flushedMs = this.clock.now();
  }

  advance(ms: number): this {
    this.clock.advance(ms);
    return this;
  }

  get opened(): Opened | undefined {
    const first = this.sent[0]?.message;
    return first?.kind === 'opened' ? first : undefined;
  }

  get items(): readonly Item[] {
    return this.sent.flatMap(({ message }) => (message.kind === 'item' ? [message] : []));
  }

  get final(): Final | undefined {
    const last = this.sent.at(-1)?.message;
    return last?.kind === 'final' ? last : undefined;
  }

  /** Times at which items and FINAL were sent. */
  get itemTimes(): readonly number[] {
    return this.sent.filter(({ message }) => message.kind !== 'opened').map(({ atMs }) => atMs);
  }

  /** Registry name of the error that closed the connection, `ok` when there was none, undefined while it is open. */
  get end(): string | undefined {
    return this.closed && (this.closed.error?.registryName ?? 'ok');
  }

  #perform(effect: Effect): SessionEvent[] {
    const atMs = this.clock.now();
    if (effect.kind !== 'alarm') this.log.push(effect.kind === 'store' ? effect.operation.kind : effect.kind);
    switch (effect.kind) {
      case 'send':
        if (this.closed !== undefined) throw new Error('a message was sent after the end');
        this.sent.push({ atMs, message: effect.message });
        this.#flow.unflushed++;
        if (this.flushes) this.flush();
        return [];
      case 'store': {
        this.operations.push(effect.operation);
        const answer = this.script(effect.operation);
        return answer === undefined ? [] : [answer];
      }
      case 'hold': {
        const { clientId, seed, attempt } = effect.holding;
        this.holdings.push({ clientId, seed, attempt });
        return [];
      }
      case 'discard':
        throw new Error('only a CONFIRM discards');
      case 'alarm':
        this.#alarm?.cancel();
        this.#alarm = this.closed ? undefined : this.clock.alarm(effect.atMs, () => this.ring());
        return [];
      case 'close':
        if (this.closed !== undefined) throw new Error('the connection was closed twice');
        this.closed = { atMs, error: effect.error };
        this.#alarm?.cancel();
        return [];
    }
  }
}
