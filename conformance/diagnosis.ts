/**
 * What lies behind a failure that shows somewhere else: a server that resumes at a wrong index fails checks of takeovers and of
 * confirmations too, and its author is to read there what is wrong. The figures are those of the whole run. Mistakes of numbers are
 * in oracle/mistakes.ts.
 */

import {
  type Answered,
  type AttemptSeen,
  type Begin,
  type Diagnosis,
  diagnoseAttempts,
  diagnoseBegins,
  diagnoseKept,
  diagnoseReborn,
  diagnoseRetention,
} from './oracle/session-mistakes.ts';
import { clientIdOf, type Stream, streamsOf } from './streams.ts';
import type { Trace } from './trace.ts';
import type { EventRef } from './verdict.ts';

/** A figure, with the stream that it is of and whether it is one of those that are wrong. */
interface Seen<F> {
  readonly stream: Stream;
  readonly figure: F;
  readonly isWrong: boolean;
}

/** One kind of mistake: its figures in the whole run, and what they come to. */
interface Kind {
  readonly seen: readonly Seen<unknown>[];
  readonly diagnosis: Diagnosis | undefined;
}

const cache = new WeakMap<readonly Trace[], readonly Kind[]>();

/**
 * What is wrong with the session that a failure points at; undefined when nothing of this kind is.
 * @param traces all of the run
 */
export function diagnose(at: EventRef, trace: Trace, traces: readonly Trace[]): Diagnosis | undefined {
  const conn = trace.events[at.event]?.conn;
  const pointed = streamsOf(trace).find((stream) => stream.conn === conn);
  const isOfSession = ({ stream }: Seen<unknown>): boolean =>
    stream.trace === trace && (pointed === undefined || stream === pointed || isSameSession(stream, pointed));
  const kinds = cache.get(traces) ?? kindsOf(traces);
  cache.set(traces, kinds);
  return kinds.find(({ seen }) => seen.some((one) => one.isWrong && isOfSession(one)))?.diagnosis;
}

function isSameSession(a: Stream, b: Stream): boolean {
  const id = clientIdOf(a);
  return id !== undefined && id === clientIdOf(b);
}

function kindsOf(traces: readonly Trace[]): Kind[] {
  const begins = traces.flatMap((trace) => streamsOf(trace).flatMap(beginOf));
  const sessions = traces.flatMap(sessionsOf);
  const answers = sessions.flatMap(answersOf);
  const attempts = sessions.flatMap(attemptsOf);
  const kept = sessions.flatMap(keptOf);
  const probes = sessions.filter(([first]) => first && RETENTION.includes(first.trace.scenario)).flatMap(probesOf);
  const retentionMs = probes.map(({ figure }) => figure.retentionMs)[0];
  return [
    { seen: begins, diagnosis: diagnoseBegins(begins.map(({ figure }) => figure)) },
    { seen: answers, diagnosis: diagnoseReborn(answers.map(({ figure }) => figure)) },
    { seen: attempts, diagnosis: diagnoseAttempts(attempts.map(({ figure }) => figure)) },
    { seen: kept, diagnosis: diagnoseKept(kept.map(({ figure }) => figure)) },
    {
      seen: probes,
      diagnosis:
        retentionMs === undefined
          ? undefined
          : diagnoseRetention(
              probes.map(({ figure }) => figure),
              retentionMs,
            ),
    },
  ];
}

function beginOf(stream: Stream): Seen<Begin>[] {
  const { opened, values, request } = stream;
  const [first] = values;
  if (opened === undefined || first === undefined) return [];
  const asked = 'nextIndex' in request ? request.nextIndex : 0;
  // What OPENED says is another matter, unless the first item keeps to it.
  const figure: Begin = { kind: request.kind.endsWith('resume') ? 'RESUME' : 'START', asked, first: first.index };
  return [{ stream, figure, isWrong: first.index !== asked }];
}

/** Streams of each client id of a trace, in the order of their requests. */
function sessionsOf(trace: Trace): Stream[][] {
  const sessions = new Map<string, Stream[]>();
  for (const stream of streamsOf(trace)) {
    const id = clientIdOf(stream);
    if (id !== undefined) sessions.set(id, [...(sessions.get(id) ?? []), stream]);
  }
  return [...sessions.values()];
}

function sequenceOf({ opened }: Stream) {
  return opened?.sequence?.profile === 'stateful' ? opened.sequence : undefined;
}

/** Streams of the same session that had been opened, but not ended by FINAL, when a stream was asked for. */
function holdersOf(stream: Stream, session: readonly Stream[]): Stream[] {
  const before = session
    .slice(0, session.indexOf(stream))
    .filter(({ openedAtMs = Number.POSITIVE_INFINITY }) => openedAtMs <= stream.requestAtMs);
  const key = keyOf(stream) ?? before.map((other) => sequenceOf(other)?.resumeKey).at(-1);
  const holders = before.filter((other) => sequenceOf(other)?.resumeKey === key);
  return holders.some(({ final }) => final !== undefined) ? [] : holders;
}

function keyOf(stream: Stream): string | undefined {
  return stream.request.kind === 'stateful-resume' ? stream.request.resumeKey : sequenceOf(stream)?.resumeKey;
}

/** A session that has been detached for longer may be gone, and another one in its place. */
const FRESH_MS = 1_000;

/** A RESUME asks for the session of its key, a START for the one that was served just before. */
function answersOf(session: readonly Stream[]): Seen<Answered>[] {
  return session.flatMap((stream, i) => {
    const key = sequenceOf(stream)?.resumeKey;
    const before = session[i - 1];
    const isResume = stream.request.kind === 'stateful-resume';
    const expected = isResume ? keyOf(stream) : before && lastingKeyOf(before, stream.requestAtMs);
    if (key === undefined || expected === undefined) return [];
    const isOther = key !== expected;
    return [{ stream, figure: { kind: isResume ? 'RESUME' : 'START', isOther }, isWrong: isOther }];
  });
}

/** Of a stream whose session has surely not ended yet: begun, without FINAL, and dropped just now. */
function lastingKeyOf(stream: Stream, atMs: number): string | undefined {
  const isFresh = stream.droppedAtMs !== undefined && atMs - stream.droppedAtMs <= FRESH_MS;
  return isFresh && stream.final === undefined && stream.status === undefined
    ? sequenceOf(stream)?.resumeKey
    : undefined;
}

/** Served, and with the session that was asked for: another one in its place says nothing of it. */
function isServedAgain(stream: Stream): boolean {
  return stream.opened !== undefined && sequenceOf(stream)?.resumeKey === keyOf(stream);
}

function attemptsOf(session: readonly Stream[]): Seen<AttemptSeen>[] {
  return session.flatMap((stream) => {
    const { request, status } = stream;
    const given = 'attempt' in request ? (request.attempt ?? 0) : 0;
    const holders = holdersOf(stream, session);
    const newest = holders.at(-1);
    const isServed = stream.opened !== undefined;
    if (given === 0 || newest === undefined || (!isServed && status?.code !== STALE_ATTEMPT)) return [];
    if (stream.requestAtMs - (newest.droppedAtMs ?? stream.requestAtMs) > FRESH_MS) return [];
    const stored = Math.max(...holders.map((holder) => sequenceOf(holder)?.attempt ?? 0));
    const kind = request.kind === 'stateful-resume' ? 'RESUME' : 'START';
    return [{ stream, figure: { kind, given, stored, isServed }, isWrong: isServed && given <= stored }];
  });
}

const STALE_ATTEMPT = 106;
const SESSION_NOT_FOUND = 102;

function keptOf(session: readonly Stream[]) {
  return session.flatMap((stream) => {
    const ended = session.findLast(({ values, requestAtMs }) => {
      const last = values.at(-1);
      return last?.message.kind === 'final' && last.atMs <= stream.requestAtMs && requestAtMs < stream.requestAtMs;
    });
    const finalAtMs = ended?.values.at(-1)?.atMs;
    if (ended === undefined || finalAtMs === undefined || ended.opened?.extensions.includes('confirm-final')) return [];
    const isThere = isServedAgain(stream);
    if (stream.request.kind !== 'stateful-resume' || keyOf(stream) !== keyOf(ended)) return [];
    if (!isThere && stream.status?.code !== SESSION_NOT_FOUND) return [];
    return [{ stream, figure: { sinceFinalMs: stream.requestAtMs - finalAtMs, isThere }, isWrong: isThere }];
  });
}

/** Scenarios whose sessions are dropped so that a server sees it at once, and asked for again around the end of the retention. */
const RETENTION: readonly string[] = ['expiry-fan', 'retention-reset', 'long-connection'];
/** Probes of a suite that was later show nothing. */
const PROBE_LAG_MS = 500;

function probesOf(session: readonly Stream[]) {
  return session.flatMap((stream) => {
    const holders = holdersOf(stream, session);
    const [first, last] = [holders[0], holders.at(-1)];
    const droppedAtMs = last?.droppedAtMs;
    const retentionMs = last && sequenceOf(last)?.retentionMs;
    const isThere = isServedAgain(stream);
    if (first?.openedAtMs === undefined || last?.openedAtMs === undefined || retentionMs === undefined) return [];
    if (droppedAtMs === undefined || stream.trace.lag.maxMs > PROBE_LAG_MS) return [];
    if (stream.request.kind !== 'stateful-resume' || (!isThere && stream.status?.code !== SESSION_NOT_FOUND)) return [];
    const sinceDropMs = stream.requestAtMs - droppedAtMs;
    const figure = {
      sinceStartMs: stream.requestAtMs - first.openedAtMs,
      sinceAttachMs: stream.requestAtMs - last.openedAtMs,
      sinceDropMs,
      isThere,
      retentionMs,
    };
    return [{ stream, figure, isWrong: isThere !== sinceDropMs < retentionMs }];
  });
}
