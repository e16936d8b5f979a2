/** Clients with one wrong decision each, and the checks that are there to find it. */

import type { Declaration } from './server-bugs.ts';

const BUGS = {
  'busy-loop': { does: 'reconnects without waiting', fails: [] },
  'no-jitter': { does: 'waits are not random', fails: [] },
  'back-off-never-reset': { does: 'waits grow for ever', fails: [] },
  'back-off-reset-by-opened': { does: 'OPENED sets the back-off back', fails: [] },
  'gives-up-at-once': { does: 'the first drop is the end', fails: [] },
  'resumes-one-late': { does: 'next_index is one too high', fails: [] },
  'resumes-one-early': { does: 'next_index is the last received index', fails: [] },
  'sums-in-doubles': { does: 'the sum is a floating-point number', fails: [] },
  'accepts-gaps': { does: 'a missing item goes unnoticed', fails: [] },
  'accepts-duplicates': { does: 'an item that comes again is counted again', fails: [] },
  'trusts-the-checksum': { does: 'the checksum is not compared', fails: [] },
  'trusts-values': { does: 'stateless values are not compared', fails: [] },
  'trusts-opened': { does: 'OPENED is not compared with the request', fails: [] },
  'ignores-terminal-errors': { does: 'goes on after terminal errors', fails: [] },
  'classifies-by-status': { does: 'the trailer reseq-code is not read', fails: [] },
  'takes-ok-for-complete': { does: 'a stream that ends with OK is taken as complete', fails: [] },
  'exits-0': { does: 'the exit code is always 0', fails: [] },
  'two-connections': { does: 'the old connection is closed after the new one is made', fails: [] },
  'starts-again': { does: 'START after OPENED', fails: [] },
  'attempt-stays-1': { does: 'attempt is always 1', fails: [] },
  'ignores-retry-after': { does: 'retry_after_ms is not honoured', fails: [] },
  'no-watchdog': { does: 'a silent connection is kept', fails: [] },
  impatient: { does: 'a connection is left after 1 s of silence', fails: [] },
  'confirms-always': { does: 'CONFIRM is sent without a grant and before the comparison', fails: [] },
  chatty: { does: 'progress goes to stdout', fails: [] },
} satisfies Record<string, Declaration>;

export type ClientBug = keyof typeof BUGS;

export const CLIENT_BUGS: Readonly<Record<ClientBug, Declaration>> = BUGS;
