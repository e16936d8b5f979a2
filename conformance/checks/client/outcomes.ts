/** What a client must have reported, by the suite's own oracle. */

import { checksumOf } from '../../oracle/checksum.ts';
import { exactSum } from '../../oracle/doubling.ts';
import { itemsOf } from '../../oracle/pcg32.ts';
import type { Trace } from '../../trace.ts';
import { factNumber, type History } from './history.ts';
import { broken, type Finding, isFinding, met, outcome } from './judge.ts';

/** The client is complete and its numbers are exact. */
export function completeAndExact(trace: Trace, history: History): Finding {
  const result = outcome(trace, history, 'complete');
  if (isFinding(result)) return result;
  const n = factNumber(trace, 'n') ?? 0;
  const event = history.complete?.event;
  const at = event === undefined ? {} : { event };
  if (history.attempts.length === 0) return broken('reported success without having connected');
  if (event === undefined) {
    const last = history.attempts.at(-1);
    const where = history.attempts.find(({ gapTo }) => gapTo !== undefined) ?? last;
    return broken('reported success without having been sent the whole sequence', {
      expected: `the outcome complete after ${n} items`,
      actual: `${history.accepted} items that fit were sent`,
      ...(where === undefined ? {} : { event: where.decisive }),
    });
  }
  if (result['received'] !== n) {
    return broken('received is not n', { expected: String(n), actual: JSON.stringify(result['received']), ...at });
  }
  for (const [field, expected] of Object.entries(expectedNumbers(trace, n))) {
    if (result[field] !== expected) {
      return broken(`${field} is wrong`, { expected: brief(expected), actual: brief(result[field]), ...at });
    }
  }
  return met(`${n} items, complete`);
}

function expectedNumbers(trace: Trace, n: number): Readonly<Record<string, string>> {
  if (trace.facts['profile'] === 'stateful') {
    const checksum = Buffer.from(checksumOf(itemsOf(BigInt(String(trace.facts['seed'])), n))).toString('hex');
    return { checksum, expectedChecksum: checksum };
  }
  return { sum: exactSum(factNumber(trace, 'a') ?? 0, factNumber(trace, 'ratio') ?? 2, n).toString() };
}

function brief(value: unknown): string {
  const text = String(value);
  return text.length <= 80 ? text : `${text.slice(0, 40)}... (${text.length} characters)`;
}

/**
 * The client gave up with this outcome on its newest connection and did not come back.
 * @param attempts how many connections it must have made
 */
export function gaveUp(trace: Trace, history: History, expected: string, attempts: number): Finding {
  const result = outcome(trace, history, expected);
  if (isFinding(result)) {
    const event = history.attempts[attempts - 1]?.decisive;
    return event === undefined || result.kind !== 'broken' ? result : { ...result, event };
  }
  const made = history.attempts.length;
  if (made !== attempts) {
    const event = history.attempts[attempts]?.event;
    return broken(`made ${made} connections`, {
      expected: `${attempts}`,
      actual: `${made}`,
      ...(event === undefined ? {} : { event }),
    });
  }
  return met(`${expected} after ${made} connections`);
}
