/** Clients that are wrong about what they receive, and about what they make of it. */

import type { Declarations } from './declaration.ts';

export const RESULT_BUGS = {
  'sums-in-doubles': {
    does: 'the sum is a floating-point number',
    fails: {
      'client-completes-stateless': 'sum is wrong',
      'client-full-length-stateless': 'sum is wrong',
    },
    also: ['client-works-at-any-interval'],
  },
  'accepts-gaps': {
    does: 'a missing item goes unnoticed',
    fails: {
      'client-takes-a-gap-as-a-drop': 'ended with exit code 1 instead of 0',
    },
    also: [
      'client-takes-a-broken-order-as-a-drop',
      'client-leaves-before-it-returns',
      'client-random-schedules-complete',
    ],
  },
  'accepts-duplicates': {
    does: 'an item that comes again is counted again',
    fails: {
      'client-drops-duplicates': 'ended with exit code 1 instead of 0',
    },
    also: ['client-outlasts-outages', 'client-random-schedules-complete', 'client-back-off-survives-connecting'],
  },
  'trusts-the-checksum': {
    does: 'the checksum is not compared',
    fails: {
      'client-compares-the-checksum': 'ended with exit code 0 instead of 1',
      'client-confirms-no-mismatch': 'it was confirmed',
    },
  },
  'trusts-values': {
    does: 'stateless values are not compared',
    fails: {
      'client-compares-each-value': 'ended with exit code 0 instead of 1',
    },
  },
  'trusts-opened': {
    does: 'OPENED is not compared with the request',
    fails: {
      'client-refuses-a-contradicting-opened': 'ended with exit code 0 instead of 1',
      'client-compares-the-prefix-checksum': 'ended with exit code 0 instead of 1',
    },
  },
  'ignores-terminal-errors': {
    does: 'goes on after terminal errors',
    fails: {
      'client-stops-at-a-terminal-status': 'ended with exit code 0 instead of 4',
      'client-takes-the-code-from-the-trailer': 'ended with exit code 0 instead of 4',
      'client-stops-at-unknown-terminal-codes': 'ended with exit code 0 instead of 4',
      'client-lost-session-is-incomplete': 'ended with exit code 0 instead of 3',
      'client-stops-when-taken-over': 'ended with exit code 0 instead of 4',
    },
  },
  'classifies-by-status': {
    does: 'the trailer reseq-code is not read',
    fails: {
      'client-takes-the-code-from-the-trailer': 'ended with exit code 0 instead of 4',
      'client-stops-at-unknown-terminal-codes': 'ended with exit code 0 instead of 4',
      'client-goes-on-after-retryable-errors': 'stopped at NOT_FOUND, code 250',
    },
  },
  'exits-0': {
    does: 'the exit code is always 0',
    fails: {
      'client-compares-the-checksum': 'ended with exit code 0 instead of 1',
      'client-compares-each-value': 'ended with exit code 0 instead of 1',
      'client-stops-at-a-terminal-status': 'ended with exit code 0 instead of 4',
      'client-lost-session-is-incomplete': 'ended with exit code 0 instead of 3',
      'client-ends-when-interrupted': 'ended with exit code 0 instead of 130',
    },
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
  'confirms-always': {
    does: 'CONFIRM is sent without a grant and before the comparison',
    fails: {
      'client-confirms-only-what-was-granted': 'a CONFIRM without a grant',
      'client-confirms-no-mismatch': 'it was confirmed',
    },
    also: ['client-compares-the-checksum'],
  },
  chatty: {
    does: 'progress goes to stdout',
    fails: {
      'client-prints-one-line': '2 lines on stdout',
    },
    also: ['client-*'],
  },
  'ignores-broken-order': {
    does: 'messages that are malformed or come before OPENED are passed over',
    fails: {
      'client-takes-a-broken-order-as-a-drop': 'the client stayed on a faulty connection',
    },
    also: ['client-takes-a-gap-as-a-drop'],
  },
  'gives-up-after-3-faults': {
    does: 'three faults in a row are the end',
    fails: {
      'client-gives-up-on-a-faulty-server': 'gave up at the wrong time',
    },
  },
  'forgets-to-confirm': {
    does: 'CONFIRM is never sent',
    fails: {
      'client-confirms-what-it-has-verified': 'no CONFIRM came',
    },
  },
  'confirms-attempt-1': {
    does: 'CONFIRM carries attempt 1',
    fails: {
      'client-confirms-what-it-has-verified': 'attempt is wrong',
    },
  },
  'confirm-decides': {
    does: 'a CONFIRM that fails changes the outcome',
    fails: {
      'client-outcome-survives-a-failed-confirm': 'ended with exit code 4 instead of 0',
    },
  },
  'confirms-once': {
    does: 'a CONFIRM that failed is not repeated',
    fails: {
      'client-repeats-a-confirm': 'not repeated',
    },
  },
  'usage-exits-1': {
    does: 'wrong arguments end with 1',
    fails: {
      'client-refuses-wrong-arguments': 'another exit code',
    },
  },
  'final-at-0-is-a-fault': {
    does: 'FINAL as the first message after OPENED is taken as a fault',
    fails: {
      'client-completes-stateful': 'ended with exit code 1 instead of 0',
    },
    also: ['client-prints-one-line', 'client-result-fields'],
  },
  'count-as-text': {
    does: 'count is a text in the result line',
    fails: {
      'client-result-fields': 'count: expected',
    },
    also: ['client-*'],
  },
  'refuses-unknown-fields': {
    does: 'a message with unknown fields is taken as a fault',
    fails: {
      'client-ignores-unknown-fields': 'ended with exit code 1 instead of 0',
    },
    also: ['client-takes-the-largest-messages', 'client-result-fields'],
  },
  'small-messages-only': {
    does: 'a message above 4096 bytes is taken as a fault',
    fails: {
      'client-takes-the-largest-messages': 'ended with exit code 1 instead of 0',
    },
  },
  'insists-on-extensions': {
    does: 'an OPENED without confirm-final is a mismatch',
    fails: {
      'client-works-without-extensions': 'ended with exit code 1 instead of 0',
      'client-confirms-only-what-was-granted': 'ended with exit code 1 instead of 0',
    },
  },
  'needs-an-interval': {
    does: 'an interval of 0 is a mismatch',
    fails: {
      'client-works-at-any-interval': 'ended with exit code 1 instead of 0',
    },
  },
  'reads-on-after-final': {
    does: 'an error after FINAL decides the outcome',
    fails: {
      'client-ignores-what-follows-final': 'ended with exit code 4 instead of 0',
    },
  },
  'positional-flags': {
    does: 'the flags have to come in one order',
    fails: {
      'client-takes-flags-in-any-order': 'ended with exit code 2 instead of 0',
    },
    also: [
      'client-completes-stateless',
      'client-closes-when-complete',
      'client-prints-one-line',
      'client-result-fields',
    ],
  },
  'unsupported-after-connecting': {
    does: 'exit 77 for a ratio of 3, after connecting',
    fails: {
      'client-unsupported-exits-77': 'it connected and then said unsupported',
    },
    also: ['client-*'],
  },
  'short-memory': {
    does: 'the checksum is over the newest 512 values',
    fails: {
      'client-full-length-stateful': 'ended with exit code 1 instead of 0',
    },
  },
} satisfies Declarations;
