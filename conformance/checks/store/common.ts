/** What checks of a shared store look at: records as they were seen, and what was done to processes. */

import { itemAt } from '../../oracle/pcg32.ts';
import { expectedResumeKey } from '../../oracle/resume-key.ts';
import { renewalMs } from '../../scenarios/store/drive.ts';
import { refTo, type Stream } from '../../streams.ts';
import type { DescriptionView, RecordView, Trace } from '../../trace.ts';
import { type EventRef, failed, type Verdict } from '../../verdict.ts';
import { streamFault } from '../server/common.ts';

/** Beyond the suite's own lateness: timers, and the way to the store and back. */
const SLACK_MS = 150;
/** A server has so long to notice a drop that it can see. Spec: state.md, RSQ-RET-3. */
const NOTICE_MS = 1_000;

/** A look at a record. */
export interface Look extends RecordView {
  readonly trace: Trace;
  readonly atMs: number;
  readonly ref: EventRef;
}

export function looksOf(trace: Trace, label?: string): Look[] {
  return trace.events.flatMap((event, position) =>
    event.kind === 'record' && (label === undefined || event.label === label)
      ? [{ ...event, trace, ref: refTo(trace, position) }]
      : [],
  );
}

export function allLooks(traces: readonly Trace[], label?: string): Look[] {
  return traces.flatMap((trace) => looksOf(trace, label));
}

/** When the process was sent the signal. */
export function signalAtMs(trace: Trace, signal: string): number | undefined {
  return trace.events.find((event) => event.kind === 'process' && event.what === 'signal' && event.signal === signal)
    ?.atMs;
}

export function lookFault(look: Look, message: string, expected: string, actual = showLook(look)): Verdict {
  return failed(`${look.trace.caseId}, record (${look.label}): ${message}`, { expected, actual, at: look.ref });
}

function showLook({ fields, ttlMs }: Look): string {
  return fields === undefined ? 'no record' : `${JSON.stringify(fields)}, ${ttlMs} ms to live`;
}

/** Undefined when there is a record. */
export function notThere(look: Look): Verdict | undefined {
  return look.fields === undefined ? lookFault(look, 'there is no record', 'a record') : undefined;
}

/** Undefined when there is no record, and no key with the client id where keys were looked for. */
export function notGone(look: Look): Verdict | undefined {
  if (look.fields !== undefined) return lookFault(look, 'the record is still there', 'no record');
  if (look.keys === undefined || look.keys.length === 0) return undefined;
  return lookFault(look, 'something is left of the session', 'no key', look.keys.join(' '));
}

/** Undefined when the time to live is that of an attached session: between the retention and the retention + R. */
export function notLeased(look: Look, description: DescriptionView): Verdict | undefined {
  const { retentionMs } = description;
  const most = retentionMs + renewalMs(description);
  const slack = SLACK_MS + look.tookMs + look.trace.lag.maxMs;
  if (look.fields !== undefined && look.ttlMs >= retentionMs - slack && look.ttlMs <= most) return undefined;
  return lookFault(look, 'not the time to live of an attached session', `${retentionMs} to ${most} ms to live`);
}

/** A moment in words and what has to have set the deadline then. */
export interface Since {
  readonly atMs: number;
  readonly what: string;
}

/** Undefined when the deadline is the retention after the moment, give or take what a server needs to notice it. */
export function notCountingFrom(look: Look, since: Since, retentionMs: number): Verdict | undefined {
  return notDueBetween(look, since, retentionMs, retentionMs + NOTICE_MS);
}

/** Undefined when the deadline lies so long after the moment. */
export function notDueBetween(look: Look, since: Since, fromMs: number, toMs: number): Verdict | undefined {
  const slack = SLACK_MS + look.trace.lag.maxMs;
  const latest = look.atMs + look.ttlMs - since.atMs;
  const earliest = latest - look.tookMs;
  if (look.fields !== undefined && look.ttlMs >= 0 && latest >= fromMs - slack && earliest <= toMs + slack) {
    return undefined;
  }
  const actual = look.fields === undefined || look.ttlMs < 0 ? undefined : `${Math.round(latest)} ms after it`;
  return lookFault(look, `another deadline than ${since.what} sets`, `${fromMs} to ${toMs} ms after it`, actual);
}

/** The resume key that follows from the record. */
export function keyOfRecord({ clientId, fields }: Look): string | undefined {
  const seed = fields?.['seed'];
  if (seed === undefined || !/^[0-9a-f]{16}$/.test(seed)) return undefined;
  return Buffer.from(expectedResumeKey(clientId, BigInt(`0x${seed}`))).toString('hex');
}

/** What a stream has said last before a moment, of the streams that were opened. */
export function openedLast(streams: readonly Stream[], atMs: number): Stream | undefined {
  return streams.filter(({ openedAtMs }) => openedAtMs !== undefined && openedAtMs <= atMs).at(-1);
}

/** The first fault. */
export function firstOf(...faults: readonly (Verdict | undefined)[]): Verdict | undefined {
  return faults.find((fault) => fault !== undefined);
}

/** The traces of one case. */
export function caseOf(traces: readonly Trace[], caseId: string): Trace[] {
  return traces.filter((trace) => trace.caseId === caseId);
}

/** Undefined when the stream's items are those of the seed. */
export function notTheSequence(stream: Stream, seed: bigint): Verdict | undefined {
  const wrong = stream.values.find(({ index, value }) => value !== String(itemAt(seed, index)));
  if (wrong === undefined) return undefined;
  return streamFault(
    stream,
    `item ${wrong.index} does not follow from the seed of the record`,
    String(itemAt(seed, wrong.index)),
    wrong.value,
  );
}
