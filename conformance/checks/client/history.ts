/**
 * A trace of a client case, read: which attempts there were, what each brought, how it ended, how long the client then waited,
 * and what the program printed. The checks judge this and not the raw events.
 */

import { parseRowNote } from '../../peer/peer.ts';
import type { EventOf, OpenedView, RequestView, Trace, TraceEvent } from '../../trace.ts';

export type SequenceRequestView = Extract<RequestView, { kind: `state${string}` }>;
export type ConfirmView = Extract<RequestView, { kind: 'confirm' }>;

/** How a stream ended, and who ended it. */
export interface End {
  readonly atMs: number;
  readonly by: 'peer' | 'client';
  readonly status?: EventOf<'status'>['status'];
}

/** One connection of the client with at most one Open. */
export interface Attempt {
  readonly conn: number;
  readonly connectedAtMs: number;
  /** Index of the first event of this attempt in the trace. */
  readonly event: number;
  /**
   * Index of the event that the client had to answer: the message that broke the order, else how the peer ended the stream, else
   * OPENED, else the request.
   */
  readonly decisive: number;
  /** Undefined when nothing was asked: the connection did not live for so long. */
  readonly request: SequenceRequestView | undefined;
  readonly requestedAtMs: number | undefined;
  readonly opened: OpenedView | undefined;
  /** Items that a right client has accepted before and after this attempt. */
  readonly acceptedBefore: number;
  readonly acceptedAfter: number;
  /** The peer broke the order of messages on it. */
  readonly faulty: boolean;
  /** The index that came in the place of the next one, where that is what broke the order. */
  readonly gapTo: number | undefined;
  /** Items that the peer sent again on it. */
  readonly repeated: number;
  /** When the peer last sent something. */
  readonly lastMessageAtMs: number | undefined;
  readonly end: End | undefined;
}

/** A wait between two attempts. */
export interface Retry {
  /** Retries since the last newly accepted item before this one. */
  readonly k: number;
  readonly waitedMs: number;
  readonly after: Attempt;
  readonly next: Attempt;
  /** What the error asked for. */
  readonly retryAfterMs: number | undefined;
}

export interface Confirmation {
  readonly atMs: number;
  readonly event: number;
  readonly request: ConfirmView;
}

export type ClientEnd =
  | ({ readonly by: 'command' } & Extract<EventOf<'process'>, { readonly what: 'exit' }>)
  | ({ readonly by: 'driver' } & Extract<EventOf<'driver'>, { readonly what: 'result' | 'error' | 'none' }>);

export interface History {
  readonly attempts: readonly Attempt[];
  readonly retries: readonly Retry[];
  readonly confirmations: readonly Confirmation[];
  /** Items that a right client has accepted in the end. */
  readonly accepted: number;
  /** When the last item that makes it complete was sent, with the index of that event. */
  readonly complete: { readonly atMs: number; readonly event: number } | undefined;
  /** How the run ended, in the words of a program or of a driver. */
  readonly end: ClientEnd;
}

/** The number that a scenario put into the facts. */
export function factNumber(trace: Trace, name: string): number | undefined {
  const value = trace.facts[name];
  return typeof value === 'number' ? value : undefined;
}

/** Factor on all times of the specification; 1 but for the suite's own test. */
export function scaleOf(trace: Trace): number {
  return factNumber(trace, 'scale') ?? 1;
}

/** @returns undefined when the client has not ended by itself, so that the trace says nothing */
export function historyOf(trace: Trace): History | undefined {
  const end = trace.events.flatMap(endOf)[0];
  if (end === undefined) return undefined;
  const reader = new Reader(trace);
  for (const [index, event] of trace.events.entries()) reader.read(event, index);
  const attempts = reader.attempts.filter((attempt) => !attempt.other && !attempt.idle);
  return {
    attempts,
    retries: retriesOf(attempts),
    confirmations: reader.confirmations,
    accepted: reader.accepted,
    complete: reader.complete,
    end,
  };
}

function endOf(event: TraceEvent): ClientEnd[] {
  if (event.kind === 'process' && event.what === 'exit') return [{ by: 'command', ...event }];
  if (event.kind !== 'driver') return [];
  return event.what === 'result' || event.what === 'error' || event.what === 'none' ? [{ by: 'driver', ...event }] : [];
}

type Draft = { -readonly [K in keyof Attempt]: Attempt[K] } & {
  /** It carried a confirm or a describe and no Open. */
  other: boolean;
  /** It was made when all was done, and nothing was asked: a library's own doing, and no reconnect. */
  idle: boolean;
};

class Reader {
  readonly attempts: Draft[] = [];
  readonly confirmations: Confirmation[] = [];
  accepted = 0;
  complete: History['complete'];
  private readonly n: number;
  private readonly stateful: boolean;
  private readonly latest = new Map<number, Draft>();
  /** Connections whose current call is not an Open. */
  private readonly unary = new Set<number>();

  constructor(trace: Trace) {
    this.n = factNumber(trace, 'n') ?? 0;
    this.stateful = trace.facts['profile'] === 'stateful';
  }

  read(event: TraceEvent, index: number): void {
    switch (event.kind) {
      case 'connect':
        this.begin(event, index);
        return;
      case 'open':
        this.open(event, index);
        return;
      case 'message':
        this.message(event, index);
        return;
      case 'status':
        if (!this.unary.delete(event.conn)) this.ended(event, index);
        return;
      case 'cancel':
        if (this.unary.has(event.conn)) return;
        this.end(event, { atMs: event.atMs, by: event.how === 'cancel' ? 'client' : 'peer' });
        return;
      case 'note':
        this.row(event, index);
        return;
      case 'close':
        this.end(event, { atMs: event.atMs, by: 'client' });
        return;
      default:
        return;
    }
  }

  private begin(event: TraceEvent, index: number): void {
    const attempt: Draft = {
      conn: event.conn,
      connectedAtMs: event.atMs,
      event: index,
      decisive: index,
      request: undefined,
      requestedAtMs: undefined,
      opened: undefined,
      acceptedBefore: this.accepted,
      acceptedAfter: this.accepted,
      faulty: false,
      gapTo: undefined,
      repeated: 0,
      lastMessageAtMs: undefined,
      end: undefined,
      other: false,
      idle: this.complete !== undefined || this.confirmations.length > 0,
    };
    this.attempts.push(attempt);
    this.latest.set(event.conn, attempt);
  }

  private open(event: EventOf<'open'>, index: number): void {
    const { request } = event;
    if (request.kind === 'confirm' || request.kind === 'describe') {
      this.unary.add(event.conn);
      if (request.kind === 'confirm') this.confirmations.push({ atMs: event.atMs, event: index, request });
      const attempt = this.latest.get(event.conn);
      if (attempt !== undefined && attempt.request === undefined) attempt.other = true;
      return;
    }
    // A second Open on one connection counts as an attempt of its own.
    if (this.latest.get(event.conn)?.request !== undefined) this.begin(event, index);
    const attempt = this.latest.get(event.conn);
    if (attempt === undefined) return;
    attempt.other = false;
    attempt.idle = false;
    attempt.decisive = index;
    attempt.requestedAtMs = event.atMs;
    if (request.kind !== 'none' && request.kind !== 'malformed') attempt.request = request;
  }

  private message(event: EventOf<'message'>, index: number): void {
    const attempt = this.latest.get(event.conn);
    if (attempt === undefined || this.unary.has(event.conn)) return;
    attempt.lastMessageAtMs = event.atMs;
    if (attempt.faulty || this.complete !== undefined) return;
    const { message } = event;
    if (message.kind === 'opened') {
      attempt.decisive = index;
      if (attempt.opened === undefined) attempt.opened = message;
      else attempt.faulty = true;
      return;
    }
    if (attempt.opened === undefined || (message.kind !== 'item' && message.kind !== 'final')) {
      attempt.faulty = true;
      attempt.decisive = index;
      return;
    }
    if (message.index < this.accepted) {
      attempt.repeated += 1;
      return;
    }
    const last = this.n - 1;
    const inPlace =
      message.index === this.accepted &&
      (this.stateful ? (message.kind === 'final') === (message.index === last) : true);
    attempt.faulty = !inPlace;
    if (!inPlace) {
      attempt.decisive = index;
      if (message.index > this.accepted) attempt.gapTo = message.index;
      return;
    }
    this.accepted += 1;
    attempt.acceptedAfter = this.accepted;
    if (this.accepted === this.n) this.complete = { atMs: event.atMs, event: index };
  }

  /** Items that the peer has summed up: all right, as the scripts have it. */
  private row(event: EventOf<'note'>, index: number): void {
    const row = parseRowNote(event.text);
    const attempt = this.latest.get(event.conn);
    if (row === undefined || attempt === undefined || attempt.faulty || row.first > this.accepted) return;
    this.accepted = Math.max(this.accepted, Math.min(row.last + 1, this.n));
    attempt.acceptedAfter = this.accepted;
    attempt.lastMessageAtMs = event.atMs;
    if (this.accepted === this.n) this.complete ??= { atMs: event.atMs, event: index };
  }

  private ended({ atMs, conn, status }: EventOf<'status'>, index: number): void {
    const attempt = this.latest.get(conn);
    if (attempt !== undefined && attempt.end === undefined && !attempt.faulty && this.complete === undefined)
      attempt.decisive = index;
    this.end({ conn }, { atMs, by: 'peer', status });
  }

  private end(event: Pick<TraceEvent, 'conn'>, end: End): void {
    const attempt = this.latest.get(event.conn);
    if (attempt !== undefined && attempt.end === undefined) attempt.end = end;
  }
}

function retriesOf(attempts: readonly Attempt[]): Retry[] {
  const retries: Retry[] = [];
  let k = 0;
  for (const [i, next] of attempts.entries()) {
    const after = attempts[i - 1];
    if (after === undefined) continue;
    if (after.acceptedAfter > after.acceptedBefore) k = 0;
    const endedAtMs = after.end?.atMs;
    if (endedAtMs !== undefined) {
      const retryAfterMs = after.end?.status?.retryAfterMs;
      retries.push({ k, waitedMs: next.connectedAtMs - endedAtMs, after, next, retryAfterMs });
    }
    k += 1;
  }
  return retries;
}
