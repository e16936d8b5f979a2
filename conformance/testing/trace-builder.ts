/** Traces written by hand, for the tests of checks: a stream reads as what is sent and received on it. */

import type {
  DescriptionView,
  DropKind,
  Json,
  MessageView,
  RequestView,
  StatusView,
  Trace,
  TraceEvent,
} from '../trace.ts';

export const INTERVAL_MS = 1_000;
export const RETENTION_MS = 30_000;

export const DESCRIPTION: DescriptionView = {
  kind: 'description',
  specVersion: '1.0.0',
  protocolVersions: [1],
  profiles: ['stateless', 'stateful'],
  extensions: ['confirm-final', 'prefix-checksum'],
  intervalMs: INTERVAL_MS,
  retentionMs: RETENTION_MS,
  dropDetectionMs: 10_000,
  maxCount: 65_535,
  maxSessions: 0,
  maxRequestBytes: 4_096,
  implementation: 'by hand',
};

/** The session of the specification's transcript: seed 42. */
export const CLIENT_ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
export const RESUME_KEY = '3b5051690769775ee29de3eef00223dd';
/** PCG32's published demonstration, seed 42, stream 54. */
export const VALUES = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e, 0xbfc6a3ad] as const;
/** Checksums over the first n values. */
export const CHECKSUMS: Readonly<Record<number, string>> = {
  1: 'c7cd28835f28561e60a4bd9051c7ebbb1b247c01722ed9bd4df0502b2d0d2f0b',
  2: '7bd62787ea338e93af200bb3d82bdf5bb6fe73b3babd28ba753835e367403c56',
  3: 'b821d630fd1e1f76d4d630e2b470b78791ccd1075823e250afdf8954642191d3',
  6: '25684b8d9203e764b3ffc98d182e2d16e84223561e4de30e87e959b05577e223',
};

export function start(
  n: number,
  more: { clientId?: string; attempt?: number; extensions?: string[] } = {},
): RequestView {
  return { kind: 'stateful-start', clientId: CLIENT_ID, n, ...more };
}

export function resume(
  nextIndex: number,
  more: { resumeKey?: string; attempt?: number; extensions?: string[] } = {},
): RequestView {
  return { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex, resumeKey: RESUME_KEY, ...more };
}

export function openedStateful(
  n: number,
  nextIndex = 0,
  more: { attempt?: number; resumeKey?: string; extensions?: string[] } = {},
): MessageView {
  const { extensions = [], ...rest } = more;
  const sequence = {
    profile: 'stateful',
    n,
    retentionMs: RETENTION_MS,
    resumeKey: RESUME_KEY,
    attempt: 1,
    ...rest,
  } as const;
  return { kind: 'opened', protocolVersion: 1, intervalMs: INTERVAL_MS, nextIndex, extensions, sequence };
}

export function openedStateless(a: number, nextIndex = 0, ratio = 2): MessageView {
  const sequence = { profile: 'stateless', a, ratio } as const;
  return { kind: 'opened', protocolVersion: 1, intervalMs: INTERVAL_MS, nextIndex, extensions: [], sequence };
}

/** A stateful item; without a value, the one of seed 42. */
export function item(index: number, value: number = VALUES[index] ?? index): MessageView {
  return { kind: 'item', index, type: 'number', value: String(value) };
}

export function integer(index: number, value: bigint): MessageView {
  const hex = value.toString(16);
  return { kind: 'item', index, type: 'integer', value: String(value), bytes: hex.length % 2 === 1 ? `0${hex}` : hex };
}

/** The final message of n items of seed 42. */
export function final(n: number): MessageView {
  return { kind: 'final', index: n - 1, value: String(VALUES[n - 1]), checksum: CHECKSUMS[n] ?? '' };
}

export const OK: StatusView = { grpc: 'OK', detail: '' };

export function refused(grpc: string, code: number, detail = 'n: expected 1..65535, got 0'): StatusView {
  return { grpc, code, detail };
}

type Without<E> = E extends TraceEvent ? Omit<E, 'atMs' | 'conn'> : never;

/** Builds one trace; each call is one event, on the stream that was begun last. */
export class TraceBuilder {
  readonly #scenario: string;
  readonly #caseId: string;
  readonly #facts: { readonly [name: string]: Json | undefined };
  readonly #events: TraceEvent[] = [];
  #atMs = 0;
  #conn = 0;

  constructor(scenario: string, caseId = 'case', facts: { readonly [name: string]: Json | undefined } = {}) {
    this.#scenario = scenario;
    this.#caseId = caseId;
    this.#facts = facts;
  }

  stream(label: string, request: RequestView): this {
    this.#conn = Math.max(0, ...this.#events.map(({ conn }) => conn)) + 1;
    return this.#add({ kind: 'connect' }).#add({ kind: 'open', request }).note(label);
  }

  /** Go on with an earlier stream. */
  on(conn: number): this {
    this.#conn = conn;
    return this;
  }

  message(message: MessageView): this {
    return this.#add({ kind: 'message', message });
  }

  /** Messages one interval apart, the first at once. */
  items(...messages: readonly MessageView[]): this {
    messages.forEach((message, i) => {
      if (i > 0) this.wait(INTERVAL_MS);
      this.message(message);
    });
    return this;
  }

  status(status: StatusView): this {
    return this.#add({ kind: 'status', status });
  }

  drop(how: DropKind = 'cancel'): this {
    return this.#add({ kind: 'cancel', how });
  }

  /** A look at the record of {@link CLIENT_ID}. @param fields undefined when there is no record */
  record(label: string, fields?: Readonly<Record<string, string>>, ttlMs = -2, keys?: readonly string[]): this {
    return this.#add({
      kind: 'record',
      label,
      clientId: CLIENT_ID,
      ttlMs,
      tookMs: 1,
      ...(fields === undefined ? {} : { fields }),
      ...(keys === undefined ? {} : { keys }),
    });
  }

  signal(name: string, signal: string): this {
    return this.#add({ kind: 'process', what: 'signal', name, signal });
  }

  note(text: string): this {
    return this.#add({ kind: 'note', text });
  }

  wait(ms: number): this {
    this.#atMs += ms;
    return this;
  }

  build(): Trace {
    return {
      scenario: this.#scenario,
      caseId: this.#caseId,
      startedAtMs: 0,
      endedAtMs: this.#atMs,
      events: this.#events,
      facts: this.#facts,
      lag: { maxMs: 2, meanMs: 0.5 },
    };
  }

  #add(event: Without<TraceEvent>): this {
    this.#events.push({ ...event, atMs: this.#atMs, conn: this.#conn } as TraceEvent);
    return this;
  }
}

/** Change each event of a trace, or leave it out by undefined. */
export function changed(trace: Trace, change: (event: TraceEvent, position: number) => TraceEvent | undefined): Trace {
  return { ...trace, events: trace.events.flatMap((event, position) => change(event, position) ?? []) };
}
