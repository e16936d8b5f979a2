/** Traces as checks like to read them: one object per stream, with its label, request, messages and end. */

import type { EventOf, FinalView, ItemView, OpenedView, RequestView, StatusView, Trace } from './trace.ts';
import type { EventRef } from './verdict.ts';

/** An item or the final message, when it came and where it stands in the trace. */
export interface ValueSeen {
  readonly message: ItemView | FinalView;
  readonly index: number;
  readonly value: string;
  readonly atMs: number;
  readonly ref: EventRef;
}

export interface Stream {
  readonly trace: Trace;
  readonly conn: number;
  /** First note on the connection. */
  readonly label: string;
  readonly notes: readonly string[];
  readonly request: RequestView;
  readonly requestAtMs: number;
  readonly ref: EventRef;
  /** Its end, or the last that was seen of it. */
  readonly endRef: EventRef;
  readonly opened: OpenedView | undefined;
  readonly openedAtMs: number | undefined;
  readonly messages: readonly EventOf<'message'>[];
  readonly values: readonly ValueSeen[];
  readonly final: FinalView | undefined;
  /** How the server ended it; undefined while it ran or when the suite dropped it. */
  readonly status: StatusView | undefined;
  readonly statusAtMs: number | undefined;
  /** When the suite dropped it. */
  readonly droppedAtMs: number | undefined;
}

const cache = new WeakMap<Trace, readonly Stream[]>();

/** Streams of a trace in the order of their connects. */
export function streamsOf(trace: Trace): readonly Stream[] {
  const known = cache.get(trace);
  if (known !== undefined) return known;
  const streams = buildStreams(trace);
  cache.set(trace, streams);
  return streams;
}

export function allStreams(traces: readonly Trace[]): Stream[] {
  return traces.flatMap((trace) => [...streamsOf(trace)]);
}

/** Streams whose label begins so. */
export function labelled(traces: readonly Trace[] | Trace, label: string): Stream[] {
  const list = 'events' in traces ? [traces] : traces;
  return allStreams(list).filter((stream) => stream.label === label || stream.label.startsWith(`${label} `));
}

/** Where an event stands. */
export function refTo(trace: Trace, event: number): EventRef {
  return { caseId: trace.caseId, event };
}

function buildStreams(trace: Trace): Stream[] {
  const byConn = new Map<number, number[]>();
  trace.events.forEach((event, position) => {
    if (event.conn > 0) byConn.set(event.conn, [...(byConn.get(event.conn) ?? []), position]);
  });
  return [...byConn].flatMap(([conn, positions]) => buildStream(trace, conn, positions) ?? []);
}

function buildStream(trace: Trace, conn: number, positions: readonly number[]): Stream | undefined {
  const events = positions.flatMap((position) => {
    const event = trace.events[position];
    return event === undefined ? [] : [{ event, position }];
  });
  const of = <K extends EventOf<'open'>['kind'] | 'message' | 'status' | 'cancel' | 'note'>(kind: K) =>
    events.flatMap(({ event, position }) => (event.kind === kind ? [{ event: event as EventOf<K>, position }] : []));
  const open = of('open')[0];
  if (open === undefined) return undefined;
  const messages = of('message');
  const opened = messages.find(({ event }) => event.message.kind === 'opened');
  const values = messages.flatMap(({ event, position }): ValueSeen[] =>
    event.message.kind === 'item' || event.message.kind === 'final'
      ? [
          {
            message: event.message,
            index: event.message.index,
            value: event.message.value,
            atMs: event.atMs,
            ref: refTo(trace, position),
          },
        ]
      : [],
  );
  const ending = of('status')[0];
  const status = ending?.event;
  const last = values.map(({ message }) => message).find((message) => message.kind === 'final');
  const notes = of('note').map(({ event }) => event.text);
  return {
    trace,
    conn,
    label: notes[0] ?? '',
    notes,
    request: open.event.request,
    requestAtMs: open.event.atMs,
    ref: refTo(trace, open.position),
    endRef: refTo(trace, ending?.position ?? positions.at(-1) ?? open.position),
    opened: opened?.event.message.kind === 'opened' ? opened.event.message : undefined,
    openedAtMs: opened?.event.atMs,
    messages: messages.map(({ event }) => event),
    values,
    final: last,
    status: status?.status,
    statusAtMs: status?.atMs,
    droppedAtMs: of('cancel')[0]?.event.atMs,
  };
}

/** Client id of a stateful request in lower case, undefined for others. */
export function clientIdOf(stream: Stream): string | undefined {
  const { request } = stream;
  return request.kind === 'stateful-start' || request.kind === 'stateful-resume'
    ? request.clientId.toLowerCase()
    : undefined;
}

/** How a stream ended or stands, for people. */
export function outcomeOf(stream: Stream): string {
  if (stream.status !== undefined) return statusText(stream.status);
  const last = stream.values.at(-1);
  if (last !== undefined) return `a running stream, last index ${last.index}`;
  if (stream.opened === undefined) return 'no answer';
  return stream.droppedAtMs === undefined ? 'OPENED and nothing else' : 'OPENED, then the suite cancelled';
}

export function statusText(status: StatusView): string {
  const code = status.code === undefined ? 'no reseq-code' : `reseq-code ${status.code}`;
  return `${status.grpc} (${code}) ${JSON.stringify(status.detail)}`;
}
