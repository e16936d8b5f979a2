/**
 * The driver of the state machine: performs its effects on a binding and a clock, and turns what
 * those say into events. No decision is made here.
 */

import type { Alarm, Clock } from '../protocol/clock.ts';
import type { ReseqError } from '../protocol/errors.ts';
import type { ClientEffect, ClientEvent, Notice } from './events.ts';
import type { Binding, Link, Received } from './link.ts';
import type { Journal, JournalRecord, Snapshot } from './records.ts';
import { type ClientResult, resultOf } from './result.ts';
import { ClientSession, type Deciding, type SessionOptions } from './session.ts';

export interface ClientOptions extends Omit<SessionOptions, 'snapshot'> {
  /** Grows with the run; filled already when the run continues another one. */
  readonly journal: Journal;
  readonly binding: Binding;
  readonly clock: Clock;
  /** Called before what the record says takes effect. What it throws ends the run. */
  readonly persist?: ((record: JournalRecord) => void) | undefined;
  /** Takes each item once, in order. */
  readonly deliver?: ((index: number, value: number | bigint) => void) | undefined;
  readonly notify?: ((notice: Notice) => void) | undefined;
  /** Wraps the machine before it runs: a simulation looks on. Default: nothing. */
  readonly instrument?: ((session: Deciding) => Deciding) | undefined;
}

/** One run of one sequence over whatever number of connections it takes. */
export class Client {
  /** Settles when the run ends. Rejects only when `persist` or `deliver` has thrown. */
  readonly result: Promise<ClientResult>;
  readonly #options: ClientOptions;
  readonly #session: Deciding;
  readonly #events: ClientEvent[] = [];
  #isHandling = false;
  #link: Link | undefined;
  #alarm: Alarm | undefined;
  #resolve: (result: ClientResult) => void = ignore;
  #reject: (reason: unknown) => void = ignore;

  constructor(options: ClientOptions) {
    this.#options = options;
    const session = new ClientSession({ ...options, snapshot: options.journal });
    this.#session = options.instrument?.(session) ?? session;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(): void {
    this.#handle({ kind: 'started' });
  }

  /** Hangs up and ends the run as interrupted; the journal then says how to go on. */
  interrupt(): void {
    this.#handle({ kind: 'interrupted' });
  }

  /** Whether the taker of the items has fallen behind: while it has, the connection is not read. */
  setFull(full: boolean): void {
    this.#handle({ kind: full ? 'full' : 'drained' });
  }

  /** Where the run stands. */
  get snapshot(): Snapshot {
    return this.#options.journal;
  }

  /** Effects may cause events at once (a reader that becomes full): those wait until the effects are done. */
  #handle(event: ClientEvent): void {
    this.#events.push(event);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const effect of this.#session.handle(next, this.#options.clock.now())) this.#perform(effect);
      }
    } catch (error) {
      this.#events.length = 0;
      this.#hangUp();
      this.#alarm?.cancel();
      this.#reject(error);
    } finally {
      this.#isHandling = false;
    }
  }

  #perform(effect: ClientEffect): void {
    const { deliver, journal, notify, persist } = this.#options;
    switch (effect.kind) {
      case 'dial':
        this.#dial(effect);
        return;
      case 'hang-up':
        this.#hangUp();
        return;
      case 'confirm':
        this.#confirm(effect);
        return;
      case 'alarm':
        this.#setAlarm(effect.atMs);
        return;
      case 'pause':
        this.#link?.pause();
        return;
      case 'resume':
        this.#link?.resume();
        return;
      case 'persist':
        persist?.(effect.record);
        journal.add(effect.record);
        return;
      case 'deliver':
        deliver?.(effect.index, effect.value);
        return;
      case 'notify':
        notify?.(effect.notice);
        return;
      case 'finish':
        this.#resolve(resultOf(this.#session.ledger, effect.outcome, journal.attempt));
    }
  }

  #dial({ connection, open, openedBefore }: Extract<ClientEffect, { kind: 'dial' }>): void {
    this.#link = this.#options.binding.connect();
    this.#link.open(open, openedBefore, {
      message: (message) => this.#handle(eventOf(connection, message)),
      ended: (error) => this.#handle({ kind: 'ended', connection, error }),
    });
  }

  #confirm({ connection, confirm }: Extract<ClientEffect, { kind: 'confirm' }>): void {
    this.#link ??= this.#options.binding.connect();
    const answered = (error: ReseqError | undefined): void => this.#handle({ kind: 'confirmed', connection, error });
    this.#link.confirm(confirm, answered);
  }

  #hangUp(): void {
    this.#link?.close();
    this.#link = undefined;
  }

  #setAlarm(atMs: number | undefined): void {
    this.#alarm?.cancel();
    this.#alarm =
      atMs === undefined ? undefined : this.#options.clock.alarm(atMs, () => this.#handle({ kind: 'alarm' }));
  }
}

function ignore(): void {}

function eventOf(connection: number, message: Received): ClientEvent {
  if (!message.ok) return { kind: 'malformed', connection, error: message.error, index: message.index };
  switch (message.value.kind) {
    case 'opened':
      return { kind: 'opened', connection, message: message.value };
    case 'item':
      return { kind: 'item', connection, message: message.value };
    case 'final':
      return { kind: 'final', connection, message: message.value };
  }
}
