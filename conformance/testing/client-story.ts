/** Traces of client cases written by hand, for the tests of the checks. The client of a story is right unless told otherwise. */

import type { DriverView, Json, MessageView, RequestView, StatusView, Trace, TraceEvent } from '../trace.ts';
import { CHECKSUMS, CLIENT_ID, openedStateful, RESUME_KEY, resume, start, VALUES } from './trace-builder.ts';

export class Story {
  readonly events: TraceEvent[] = [];
  private atMs = 0;

  /** Time goes on. */
  after(ms: number): this {
    this.atMs += ms;
    return this;
  }

  connect(conn: number): this {
    return this.add({ ...this.at(conn), kind: 'connect' });
  }

  open(conn: number, request: RequestView): this {
    return this.add({ ...this.at(conn), kind: 'open', request });
  }

  message(conn: number, message: MessageView): this {
    return this.add({ ...this.at(conn), kind: 'message', message });
  }

  items(conn: number, from: number, count: number): this {
    for (let index = from; index < from + count; index++) {
      this.message(conn, { kind: 'item', index, type: 'number', value: String(VALUES[index]) });
    }
    return this;
  }

  final(conn: number, n: number): this {
    return this.message(conn, {
      kind: 'final',
      index: n - 1,
      value: String(VALUES[n - 1]),
      checksum: CHECKSUMS[n] ?? '',
    });
  }

  status(conn: number, grpc: string, more: Omit<Partial<StatusView>, 'grpc'> = {}): this {
    return this.add({ ...this.at(conn), kind: 'status', status: { grpc, detail: '', ...more } });
  }

  /** The client leaves. */
  cancel(conn: number): this {
    return this.add({ ...this.at(conn), kind: 'cancel', how: 'cancel' });
  }

  note(text: string): this {
    return this.add({ ...this.at(0), kind: 'note', text });
  }

  /** @param result fields of the result line, or the whole of stdout */
  exit(code: number, result: { readonly [field: string]: Json } | string, stderr = ''): this {
    const stdout = typeof result === 'string' ? result : `${JSON.stringify(result)}\n`;
    return this.add({
      ...this.at(0),
      kind: 'process',
      what: 'exit',
      code,
      signal: null,
      stdout,
      stderr,
      truncated: false,
    });
  }

  /** What a driver said of the run. */
  answer(answer: Extract<DriverView, { what: 'result' | 'error' | 'none' }>): this {
    return this.add({ ...this.at(0), kind: 'driver', ...answer });
  }

  trace(caseId: string, facts: Trace['facts'] = {}): Trace {
    return {
      scenario: 'by-hand',
      caseId,
      startedAtMs: 0,
      endedAtMs: this.atMs,
      events: this.events,
      facts: { profile: 'stateful', n: 3, seed: '42', a: 23, ratio: 2, scale: 1, ...facts },
      lag: { maxMs: 1, meanMs: 0 },
    };
  }

  private at(conn: number): { atMs: number; conn: number } {
    return { atMs: this.atMs, conn };
  }

  private add(event: TraceEvent): this {
    this.events.push(event);
    return this;
  }
}

/** The result line of a stateful run with n = 3 and one reconnect. */
export const COMPLETE = {
  result: 'complete',
  profile: 'stateful',
  count: 3,
  received: 3,
  clientId: CLIENT_ID,
  checksum: CHECKSUMS[3] ?? '',
  expectedChecksum: CHECKSUMS[3] ?? '',
  reconnects: 1,
} as const;

/** n = 3, dropped after the first item; what is given departs from a right client. */
export interface Departure {
  readonly waitMs?: number;
  readonly second?: RequestView;
  /** Connection number of the second stream. */
  readonly conn?: number;
  readonly firstAttempt?: number;
  readonly result?: { readonly [field: string]: Json } | string;
  readonly code?: number;
  readonly confirm?: Extract<RequestView, { kind: 'confirm' }> | 'none';
}

export const RIGHT_CONFIRM = { kind: 'confirm', clientId: CLIENT_ID, resumeKey: RESUME_KEY, attempt: 2 } as const;

export function dropped(departure: Departure = {}): Story {
  const { waitMs = 200, conn = 2, firstAttempt = 1, result = COMPLETE, code = 0, confirm = RIGHT_CONFIRM } = departure;
  const extensions = ['confirm-final'];
  const story = new Story().connect(1).open(1, start(3, { attempt: firstAttempt, extensions }));
  story
    .message(1, openedStateful(3, 0, { extensions }))
    .items(1, 0, 1)
    .status(1, 'UNAVAILABLE')
    .after(waitMs);
  if (conn !== 1) story.connect(conn);
  story.open(conn, departure.second ?? resume(1, { attempt: 2, extensions }));
  story
    .message(conn, openedStateful(3, 1, { extensions, attempt: 2 }))
    .items(conn, 1, 1)
    .final(conn, 3)
    .status(conn, 'OK');
  if (confirm !== 'none') story.open(conn, confirm).message(conn, { kind: 'confirmed' }).status(conn, 'OK');
  return story.after(10).exit(code, result);
}

/** Attempts that are refused, with these waits between them, then success. */
export function refused(waits: readonly number[], retryAfterMs?: number): Story {
  const story = new Story();
  const more = retryAfterMs === undefined ? {} : { retryAfterMs };
  waits.forEach((waitMs, i) => {
    story
      .connect(i + 1)
      .open(i + 1, start(3, { attempt: i + 1 }))
      .status(i + 1, 'UNAVAILABLE', more)
      .after(waitMs);
  });
  const conn = waits.length + 1;
  story
    .connect(conn)
    .open(conn, start(3, { attempt: conn }))
    .message(conn, openedStateful(3));
  return story
    .items(conn, 0, 2)
    .final(conn, 3)
    .status(conn, 'OK')
    .exit(0, { ...COMPLETE, reconnects: waits.length });
}
