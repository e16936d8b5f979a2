/** Clients with one wrong decision each, and the checks that are there to find it. */

import type { Declaration } from './server-bugs.ts';

const BUGS = {
  'busy-loop': {
    does: 'reconnects without waiting',
    fails: [
      'client-waits-longer-and-longer',
      'client-back-off-survives-connecting',
      'client-back-off-begins-anew-after-an-item',
      'client-waits-as-told',
    ],
    also: ['client-leaves-before-it-returns', 'client-waits-are-random'],
  },
  'no-jitter': {
    does: 'waits are not random',
    fails: ['client-waits-are-random'],
  },
  'back-off-never-reset': {
    does: 'waits grow for ever',
    fails: ['client-back-off-begins-anew-after-an-item'],
    also: ['client-back-off-survives-connecting', 'client-waits-are-random'],
  },
  'back-off-reset-by-opened': {
    does: 'OPENED sets the back-off back',
    fails: ['client-back-off-survives-connecting'],
    also: ['client-waits-are-random'],
  },
  'gives-up-at-once': {
    does: 'the first drop is the end',
    fails: ['client-reconnects-after-drops', 'client-outlasts-outages', 'client-does-not-give-up-early'],
    also: ['client-*'],
  },
  'resumes-one-late': {
    does: 'next_index is one too high',
    fails: ['client-resumes-at-next-index', 'client-nothing-lost-nothing-twice'],
    also: [
      'client-reconnects-after-drops',
      'client-outlasts-outages',
      'client-keeps-trying-past-the-retention',
      'client-leaves-a-silent-connection',
      'client-takes-a-gap-as-a-drop',
      'client-takes-a-broken-order-as-a-drop',
      'client-refuses-a-contradicting-opened',
      'client-compares-the-prefix-checksum',
      'client-goes-on-after-retryable-errors',
    ],
  },
  'resumes-one-early': {
    does: 'next_index is the last received index',
    fails: ['client-resumes-at-next-index'],
    also: ['client-refuses-a-contradicting-opened', 'client-compares-the-prefix-checksum'],
  },
  'sums-in-doubles': {
    does: 'the sum is a floating-point number',
    fails: ['client-completes-stateless', 'client-full-length-stateless'],
    also: ['client-works-at-any-interval'],
  },
  'accepts-gaps': {
    does: 'a missing item goes unnoticed',
    fails: ['client-takes-a-gap-as-a-drop'],
    also: ['client-takes-a-broken-order-as-a-drop', 'client-leaves-before-it-returns'],
  },
  'accepts-duplicates': {
    does: 'an item that comes again is counted again',
    fails: ['client-drops-duplicates'],
    also: ['client-outlasts-outages'],
  },
  'trusts-the-checksum': {
    does: 'the checksum is not compared',
    fails: ['client-compares-the-checksum', 'client-confirms-no-mismatch'],
  },
  'trusts-values': {
    does: 'stateless values are not compared',
    fails: ['client-compares-each-value'],
  },
  'trusts-opened': {
    does: 'OPENED is not compared with the request',
    fails: ['client-refuses-a-contradicting-opened', 'client-compares-the-prefix-checksum'],
  },
  'ignores-terminal-errors': {
    does: 'goes on after terminal errors',
    fails: [
      'client-stops-at-a-terminal-status',
      'client-takes-the-code-from-the-trailer',
      'client-stops-at-unknown-terminal-codes',
      'client-lost-session-is-incomplete',
      'client-stops-when-taken-over',
    ],
  },
  'classifies-by-status': {
    does: 'the trailer reseq-code is not read',
    fails: [
      'client-takes-the-code-from-the-trailer',
      'client-stops-at-unknown-terminal-codes',
      'client-goes-on-after-retryable-errors',
    ],
  },
  'takes-ok-for-complete': {
    does: 'a stream that ends with OK is taken as complete',
    fails: [
      'client-takes-an-early-end-as-a-drop',
      'client-nothing-lost-nothing-twice',
      'client-goes-on-after-retryable-errors',
    ],
    also: ['client-reconnects-after-drops'],
  },
  'exits-0': {
    does: 'the exit code is always 0',
    fails: [
      'client-compares-the-checksum',
      'client-compares-each-value',
      'client-stops-at-a-terminal-status',
      'client-lost-session-is-incomplete',
      'client-ends-when-interrupted',
    ],
    also: [
      'client-does-not-give-up-early',
      'client-gives-up-on-a-faulty-server',
      'client-refuses-a-contradicting-opened',
      'client-compares-the-prefix-checksum',
      'client-takes-the-code-from-the-trailer',
      'client-stops-at-unknown-terminal-codes',
      'client-stops-when-taken-over',
    ],
  },
  'two-connections': {
    does: 'the old connection is closed after the new one is made',
    fails: ['client-leaves-before-it-returns'],
    also: [
      'client-leaves-a-silent-connection',
      'client-leaves-an-unanswered-connection',
      'client-takes-a-gap-as-a-drop',
      'client-takes-a-broken-order-as-a-drop',
    ],
  },
  'starts-again': {
    does: 'START after OPENED',
    fails: ['client-starts-until-opened-then-resumes'],
    also: [
      'client-refuses-a-contradicting-opened',
      'client-compares-the-prefix-checksum',
      'client-gives-up-on-a-faulty-server',
    ],
  },
  'attempt-stays-1': {
    does: 'attempt is always 1',
    fails: ['client-attempts-rise'],
  },
  'ignores-retry-after': {
    does: 'retry_after_ms is not honoured',
    fails: ['client-waits-as-told'],
  },
  'no-watchdog': {
    does: 'a silent connection is kept',
    fails: ['client-leaves-a-silent-connection', 'client-leaves-an-unanswered-connection'],
  },
  impatient: {
    does: 'a connection is left after 1 s of silence',
    fails: ['client-is-patient', 'client-leaves-a-silent-connection'],
    also: ['client-works-at-any-interval', 'client-leaves-an-unanswered-connection'],
  },
  'confirms-always': {
    does: 'CONFIRM is sent without a grant and before the comparison',
    fails: ['client-confirms-only-what-was-granted', 'client-confirms-no-mismatch'],
    also: ['client-compares-the-checksum'],
  },
  'wrong-resume-key': {
    does: 'the resume key of a RESUME is all zeros',
    fails: ['client-presents-the-resume-key'],
    also: ['client-*'],
  },
  chatty: {
    does: 'progress goes to stdout',
    fails: ['client-prints-one-line'],
    also: ['client-*'],
  },
} satisfies Record<string, Declaration>;

export type ClientBug = keyof typeof BUGS;

export const CLIENT_BUGS: Readonly<Record<ClientBug, Declaration>> = BUGS;
