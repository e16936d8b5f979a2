/**
 * Drives the state machine by hand in tests: keeps its alarm and its connection as a driver would, and
 * fails on effects that no driver could perform.
 */
import { refusal } from '../../protocol/errors.ts';
import type { Open, Opened } from '../../protocol/messages.ts';
import type { Random } from '../../protocol/random.ts';
import type { ClientEffect, ClientEvent } from '../events.ts';
import type { Outcome } from '../outcome.ts';
import { Journal, type Task } from '../records.ts';
import { ClientSession, type SessionOptions } from '../session.ts';

export const CLIENT_ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
export const RESUME_KEY = Uint8Array.from({ length: 16 }, (_, at) => at + 1);

/** The first numbers of seed 42, from the generator's published demo. */
export const NUMBERS_42 = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e] as const;
/** SHA-256 over the first one and over the first six of them. */
export const CHECKSUM_42_1 = 'c7cd28835f28561e60a4bd9051c7ebbb1b247c01722ed9bd4df0502b2d0d2f0b';
export const CHECKSUM_42_6 = '25684b8d9203e764b3ffc98d182e2d16e84223561e4de30e87e959b05577e223';

/** Half-way jitter, always. */
export const STEADY: Random = { uniform: () => 0.5, bytes: (count) => new Uint8Array(count) };

export const STATEFUL_6: Task = { profile: 'stateful', count: 6, clientId: CLIENT_ID };
export const DROPPED = refusal('UNAVAILABLE', 'connection reset');

export interface Dial {
  readonly atMs: number;
  readonly connection: number;
  readonly open: Open;
}

/** `OPENED` of a server that grants what it is told to. */
export function openedFor(open: Open, over: Partial<Opened> = {}): Opened {
  const { request } = open;
  const base = { kind: 'opened', protocolVersion: 1, intervalMs: 1_000, extensions: [], ...over } as const;
  switch (request.kind) {
    case 'stateless-start':
      return { nextIndex: 0, sequence: { profile: 'stateless', a: 23, ratio: request.ratio }, ...base };
    case 'stateless-resume': {
      const { a, ratio, nextIndex } = request;
      return { nextIndex, sequence: { profile: 'stateless', a, ratio }, ...base };
    }
    default: {
      const n = request.kind === 'stateful-start' ? request.n : 6;
      const nextIndex = request.kind === 'stateful-start' ? 0 : request.nextIndex;
      const attempt = request.attempt ?? 1;
      const sequence = { profile: 'stateful', n, retentionMs: 30_000, resumeKey: RESUME_KEY, attempt } as const;
      return { nextIndex, sequence, ...base };
    }
  }
}

type Unnumbered<Event> = Event extends { readonly connection: number } ? Omit<Event, 'connection'> : Event;

export class Drive {
  readonly session: ClientSession;
  readonly journal: Journal;
  readonly dials: Dial[] = [];
  readonly delivered: (number | bigint)[] = [];
  readonly log: ClientEffect[] = [];
  now = 0;
  /** Number of the connection that is open, undefined when none is. */
  live: number | undefined;
  alarmAtMs: number | undefined;
  outcome: Outcome | undefined;
  /** Number of the newest connection, whether it serves items or a confirm. */
  #newest = 0;

  constructor(task: Task, options: Partial<SessionOptions> = {}) {
    this.journal = new Journal(task);
    const defaults = { extensions: [], giveUpMs: 300_000, connectAttempts: 10, random: STEADY };
    this.session = new ClientSession({ snapshot: this.journal, ...defaults, ...options });
  }

  /** Hands an event in; those of connections belong to the newest one unless numbered. */
  send(event: ClientEvent | Unnumbered<ClientEvent>): ClientEffect[] {
    const effects = this.session.handle({ connection: this.#newest, ...event } as ClientEvent, this.now);
    for (const effect of effects) this.#perform(effect);
    this.log.push(...effects);
    return effects;
  }

  /** Waits for the alarm and rings it. */
  ring(): ClientEffect[] {
    if (this.alarmAtMs === undefined) throw new Error(`no alarm is set in ${this.session.state}`);
    this.now = Math.max(this.now, this.alarmAtMs);
    this.alarmAtMs = undefined;
    return this.send({ kind: 'alarm' });
  }

  /** Answers the newest dial with an OPENED that fits. */
  open(over: Partial<Opened> = {}): ClientEffect[] {
    return this.send({ kind: 'opened', message: openedFor(this.dial.open, over) });
  }

  item(index: number, value: number | bigint = NUMBERS_42[index] ?? 0): ClientEffect[] {
    return this.send({ kind: 'item', message: { kind: 'item', index, value } });
  }

  final(index: number, checksum: string, value: number = NUMBERS_42[index] ?? 0): ClientEffect[] {
    const message = { kind: 'final', index, value, checksum: Buffer.from(checksum, 'hex') } as const;
    return this.send({ kind: 'final', message });
  }

  end(error = DROPPED): ClientEffect[] {
    return this.send({ kind: 'ended', error });
  }

  /** The newest dial. */
  get dial(): Dial {
    const dial = this.dials.at(-1);
    if (dial === undefined) throw new Error('nothing was dialled');
    return dial;
  }

  #perform(effect: ClientEffect): void {
    switch (effect.kind) {
      case 'dial':
        if (this.live !== undefined) throw new Error('a second connection beside a live one');
        this.live = effect.connection;
        this.#newest = effect.connection;
        this.dials.push({ atMs: this.now, connection: effect.connection, open: effect.open });
        return;
      case 'confirm':
        this.#newest = effect.connection;
        return;
      case 'hang-up':
        this.live = undefined;
        return;
      case 'alarm':
        this.alarmAtMs = effect.atMs;
        return;
      case 'deliver':
        if (effect.index !== this.delivered.length) throw new Error(`item ${effect.index} out of order`);
        this.delivered.push(effect.value);
        return;
      case 'persist':
        this.journal.add(effect.record);
        return;
      case 'finish':
        if (this.outcome !== undefined) throw new Error('a second finish');
        this.outcome = effect.outcome;
    }
  }
}

/** A run that has dialled. */
export function started(...args: ConstructorParameters<typeof Drive>): Drive {
  const drive = new Drive(...args);
  drive.send({ kind: 'started' });
  return drive;
}

/** A run whose first connection has been opened. */
export function streaming(...args: ConstructorParameters<typeof Drive>): Drive {
  const drive = started(...args);
  drive.open();
  return drive;
}

/** What was done, in order. */
export function kinds(effects: readonly ClientEffect[]): string[] {
  return effects.map((effect) => effect.kind);
}
