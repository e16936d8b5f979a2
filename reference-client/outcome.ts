/**
 * How a run can end, and the exit status of each ending. Spec: core.md section 10, cli.md section 2.
 */
import type { ReseqError } from '../protocol/errors.ts';

/** Exit status of each outcome; a usage error exits with 2 and has no outcome. */
export const EXIT_CODES = {
  complete: 0,
  mismatch: 1,
  incomplete: 3,
  rejected: 4,
  unreachable: 5,
  unsupported: 77,
  interrupted: 130,
} as const;

export type OutcomeName = keyof typeof EXIT_CODES;

/** The end of a run; `error` says why unless it is complete. */
export interface Outcome {
  readonly result: OutcomeName;
  readonly error?: ReseqError | undefined;
}

/** A run with this outcome goes on when it is started again: nothing final was said about its sequence. */
export function isResumable(result: OutcomeName): boolean {
  return result === 'interrupted' || result === 'unreachable';
}
