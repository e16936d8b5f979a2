/**
 * What the server's session machines share: events go in together with the time, effects come out as data.
 * Spec: core.md sections 3 to 8, state.md. A machine serves one connection; the session that it attaches to outlives it.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Extension, ServerMessage } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import type { AttachResult, Outcome, SessionRecord, StartResult } from './store/store.ts';

/** What a machine is told by whoever runs it; the same for all connections of a server. */
export interface SessionSettings {
  /** Milliseconds between two items, at least 1. */
  readonly intervalMs: number;
  /** Milliseconds for which a detached session is kept. */
  readonly retentionMs: number;
  /** R: the longest time between two renewals of an attached session, milliseconds (RSQ-STO-3). */
  readonly leasePeriodMs: number;
  /** A store operation without an answer after this long counts as failed. */
  readonly storeDeadlineMs: number;
  /** A connection whose peer has not read for this long is ended. */
  readonly blockedMs: number;
  /** Extensions that are granted when asked for. */
  readonly extensions: readonly Extension[];
  /** Proposal for the 64-bit seed of a new session (RSQ-SFL-3, RSQ-SFL-7). */
  readonly seedFor: (clientId: string) => bigint;
  readonly random: Random;
  /** How often connections attach to one session. Default: no limit. */
  readonly attachRate?: AttachRate | undefined;
}

/** Limit of the attaches of each session (RSQ-LIM-12). */
export interface AttachRate {
  /** Milliseconds until the session may be attached once more, 0 when it is now. */
  waitMs(clientId: string, now: number): number;
  /** A connection has attached. */
  count(clientId: string, now: number): void;
}

interface Stamp {
  /** When the operation was issued: a lease is counted from here, which errs to the safe side. */
  readonly atMs: number;
  readonly clientId: string;
}

/** A call of the session store as data, see store.ts. */
export type StoreOperation =
  | (Stamp & {
      readonly kind: 'start';
      readonly n: number;
      readonly seed: bigint;
      readonly attempt: number | undefined;
      readonly ttlMs: number;
    })
  | (Stamp & { readonly kind: 'lookup' })
  | (Stamp & {
      readonly kind: 'attach';
      readonly seed: bigint;
      readonly attempt: number | undefined;
      readonly ttlMs: number;
    })
  | (Stamp & { readonly kind: 'renew'; readonly seed: bigint; readonly attempt: number; readonly ttlMs: number })
  | (Stamp & { readonly kind: 'finish'; readonly seed: bigint; readonly attempt: number });

/** Who holds a session on this instance. */
export interface Holding {
  readonly clientId: string;
  readonly seed: bigint;
  readonly attempt: number;
}

/** What has become of the messages that were sent. */
export interface Flow {
  /** Messages that have not been handed to the network yet. */
  readonly unflushed: number;
  /** When the last one was handed to it, which may be long after it was sent; -Infinity: none was. */
  readonly flushedMs: number;
}

export type SessionEvent =
  /** The request has been accepted for processing: the first event of every machine. */
  | { readonly kind: 'open' }
  /** The time of the last `alarm` effect has come. Good for this call: whoever runs the machine may use it again. */
  | ({ readonly kind: 'alarm' } & Flow)
  /** The connection is gone. */
  | { readonly kind: 'dropped' }
  /** The server is shutting down. */
  | { readonly kind: 'drain' }
  /** A newer connection of this instance holds the session. */
  | { readonly kind: 'taken-over' }
  /** The session is gone: a CONFIRM on this instance has discarded it, or its client id has a new one. */
  | { readonly kind: 'discarded' }
  | { readonly kind: 'started'; readonly atMs: number; readonly result: StartResult }
  | { readonly kind: 'found'; readonly atMs: number; readonly record: SessionRecord | undefined }
  | { readonly kind: 'attached'; readonly atMs: number; readonly result: AttachResult }
  | { readonly kind: 'renewed'; readonly atMs: number; readonly ttlMs: number; readonly outcome: Outcome }
  | { readonly kind: 'finished'; readonly outcome: Outcome }
  | { readonly kind: 'store-failed'; readonly atMs: number };

export type Effect =
  /** What becomes of it is told with each `alarm`. */
  | { readonly kind: 'send'; readonly message: ServerMessage }
  /** Answered by the event of the operation's kind, or by `store-failed`. */
  | { readonly kind: 'store'; readonly operation: StoreOperation }
  /** The session is held by this connection: an older one on this instance is to be told `taken-over`. */
  | { readonly kind: 'hold'; readonly holding: Holding }
  /** A CONFIRM has discarded the session: who holds it on this instance is to be told `discarded`. */
  | { readonly kind: 'discard'; readonly clientId: string; readonly seed: bigint }
  /** Replaces the alarm that was set before. */
  | { readonly kind: 'alarm'; readonly atMs: number }
  /** Nothing is sent after it; undefined ends without error. */
  | { readonly kind: 'close'; readonly error: ReseqError | undefined };

/** A machine for one connection. */
export interface Session {
  /** Name of the state, for logs and tests. */
  readonly state: string;
  /** @param now monotonic milliseconds, never less than in the call before. @returns effects, in order */
  handle(event: SessionEvent, now: number): readonly Effect[];
}

/** Reaction to an event: pushes effects and names the state that follows. */
export type Cell<Memory, State extends string, Kind extends SessionEvent['kind']> = (
  memory: Memory,
  event: Extract<SessionEvent, { kind: Kind }>,
  now: number,
  effects: Effect[],
) => State;

/** Reactions of one state. An empty cell: the event means nothing in it; the state stays, without effects. */
type Row<Memory, State extends string> = {
  readonly [Kind in SessionEvent['kind']]?: Cell<Memory, State, Kind>;
};

/** State x event. */
export type Table<Memory, State extends string> = { readonly [Name in State]: Row<Memory, State> };

/** Looks the cell up and runs it. @returns the next state */
export function transition<Memory, State extends string, Kind extends SessionEvent['kind']>(
  table: Table<Memory, State>,
  state: State,
  memory: Memory,
  event: Extract<SessionEvent, { kind: Kind }>,
  now: number,
  effects: Effect[],
): State {
  const row: Row<Memory, State> = table[state];
  const cell: Cell<Memory, State, Kind> | undefined = row[event.kind as Kind];
  return cell === undefined ? state : cell(memory, event, now, effects);
}

/** Each `state event` that has a reaction. */
export function cellsOf<Memory, State extends string>(table: Table<Memory, State>): readonly string[] {
  return Object.entries<object>(table).flatMap(([state, row]) => Object.keys(row).map((event) => `${state} ${event}`));
}
