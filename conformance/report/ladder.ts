/** A trace as lines for people: time, connection, direction, what. */

import { statusText } from '../streams.ts';
import type { EventOf, MessageView, RecordView, RequestView, Trace, TraceEvent } from '../trace.ts';

/** Events shown before and after the one that matters, which is often the request whose answer is wrong. */
const BEFORE = 4;
const AFTER = 7;

/** Lines of the events around one, which is marked; all events when `around` is undefined. */
export function ladder(trace: Trace, around?: number): string[] {
  const first = around === undefined ? 0 : Math.max(0, around - BEFORE);
  const last = around === undefined ? trace.events.length : around + AFTER + 1;
  return trace.events
    .slice(first, last)
    .map((event, i) => `${first + i === around ? '>' : ' '} ${line(event, trace.startedAtMs)}`);
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
      return `drop by ${event.how}`;
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
    .map(([name, value]) => `${name}=${cut(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ');
}

function cut(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}
