/** What most server checks do: find the streams, demand evidence, compare. */

import { ERRORS, type ErrorName } from '../../../protocol/errors.ts';
import type { Profile } from '../../../protocol/messages.ts';
import type { Check, JudgeContext, RequirementPin } from '../../check.ts';
import { diagnoseChecksum } from '../../oracle/mistakes.ts';
import { outcomeOf, type Stream } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, failed, LATE, pass, type Verdict } from '../../verdict.ts';
import { extentOf, placeOf } from '../extent.ts';

interface ServerCheckFields {
  readonly id: string;
  readonly title: string;
  readonly profile: Profile | 'any';
  readonly requirements: readonly RequirementPin[];
  readonly scenario: string;
  readonly extension?: string;
  readonly toleranceMs?: number;
  judge(traces: readonly Trace[], context: JudgeContext): Verdict;
}

export function serverCheck(fields: ServerCheckFields): Check {
  return { side: 'server', ...fields };
}

/**
 * A check that looks at each piece of evidence by itself: FAIL at the first that is wrong, with how many of them are, BLOCKED when
 * there is none.
 * @param what names the evidence in the verdict: `14 streams`
 */
export function each<E>(evidence: readonly E[], what: string, fault: (piece: E) => Verdict | undefined): Verdict {
  if (evidence.length === 0) return blocked(`nothing to judge: no ${what}`);
  const judged = evidence.map((piece) => ({ piece, verdict: fault(piece) }));
  const found = judged.flatMap(({ verdict }) => verdict ?? []);
  const failures = found.filter(isFailure);
  // What is broken for certain tells more than what came late.
  const first = failures.find(({ isLate }) => isLate !== true) ?? failures[0] ?? found[0];
  if (first === undefined) return pass(`${evidence.length} ${what}`);
  if (!isFailure(first)) return first;
  const pieces = judged.map(({ piece, verdict }) => ({
    name: placeOf(piece),
    isWrong: verdict !== undefined && isFailure(verdict),
  }));
  return withExtent(first, extentOf(pieces, what));
}

function isFailure({ verdict }: Verdict): boolean {
  return verdict === 'FAIL';
}

function withExtent(verdict: Verdict, extent: string | undefined): Verdict {
  return extent === undefined ? verdict : { ...verdict, extent };
}

/** Verdicts of parts: the first that is not PASS, else a PASS with all evidence. */
export function both(...parts: readonly Verdict[]): Verdict {
  const order = ['FAIL', 'ERROR', 'BLOCKED', 'INCONCLUSIVE', 'WARN'];
  for (const name of order) {
    const found = parts.find((part) => part.verdict === name);
    if (found !== undefined) return found;
  }
  return pass(parts.map((part) => part.message).join('; '));
}

/** A fault at a stream's request. */
export function streamFault(stream: Stream, message: string, expected: string, actual = outcomeOf(stream)): Verdict {
  return failed(`${stream.trace.caseId}, ${stream.label}: ${message}`, { expected, actual, at: stream.ref });
}

/** What is wrong with a stream is how it ended, or how it stands. */
export function endFault(stream: Stream, message: string, expected: string): Verdict {
  return { ...streamFault(stream, message, expected), at: stream.endRef };
}

/** A stream that did what it had to do, too late. */
export function lateFault(stream: Stream, message: string, expected: string, actual: string): Verdict {
  return { ...streamFault(stream, message, expected, actual), ...LATE };
}

/** Undefined when the stream was refused with exactly this error, before any message. */
export function notRefused(stream: Stream, error: ErrorName): Verdict | undefined {
  const { code, grpc } = ERRORS[error];
  const { status } = stream;
  if (status?.code === code && status.grpc === grpc && stream.messages.length === 0) return undefined;
  return streamFault(stream, 'not refused as it has to be', `${grpc} with reseq-code ${code} (${error})`);
}

/** Undefined when the stream was opened, at the given index if there is one. */
export function notServed(stream: Stream, nextIndex?: number): Verdict | undefined {
  const at = nextIndex === undefined ? '' : ` with next_index ${nextIndex}`;
  if (stream.opened !== undefined && (nextIndex === undefined || stream.opened.nextIndex === nextIndex))
    return undefined;
  return streamFault(stream, 'not served', `OPENED${at}`);
}

/** Undefined when the stream carried at least so many items. */
export function notCarried(stream: Stream, count: number): Verdict | undefined {
  if (stream.values.length >= count) return undefined;
  return streamFault(
    stream,
    'too few items came',
    `at least ${count} items`,
    `${stream.values.length} items, then ${outcomeOf(stream)}`,
  );
}

/** The known mistake, if any, that makes a checksum (hex) of these values. */
export function checksumDiagnosis(values: readonly number[], checksum: string): Pick<Verdict, 'diagnosis' | 'cause'> {
  const mistake = diagnoseChecksum(values, Buffer.from(checksum, 'hex'));
  if (mistake === undefined) return {};
  const cause = `the checksum: ${mistake.text}`;
  return { cause, diagnosis: `${cause}; it is the SHA-256 of the right ${values.length} values taken so` };
}

/** The one stream of a case with this label. */
export function find(streams: readonly Stream[], caseId: string, label: string): Stream | undefined {
  return streams.find((stream) => stream.trace.caseId === caseId && stream.label === label);
}

/**
 * Judge streams that a case must have; BLOCKED when one is missing since an earlier step failed.
 * @param labels of the streams, in the order in which they are given to `judge`
 */
export function withStreams(
  streams: readonly Stream[],
  caseId: string,
  labels: readonly string[],
  judge: (...found: readonly Stream[]) => Verdict,
): Verdict {
  const found = labels.map((label) => find(streams, caseId, label));
  const missing = labels.find((_, i) => found[i] === undefined);
  if (missing !== undefined) return blocked(`${caseId}: the case did not get as far as "${missing}"`);
  return judge(...found.flatMap((stream) => stream ?? []));
}

/** The first fault, with what else is wrong, or a PASS with this evidence. */
export function firstFault(evidence: string, ...faults: readonly (Verdict | undefined)[]): Verdict {
  const first = faults.find((fault) => fault !== undefined);
  if (first === undefined) return pass(evidence);
  if (!isFailure(first)) return first;
  // The cases of these checks are known: what a message says after the case and the stream would only repeat the first one.
  const pieces = faults.map((fault) => ({
    name: fault?.message.split(': ')[0],
    isWrong: fault !== undefined && isFailure(fault),
  }));
  return withExtent(first, extentOf(pieces, 'conditions'));
}
