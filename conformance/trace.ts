/**
 * The record of one case: what was seen on the wire and when. A scenario writes it, checks judge it, reports print it.
 * Everything in it is JSON-safe (64-bit and larger numbers are decimal text, bytes are lower-case hex), so that a trace
 * written to a file can be judged again without the implementation.
 *
 * "Sent" and "received" are those of the implementation's peer, the suite: judging a server, `open` is a request that the suite
 * sent and `message` one that it received; judging a client, `open` is a request received and `message` one sent.
 */

import type { Profile } from '../protocol/messages.ts';
import type { ExitInfo } from './target/process.ts';

/** Anything that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A request as it was on the wire; absent optional fields are absent here. */
export type RequestView = {
  readonly protocolVersion?: number;
  readonly extensions?: readonly string[];
} & (
  | { readonly kind: 'stateless-start'; readonly ratio?: number }
  | { readonly kind: 'stateless-resume'; readonly a: number; readonly nextIndex: number; readonly ratio?: number }
  | { readonly kind: 'stateful-start'; readonly clientId: string; readonly n: number; readonly attempt?: number }
  | {
      readonly kind: 'stateful-resume';
      readonly clientId: string;
      readonly nextIndex: number;
      /** hex */
      readonly resumeKey: string;
      readonly attempt?: number;
    }
  | { readonly kind: 'confirm'; readonly clientId: string; readonly resumeKey: string; readonly attempt: number }
  | { readonly kind: 'describe' }
  /** An Open whose `request` is not set. */
  | { readonly kind: 'none' }
  /** Bytes that are no request at all. */
  | { readonly kind: 'malformed'; readonly detail: string }
);

export type SequenceView =
  | { readonly profile: 'stateless'; readonly a: number; readonly ratio: number }
  | {
      readonly profile: 'stateful';
      readonly n: number;
      readonly retentionMs: number;
      /** hex */
      readonly resumeKey: string;
      readonly attempt: number;
      readonly prefixChecksum?: { readonly count: number; readonly sha256: string };
    };

export interface OpenedView {
  readonly kind: 'opened';
  readonly protocolVersion: number;
  readonly intervalMs: number;
  readonly nextIndex: number;
  readonly extensions: readonly string[];
  /** Absent when the message carries no profile. */
  readonly sequence?: SequenceView;
}

export interface ItemView {
  readonly kind: 'item';
  readonly index: number;
  /** Which field of the oneof carried the value. */
  readonly type: 'number' | 'integer' | 'none';
  /** Decimal text. */
  readonly value: string;
  /** The bytes of an `integer`, hex, as they were on the wire. */
  readonly bytes?: string;
}

export interface FinalView {
  readonly kind: 'final';
  readonly index: number;
  /** Decimal text. */
  readonly value: string;
  /** hex */
  readonly checksum: string;
}

export interface DescriptionView {
  readonly kind: 'description';
  readonly specVersion: string;
  readonly protocolVersions: readonly number[];
  readonly profiles: readonly string[];
  readonly extensions: readonly string[];
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly dropDetectionMs: number;
  readonly maxCount: number;
  readonly maxSessions: number;
  readonly maxRequestBytes: number;
  readonly implementation: string;
}

/** A message of the server side of the conversation. */
export type MessageView =
  | OpenedView
  | ItemView
  | FinalView
  | DescriptionView
  | { readonly kind: 'confirmed' }
  /** A response whose `message` is not set, or bytes that do not decode. */
  | { readonly kind: 'malformed'; readonly detail: string };

/** How a stream or call ended. */
export interface StatusView {
  /** Name of the gRPC status: `OK`, `NOT_FOUND`, ... */
  readonly grpc: string;
  /** Registry code of the trailer `reseq-code`. */
  readonly code?: number;
  /** Trailer `reseq-retry-after-ms`. */
  readonly retryAfterMs?: number;
  readonly detail: string;
}

/** How the suite (or, judging a client, the client) gave a connection up. */
export type DropKind = 'cancel' | 'rst' | 'fin' | 'blackhole';

/** The record of a session in a shared store, as the suite's own look at it found it. Spec: stores/redis.md. */
export interface RecordView {
  /** Says when it was looked at: `attached`, `after final`. */
  readonly label: string;
  readonly clientId: string;
  /** Absent when there is no record. */
  readonly fields?: { readonly [name: string]: string };
  /** Time to live in milliseconds; -1 without a deadline, -2 without a record. */
  readonly ttlMs: number;
  /** The look took this long: the rest is of a moment at most so long ago. */
  readonly tookMs: number;
  /** All keys in which the client id occurs, where they were asked for. */
  readonly keys?: readonly string[];
}

/** Profiles and options of a run that a driver supports, or that a run asks for. Spec: driver.md section 1. */
export type ClaimView = { readonly profiles: readonly string[]; readonly options: readonly string[] };

/** A `run` as a driver is sent it. */
export type RunRequestView = {
  readonly type: 'run';
  readonly id: string;
  readonly server: string;
  readonly profile: Profile;
  readonly count: number;
  readonly clientId?: string;
  readonly ratio?: 2 | 3;
  readonly confirm?: false;
  readonly prefixChecksum?: true;
};

/** The result line of cli.md section 2, whatever is in it. */
export type ResultView = { readonly [field: string]: Json | undefined };

/** What passed between the suite and a driver. */
export type DriverView =
  /** A line to the driver; `wants` is what the driver has to do with it. */
  | {
      readonly what: 'request';
      readonly line: string;
      readonly wants: 'hello' | 'result' | 'error' | 'nothing' | 'end';
    }
  | { readonly what: 'hello'; readonly implementation: string; readonly claims: ClaimView }
  /** A run has ended; `outcome` is that of its result, if any. */
  | { readonly what: 'result'; readonly id: string; readonly result: ResultView }
  | { readonly what: 'error'; readonly id?: string; readonly message: string }
  /** A run will not be answered. */
  | { readonly what: 'none'; readonly id: string; readonly why: string }
  /** Something that no driver may do. */
  | { readonly what: 'fault'; readonly fault: DriverFault; readonly message: string; readonly line?: string };

/** Which rule of driver.md a driver broke. */
export type DriverFault = 'shape' | 'hello' | 'unknown-id' | 'twice' | 'flood' | 'died';

interface At {
  /** Milliseconds since the run began. */
  readonly atMs: number;
  /** Number of the connection inside this trace, from 1; 0 = none in particular. */
  readonly conn: number;
}

export type TraceEvent = At &
  (
    | { readonly kind: 'connect'; readonly to?: string }
    | { readonly kind: 'open'; readonly request: RequestView }
    | { readonly kind: 'message'; readonly message: MessageView }
    | { readonly kind: 'status'; readonly status: StatusView }
    /** An intended drop. */
    | { readonly kind: 'cancel'; readonly how: DropKind }
    /** The transport is gone. */
    | { readonly kind: 'close'; readonly detail?: string }
    | { readonly kind: 'process'; readonly what: 'spawn'; readonly argv: readonly string[] }
    | ({ readonly kind: 'process'; readonly what: 'exit' } & ExitInfo)
    | { readonly kind: 'process'; readonly what: 'signal'; readonly name: string; readonly signal: string }
    | ({ readonly kind: 'record' } & RecordView)
    | ({ readonly kind: 'driver' } & DriverView)
    | { readonly kind: 'note'; readonly text: string }
  );

export type EventKind = TraceEvent['kind'];
/** A {@link TraceEvent} of one kind. */
export type EventOf<K extends EventKind> = Extract<TraceEvent, { readonly kind: K }>;

/** How late the suite's own event loop was while the case ran. */
export interface Lag {
  readonly maxMs: number;
  readonly meanMs: number;
}

export interface Trace {
  readonly scenario: string;
  /** Distinguishes the traces of one scenario: `1100-ms-after-its-end`, `schedule-12`. */
  readonly caseId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly events: readonly TraceEvent[];
  /** What the scenario intended, for the checks: `{ n: 5, probeAfterMs: 31000 }`. Never what it thinks of the outcome. */
  readonly facts: { readonly [name: string]: Json | undefined };
  readonly lag: Lag;
}

/** Events of one kind, optionally of one connection. */
export function eventsOf<K extends EventKind>(trace: Trace, kind: K, conn?: number): EventOf<K>[] {
  return trace.events.filter((e): e is EventOf<K> => e.kind === kind && (conn === undefined || e.conn === conn));
}
