/**
 * The result of a run and the one line that tells it. Spec: cli.md section 2.
 */
import { type ErrorName, NO_CODE, type ReseqError } from '../protocol/errors.ts';
import type { Ratio } from '../protocol/messages.ts';
import { type Ledger, StatefulLedger, StatelessLedger } from './ledger.ts';
import type { Outcome, OutcomeName } from './outcome.ts';

interface CommonResult {
  readonly result: OutcomeName;
  /** n */
  readonly count: number;
  /** Items accepted. */
  readonly received: number;
  /** Connections begun after the first one. */
  readonly reconnects: number;
  /** Why it is not complete. */
  readonly error?: ReseqError | undefined;
}

export interface StatelessResult extends CommonResult {
  readonly profile: 'stateless';
  /** First value, once OPENED has come. */
  readonly a?: number | undefined;
  readonly ratio?: Ratio | undefined;
  /** Exact sum of all values, when complete. */
  readonly sum?: bigint | undefined;
}

export interface StatefulResult extends CommonResult {
  readonly profile: 'stateful';
  readonly clientId: string;
  /** The client's own SHA-256, lower-case hex, when all values have come. */
  readonly checksum?: string | undefined;
  /** The server's, when FINAL has come. */
  readonly expectedChecksum?: string | undefined;
}

export type ClientResult = StatelessResult | StatefulResult;

/** @param dials connections begun over the life of the sequence, earlier processes included */
export function resultOf(ledger: Ledger, outcome: Outcome, dials: number): ClientResult {
  const { accepted: received } = ledger;
  const { count } = ledger.task;
  const { result, error } = outcome;
  const reconnects = Math.max(0, dials - 1);
  if (ledger instanceof StatefulLedger) {
    const { clientId } = ledger.task;
    const checksum = received === count ? ledger.checksum : undefined;
    const { expectedChecksum } = ledger;
    return { result, profile: 'stateful', count, received, reconnects, error, clientId, checksum, expectedChecksum };
  }
  if (ledger instanceof StatelessLedger) {
    const a = ledger.learnt?.profile === 'stateless' ? ledger.learnt.a : undefined;
    const ratio = a === undefined ? undefined : ledger.task.ratio;
    const sum = ledger.complete ? ledger.sum : undefined;
    return { result, profile: 'stateless', count, received, reconnects, error, a, ratio, sum };
  }
  throw new TypeError('a ledger of neither profile');
}

/** One line of JSON without its line feed. */
export function formatResult(result: ClientResult): string {
  return JSON.stringify(resultObject(result));
}

/** The fields of the line. Numbers that may exceed 2^53 are decimal text. */
export function resultObject(result: ClientResult): object {
  const { result: outcome, profile, count, received, reconnects } = result;
  const own =
    result.profile === 'stateful'
      ? { clientId: result.clientId, checksum: result.checksum, expectedChecksum: result.expectedChecksum }
      : { a: result.a, ratio: result.ratio, sum: result.sum?.toString() };
  return { result: outcome, profile, count, received, ...own, reconnects, error: errorOf(result) };
}

/** `code` and `name` only where there are such: a peer may send an unknown code, a library a status without one. */
function errorOf({ result, error }: ClientResult): { code?: number; name?: ErrorName; message: string } | undefined {
  if (error === undefined) return result === 'complete' ? undefined : { message: `${result} before the end` };
  const { code, registryName, detail } = error;
  if (code === NO_CODE) return { message: detail };
  return registryName === undefined ? { code, message: detail } : { code, name: registryName, message: detail };
}
