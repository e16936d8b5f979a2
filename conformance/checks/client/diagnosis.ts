/** Known mistakes of clients, seen in one case: what a failure that shows later comes from. Spec: core.md sections 3, 4 and 9. */

import type { Verdict } from '../../verdict.ts';
import type { Attempt, History } from './history.ts';
import { resultOf } from './result.ts';

export type Explanation = Pick<Verdict, 'diagnosis' | 'cause'>;

/** What the case shows of a known mistake; empty when it shows none. */
export function explain(history: History): Explanation {
  const asked = askedTooHigh(history) ?? countedAgain(history);
  if (asked !== undefined) return asked;
  const at = history.attempts.findIndex(({ gapTo }) => gapTo !== undefined);
  const attempt = history.attempts[at];
  return attempt === undefined ? {} : countedGap(attempt, history.attempts[at + 1], history);
}

const COUNTED_AGAIN = 'an item that comes again is counted as the next one';

/** How far a RESUME is ahead of what was accepted before it; undefined when there is none. */
function aheadOf({ request, acceptedBefore }: Attempt): number | undefined {
  return request !== undefined && 'nextIndex' in request ? request.nextIndex - acceptedBefore : undefined;
}

/** A RESUME that asks for more than was accepted, before the peer has left anything out: the gap is the client's own. */
function askedTooHigh({ attempts }: History): Explanation | undefined {
  const at = attempts.findIndex((attempt) => (aheadOf(attempt) ?? 0) > 0);
  const [first, before] = [attempts[at], attempts.slice(0, Math.max(0, at))];
  // A gap that the peer made comes before it: see countedGap.
  if (first === undefined || before.some(({ gapTo }) => gapTo !== undefined)) return undefined;
  const ahead = aheadOf(first) ?? 0;
  const repeated = before.reduce((sum, one) => sum + one.repeated, 0);
  const figures = `it had accepted ${first.acceptedBefore} items and asked for ${first.acceptedBefore + ahead}`;
  if (repeated > 0 && ahead <= repeated) {
    const cause = COUNTED_AGAIN;
    return { cause, diagnosis: `${cause}: ${repeated} came again before, ${figures}` };
  }
  const resumes = attempts.slice(at).flatMap((one) => aheadOf(one) ?? []);
  const cause = resumes.every((one) => one === 1)
    ? 'next_index of a RESUME is one too high'
    : 'next_index of a RESUME is too high';
  return { cause, diagnosis: `${cause}: ${figures}` };
}

/** A run without a RESUME that counts more items than fitted, after some came again. */
function countedAgain(history: History): Explanation | undefined {
  const repeated = history.attempts.reduce((sum, one) => sum + one.repeated, 0);
  const result = resultOf(history);
  if (repeated === 0 || typeof result === 'string' || history.attempts.some(({ gapTo }) => gapTo !== undefined))
    return undefined;
  const checksumDiffers = result['result'] === 'mismatch' && history.complete !== undefined;
  if (!checksumDiffers) return undefined;
  const cause = COUNTED_AGAIN;
  return { cause, diagnosis: `${cause}: ${repeated} came again, and the checksum or the count at the end is another` };
}

/** The client took an item that came too early for the next one. */
function countedGap(attempt: Attempt, next: Attempt | undefined, history: History): Explanation {
  const { gapTo = 0, acceptedAfter: accepted, end, lastMessageAtMs } = attempt;
  const request = next?.request;
  const asked = request !== undefined && 'nextIndex' in request ? request.nextIndex : undefined;
  const result = resultOf(history);
  const isComplete = typeof result !== 'string' && result['result'] === 'complete';
  const isCounted = asked === undefined ? isComplete && history.complete === undefined : asked > accepted;
  if (!isCounted) return {};
  const leftAtMs = end?.atMs ?? next?.connectedAtMs;
  const stayed =
    leftAtMs === undefined || lastMessageAtMs === undefined
      ? ''
      : `, stayed ${((leftAtMs - lastMessageAtMs) / 1_000).toFixed(1)} s after its last message`;
  const then = asked === undefined ? 'and did not come back' : `and then asked for ${asked}`;
  return {
    cause: 'an item after a gap is counted as the next one',
    diagnosis: `an item after a gap is counted as the next one: it had accepted ${accepted} items, was sent index ${gapTo}${stayed} ${then}`,
  };
}

/** Waits before retries, of which at least this many tell something. */
const LEAST_WAITS = 3;

/** A list of waits by k, for the reader of one that is wrong. */
export function explainWaits(history: History): Explanation {
  const { retries } = history;
  const list = retries
    .map(({ k, waitedMs, retryAfterMs }) => {
      const told = retryAfterMs === undefined ? '' : ` after retry_after_ms ${retryAfterMs}`;
      return `${Math.round(waitedMs)} (k = ${k}${told})`;
    })
    .join(', ');
  const byK = [...retries].filter(({ retryAfterMs }) => retryAfterMs === undefined).sort((a, b) => a.k - b.k);
  const [first, last] = [byK[0], byK.at(-1)];
  if (byK.length < LEAST_WAITS || first === undefined || last === undefined)
    return { diagnosis: `waits in ms: ${list}` };
  if (retries.every(({ waitedMs }) => waitedMs < NO_WAIT_MS)) {
    const cause = 'the client does not wait at all between attempts';
    return { cause, diagnosis: `${cause}: ${list} ms` };
  }
  if (last.k >= LEAST_WAITS && last.waitedMs < 2 * first.waitedMs) {
    const cause = 'the waits do not grow with k';
    return { cause, diagnosis: `${cause}: ${list} ms` };
  }
  return { diagnosis: `waits in ms: ${list}` };
}

/** Shorter waits are the time that it takes to connect. */
const NO_WAIT_MS = 60;

/** Which contradictions a client passes over. @param wrong, right names of cases */
export function explainContradictions(wrong: readonly string[], right: readonly string[]): Explanation {
  const all = wrong.length + right.length;
  if (right.length > 0 || all < 2) return {};
  const cause = 'nothing in OPENED is compared';
  return { cause, diagnosis: `${cause}: ${wrong.length} of ${all} contradictions were passed over` };
}
