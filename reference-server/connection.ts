/**
 * Runs one session machine: performs its effects and brings it the events of transport, clock, store and other
 * connections. Decides nothing about the protocol.
 */
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { ReseqError } from '../protocol/errors.ts';
import type { Profile, ServerMessage } from '../protocol/messages.ts';
import type { Holders, Loss, Occupant } from './holders.ts';
import { clientMark, type Log } from './log.ts';
import { internalFault } from './refusals.ts';
import type { Effect, Holding, Session, SessionEvent } from './session.ts';
import { countError, type Stats } from './stats.ts';
import type { Asker, StoreRunner } from './store-calls.ts';

/** Where a connection's messages go: offered by a binding. */
export interface Outlet {
  /** Every message is reported back with `Inlet.flushed`, not before this returns. */
  send(message: ServerMessage): void;
  /** Called once; undefined ends without error. */
  end(error: ReseqError | undefined): void;
}

/** What a binding reports about a connection. Both do nothing after the end. */
export interface Inlet {
  /** One more message has been handed to the network. */
  flushed(): void;
  /** The connection is gone. */
  dropped(): void;
}

/** What all connections of a server share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly storeCalls: StoreRunner;
  readonly holders: Holders;
  readonly stats: Stats;
  readonly log: Log;
}

export class Connection implements Inlet, Occupant, Asker {
  readonly #session: Session;
  readonly #outlet: Outlet;
  readonly #surroundings: Surroundings;
  readonly #profile: Profile | undefined;
  readonly #onEnd: (connection: Connection) => void;
  readonly #ring = () => this.#handle(this.#ringing);
  /** Comes with every item, so there is one of it, kept up to date in place. */
  readonly #ringing = { kind: 'alarm' as const, unflushed: 0, flushedMs: Number.NEGATIVE_INFINITY };
  #alarm: Alarm | undefined;
  #holding: Holding | undefined;
  #hasEnded = false;

  /**
   * `profile`: what it counts as, undefined for what is no connection of a client.
   * `onEnd` is called once, when nothing more will be sent.
   */
  constructor(
    session: Session,
    profile: Profile | undefined,
    outlet: Outlet,
    surroundings: Surroundings,
    onEnd: (connection: Connection) => void,
  ) {
    this.#session = session;
    this.#profile = profile;
    this.#outlet = outlet;
    this.#surroundings = surroundings;
    this.#onEnd = onEnd;
    if (profile !== undefined) surroundings.stats.connections[profile]++;
  }

  open(): void {
    this.#handle({ kind: 'open' });
  }

  drain(): void {
    this.#handle({ kind: 'drain' });
  }

  flushed(): void {
    this.#ringing.unflushed--;
    this.#ringing.flushedMs = this.#surroundings.clock.now();
  }

  dropped(): void {
    if (this.#hasEnded) return;
    this.#surroundings.stats.drops++;
    this.#end('dropped');
    this.#handle({ kind: 'dropped' });
  }

  answer(event: SessionEvent): void {
    this.#handle(event);
  }

  lose(loss: Loss): void {
    this.#handle({ kind: loss });
  }

  #handle(event: SessionEvent): void {
    try {
      for (const effect of this.#session.handle(event, this.#surroundings.clock.now())) this.#perform(effect);
    } catch (cause) {
      this.#surroundings.log.error({ err: cause, state: this.#session.state, event: event.kind }, 'connection fault');
      this.#close(internalFault(cause));
    }
  }

  /** Store operations are carried out even after the end: detaching is one. */
  #perform(effect: Effect): void {
    if (effect.kind === 'store') {
      this.#surroundings.storeCalls.run(effect.operation, this);
      return;
    }
    if (this.#hasEnded) return;
    switch (effect.kind) {
      case 'send':
        this.#send(effect.message);
        return;
      case 'alarm':
        this.#setAlarm(effect.atMs);
        return;
      case 'hold':
        this.#hold(effect.holding);
        return;
      case 'discard':
        this.#surroundings.holders.discard(effect.clientId, effect.seed);
        return;
      case 'close':
        this.#close(effect.error);
        return;
    }
  }

  /** Comes with every item, so an alarm that can be used again is. */
  #setAlarm(atMs: number): void {
    if (this.#alarm?.move !== undefined) {
      this.#alarm.move(atMs);
      return;
    }
    this.#alarm?.cancel();
    this.#alarm = this.#surroundings.clock.alarm(atMs, this.#ring);
  }

  #send(message: ServerMessage): void {
    const { stats } = this.#surroundings;
    if (message.kind === 'item') stats.items++;
    if (message.kind === 'final') stats.finals++;
    this.#ringing.unflushed++;
    this.#outlet.send(message);
  }

  #hold(holding: Holding): void {
    const { holders, log } = this.#surroundings;
    this.#holding = holding;
    log.debug?.({ client: clientMark(holding.clientId), attempt: holding.attempt }, 'session attached');
    holders.hold(holding, this);
  }

  #close(error: ReseqError | undefined): void {
    if (this.#hasEnded) return;
    if (error !== undefined) countError(this.#surroundings.stats, error.code);
    this.#end(error?.message ?? 'complete');
    this.#outlet.end(error);
  }

  #end(how: string): void {
    const { holders, stats, log } = this.#surroundings;
    this.#hasEnded = true;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (this.#profile !== undefined) stats.connections[this.#profile]--;
    const clientId = this.#holding?.clientId;
    if (clientId !== undefined) holders.leave(clientId, this);
    log.debug?.({ client: clientId && clientMark(clientId), profile: this.#profile, how }, 'connection ended');
    this.#onEnd(this);
  }
}
