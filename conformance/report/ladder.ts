/** A trace as lines for people: time, connection, direction, what. */

import { statusText } from '../streams.ts';
import type { EventOf, MessageView, RecordView, RequestView, Trace, TraceEvent } from '../trace.ts';

/** Events shown before and after the one that matters, which is often the request whose answer is wrong. */
const BEFORE = 4;
const AFTER = 7;
/** Events of any connection shown next to it. */
const BESIDE = 3;
/** Connections of the judged session whose request, answer and end are kept. */
const ATTACHES = 5;

/** Lines of the events around one, which is marked; all events when `around` is undefined. */
export function ladder(trace: Trace, around?: number): string[] {
  const positions = around === undefined ? trace.events.map((_, i) => i) : near(trace, around);
  return positions.flatMap((position, i) => {
    const event = trace.events[position];
    if (event === undefined) return [];
    const skipped = i > 0 && positions[i - 1] !== position - 1 ? ['           ...'] : [];
    return [...skipped, `${position === around ? '>' : ' '} ${line(event, trace.startedAtMs)}`];
  });
}

/**
 * Positions around an event: of its own connection, since others would hide the answer, those next to it, and whatever is cut away
 * how its session came to be where it is and how the case ended.
 */
function near(trace: Trace, around: number): number[] {
  const conn = trace.events[around]?.conn ?? 0;
  const own = trace.events.flatMap((event, i) => (conn === 0 || event.conn === conn ? [i] : []));
  const at = own.indexOf(around);
  const session = connectionsOf(trace, conn);
  const beside = trace.events.flatMap((event, i) =>
    Math.abs(i - around) <= BESIDE && (session.size === 0 || event.conn === 0 || session.has(event.conn)) ? [i] : [],
  );
  const end = trace.events.findLastIndex(({ kind }) => kind === 'process');
  const chosen = new Set([
    ...own.slice(Math.max(0, at - BEFORE), at + AFTER + 1),
    ...beside,
    ...attaches(trace, session, around),
    ...(end > around ? [end] : []),
  ]);
  return [...chosen].sort((a, b) => a - b);
}

/** All connections of the session of a connection, by client id. Of none when it has no session. */
function connectionsOf(trace: Trace, conn: number): ReadonlySet<number> {
  const ids = new Map<number, string>();
  for (const event of trace.events) {
    if (event.kind === 'open' && 'clientId' in event.request && !ids.has(event.conn))
      ids.set(event.conn, event.request.clientId.toLowerCase());
  }
  const own = ids.get(conn);
  return new Set(own === undefined ? [] : [...ids].flatMap(([one, id]) => (id === own ? [one] : [])));
}

/** Positions of the requests of a session before an event, with the answer and the end of each: the first and the newest ones. */
function attaches(trace: Trace, session: ReadonlySet<number>, around: number): number[] {
  const conns = [...session].filter((conn) => trace.events.findIndex((event) => event.conn === conn) < around);
  const shown = conns.length <= ATTACHES ? conns : [...conns.slice(0, 1), ...conns.slice(1 - ATTACHES)];
  return shown.flatMap((conn) => {
    const events = trace.events.flatMap((event, i) => (event.conn === conn && i <= around ? [{ event, i }] : []));
    const first = (fits: (event: TraceEvent) => boolean): number[] =>
      events
        .filter(({ event }) => fits(event))
        .slice(0, 1)
        .map(({ i }) => i);
    return [
      ...first(({ kind }) => kind === 'open'),
      ...first((event) => event.kind === 'message' && event.message.kind === 'opened'),
      ...first(({ kind }) => kind === 'cancel' || kind === 'status'),
    ];
  });
}

function line(event: TraceEvent, startMs: number): string {
  const at = ((event.atMs - startMs) / 1_000).toFixed(3).padStart(8);
  const sender = senderOf(event);
  const arrow = sender === undefined ? '' : `${sender} -> `;
  return `${at} s  ${event.conn === 0 ? '  ' : `#${event.conn}`.padEnd(3)} ${arrow}${eventText(event)}`;
}

/** Whose message an event is, undefined when it is none. */
export function senderOf({ kind }: TraceEvent): 'client' | 'server' | undefined {
  if (kind === 'open') return 'client';
  return kind === 'message' || kind === 'status' ? 'server' : undefined;
}

/** What happened, without time, connection and direction. */
export function eventText(event: TraceEvent): string {
  switch (event.kind) {
    case 'connect':
      return `connect${event.to === undefined ? '' : ` to ${event.to}`}`;
    case 'open':
      return named(event.request);
    case 'message':
      return named(event.message);
    case 'status':
      return statusText(event.status);
    case 'cancel':
      return event.how === 'cancel' ? 'the client cancels' : `the suite drops it by ${event.how}`;
    case 'close':
      return `closed${event.detail === undefined ? '' : `: ${event.detail}`}`;
    case 'process':
      return showProcess(event);
    case 'record':
      return showRecord(event);
    case 'driver':
      return showDriver(event);
    case 'note':
      return `note: ${event.text}`;
  }
}

function showProcess(event: EventOf<'process'>): string {
  switch (event.what) {
    case 'spawn':
      return `start ${event.argv.join(' ')}`;
    case 'signal':
      return `${event.signal} to ${event.name}`;
    case 'exit':
      return `exit ${event.code ?? event.signal}: ${cut(event.stdout)}`;
  }
}

function showDriver({ kind: _kind, atMs: _atMs, conn: _conn, ...event }: EventOf<'driver'>): string {
  const { what: name, ...fields } = event;
  return name === 'request' ? `suite -> ${cut(event.line)}` : `driver: ${name} ${pairs(fields)}`;
}

function showRecord({ label, fields, ttlMs, keys }: RecordView): string {
  const what = fields === undefined ? 'none' : `${pairs(fields)}, ${ttlMs} ms to live`;
  return `record (${label}): ${what}${keys === undefined ? '' : `, keys ${keys.join(' ')}`}`;
}

function named({ kind, ...fields }: RequestView | MessageView): string {
  return `${kind.toUpperCase()} ${pairs(fields)}`;
}

function pairs(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return `${name}{${pairs(value)}}`;
      return `${name}=${cut(typeof value === 'string' ? value : JSON.stringify(value))}`;
    })
    .join(' ');
}

function cut(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}
