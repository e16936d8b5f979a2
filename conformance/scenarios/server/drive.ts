/**
 * What server scenarios are made of: open a stream, take items, drop it, and do so again. Every stream has its own TCP connection.
 * Each stream carries a label in the trace (a note on its connection), by which checks find it.
 */

import { randomUUID } from 'node:crypto';
import { runCase } from '../../case.ts';
import type { Recorder } from '../../recorder.ts';
import type { ServerRunContext } from '../../scenario.ts';
import { type Call, Link } from '../../target/dial.ts';
import type { ServerTarget } from '../../target/server.ts';
import type { Json, RequestView, Trace } from '../../trace.ts';

/** A server gets this long for its first message or its refusal. */
export const FIRST_MESSAGE_MS = 5_000;
/** Between the beginnings of the cases of a scenario that has many. */
export const CASE_STAGGER_MS = 25;
/** Beyond the intervals that items take. */
const SLACK_MS = 3_000;
/** n where a session is not to end by itself, however slow the machine is. */
export const ENDLESS = 5_000;
/** A stream that is not to end before the suite's next step lasts so much longer at least, however fast the server is. */
const MARGIN_MS = 1_000;

/** So many items before the end a drop is safe on a slow machine. */
export const SAFE_ITEMS = 4;

/** Items that a server needs longer than a margin for. @param atLeast so many even of a slow server */
export function marginItems(
  { description }: Pick<ServerRunContext, 'description'>,
  atLeast: number,
  marginMs = MARGIN_MS,
): number {
  return Math.max(atLeast, Math.ceil(marginMs / description.intervalMs));
}

/** Name of a case that probes a session so long after the end of its retention, negative: before it. */
export function aroundTheEnd(offsetMs: number): string {
  return `${Math.abs(offsetMs)}-ms-${offsetMs < 0 ? 'before' : 'after'}-its-end`;
}

/** What the driver remembers of a stateful session, as a client would. */
export interface Session {
  readonly clientId: string;
  readonly n: number;
  readonly resumeKey: string;
  readonly attempt: number;
}

export interface StartOptions {
  readonly clientId?: string;
  readonly n: number;
  /** Absent from the request when undefined. */
  readonly attempt?: number;
  readonly extensions?: readonly string[];
}

/** Drives one case. */
export class Driver {
  readonly context: ServerRunContext;
  readonly recorder: Recorder;

  constructor(context: ServerRunContext, recorder: Recorder) {
    this.context = context;
    this.recorder = recorder;
  }

  /** Open a stream and wait for its first message or its end. */
  async open(label: string, request: RequestView, target: ServerTarget = this.context.target): Promise<Call> {
    const call = this.begin(label, request, target);
    await call.until((c) => c.messages.length > 0, FIRST_MESSAGE_MS);
    return call;
  }

  /** Open a stream without waiting. @param extra bytes behind the encoded request */
  begin(label: string, request: RequestView, target = this.context.target, extra?: Uint8Array): Call {
    const call = new Link(this.recorder, target).open(request, extra);
    this.recorder.note(label, call.conn);
    return call;
  }

  async start(label: string, options: StartOptions): Promise<Call> {
    return this.open(label, startRequest(options));
  }

  /** Resume a session. @param attempt undefined leaves it out of the request */
  async resume(
    label: string,
    session: Session,
    nextIndex: number,
    attempt: number | undefined,
    extensions: readonly string[] = [],
  ): Promise<Call> {
    return this.open(label, resumeRequest(session, nextIndex, attempt, extensions));
  }

  /** A unary call on a connection of its own. */
  async unary(
    label: string,
    request: Extract<RequestView, { kind: 'confirm' | 'describe' }>,
    target = this.context.target,
  ): Promise<Call> {
    const link = new Link(this.recorder, target);
    const call = link.call(request.kind === 'confirm' ? 'Confirm' : 'Describe', request);
    this.recorder.note(label, call.conn);
    await call.until((c) => c.over, FIRST_MESSAGE_MS);
    if (!call.over) call.drop('cancel');
    return call;
  }

  confirm(label: string, session: Session, target = this.context.target): Promise<Call> {
    const { clientId, resumeKey, attempt } = session;
    return this.unary(label, { kind: 'confirm', clientId, resumeKey, attempt }, target);
  }

  /** Wait until the stream has carried so many items. */
  take(call: Call, count: number): Promise<boolean> {
    const missing = Math.max(0, count - call.values.length);
    return call.until((c) => c.values.length >= count, missing * this.context.description.intervalMs * 1.3 + SLACK_MS);
  }

  /** Wait for the end of a stream that is to end within so many intervals. @returns whether it did */
  async finish(call: Call, intervals: number): Promise<boolean> {
    const inTime = await call.until((c) => c.over, intervals * this.context.description.intervalMs * 1.3 + SLACK_MS);
    if (!inTime) {
      this.recorder.note('the stream has not ended in time', call.conn);
      call.drop('cancel');
    }
    return inTime;
  }

  sleep(ms: number): Promise<void> {
    return this.context.sleep(ms);
  }

  /** Sleep until a moment of the run. */
  sleepUntil(atMs: number): Promise<void> {
    return this.context.sleep(atMs - this.context.now());
  }
}

export function startRequest(options: StartOptions): RequestView {
  return {
    kind: 'stateful-start',
    clientId: options.clientId ?? randomUUID(),
    n: options.n,
    ...(options.attempt === undefined ? {} : { attempt: options.attempt }),
    ...(options.extensions === undefined ? {} : { extensions: options.extensions }),
  };
}

export function resumeRequest(
  session: Pick<Session, 'clientId' | 'resumeKey'>,
  nextIndex: number,
  attempt: number | undefined,
  extensions: readonly string[] = [],
): RequestView {
  return {
    kind: 'stateful-resume',
    clientId: session.clientId,
    nextIndex,
    resumeKey: session.resumeKey,
    ...(attempt === undefined ? {} : { attempt }),
    ...(extensions.length === 0 ? {} : { extensions }),
  };
}

/** The session as its OPENED told it, undefined when the stream has none. */
export function sessionOf(call: Call): Session | undefined {
  const sequence = call.opened?.sequence;
  const clientId =
    call.request.kind === 'stateful-start' || call.request.kind === 'stateful-resume' ? call.request.clientId : '';
  if (sequence?.profile !== 'stateful') return undefined;
  return { clientId, n: sequence.n, resumeKey: sequence.resumeKey, attempt: sequence.attempt };
}

/** Ends a case early: what was to be resumed has never begun. The checks see it from the trace. */
export class NoStream extends Error {}

/** @throws NoStream */
export function needSession(call: Call): Session {
  const session = sessionOf(call);
  if (session === undefined) throw new NoStream('no session was opened');
  return session;
}

export type CaseBody = (driver: Driver) => Promise<void>;

/** One case with a driver. A case that could not go on since a stream was not opened is not the suite's fault. */
export function driveCase(
  context: ServerRunContext,
  scenario: string,
  caseId: string,
  facts: { readonly [name: string]: Json | undefined },
  body: CaseBody,
): Promise<Trace> {
  return runCase(context, scenario, caseId, facts, async (recorder) => {
    try {
      await body(new Driver(context, recorder));
    } catch (error) {
      if (!(error instanceof NoStream)) throw error;
      recorder.note(`the case ends here: ${error.message}`);
    }
  });
}
