/** A server that has gone away for good while it was judged, as the record of the run shows it. */

import type { JudgeContext } from './check.ts';
import type { Trace } from './trace.ts';

export interface Gone {
  /** Last message that came, milliseconds since the run began. */
  readonly lastSignMs: number;
  /** First connection after it that was refused. */
  readonly sinceMs: number;
}

/** Undefined when it was there to the end, and where instances are stopped on purpose. */
export function goneOf(traces: readonly Trace[], { client, lacks }: JudgeContext): Gone | undefined {
  if (client !== undefined || lacks !== undefined) return undefined;
  const events = traces.flatMap((trace) => trace.events);
  const lastSignMs = events.reduce((last, { kind, atMs }) => (kind === 'message' ? Math.max(last, atMs) : last), 0);
  const sinceMs = events.reduce(
    (first, event) =>
      event.kind === 'status' && event.status.detail.includes('ECONNREFUSED') && event.atMs > lastSignMs
        ? Math.min(first, event.atMs)
        : first,
    Number.POSITIVE_INFINITY,
  );
  return sinceMs === Number.POSITIVE_INFINITY ? undefined : { lastSignMs, sinceMs };
}

/** `the server is gone: its last message came at 6.2 s, a connection was refused at 7.2 s` */
export function goneText({ lastSignMs, sinceMs }: Gone): string {
  return `the server is gone: its last message came at ${seconds(lastSignMs)}, a connection was refused at ${seconds(sinceMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
