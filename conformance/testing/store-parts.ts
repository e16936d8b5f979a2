/** What the hand-written traces of a shared store have in common: the record of seed 42 and usual answers. */

import { CLIENT_ID, RETENTION_MS, refused } from './trace-builder.ts';

export const KEY = `reseq:1:{${CLIENT_ID}}`;
export const LEASE_MS = RETENTION_MS + 1_000;
export const TAKEN_OVER = refused('ABORTED', 105, 'a newer attempt holds the session');
export const STALE = refused('FAILED_PRECONDITION', 106, 'attempt: expected above 2, got 2');
export const UNAVAILABLE = { ...refused('UNAVAILABLE', 200, 'the store does not answer'), retryAfterMs: 500 };
export const CONFIRM = {
  kind: 'confirm',
  clientId: CLIENT_ID,
  resumeKey: '3b5051690769775ee29de3eef00223dd',
  attempt: 1,
} as const;

/** The record of seed 42. */
export function record(n: number, attempt: number): Record<string, string> {
  return { n: String(n), seed: '000000000000002a', attempt: String(attempt) };
}

/** Of another life of the client id. */
export const OTHER_KEY = '2b0c5f1f0a8f3cbd0d0ff7a05b1ecf07';
