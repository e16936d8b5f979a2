/** Clients that are wrong about connections: when they make them, leave them, and what they send. */

import type { Declarations } from './declaration.ts';

export const CONNECTION_BUGS = {
  'busy-loop': {
    does: 'reconnects without waiting',
    fails: {
      'client-waits-longer-and-longer': 'came too early',
      'client-back-off-survives-connecting': 'came too early',
      'client-back-off-begins-anew-after-an-item': 'came too early',
      'client-waits-as-told': 'came too early',
    },
    also: ['client-leaves-before-it-returns', 'client-waits-are-random'],
  },
  'no-jitter': {
    does: 'waits are not random',
    fails: {
      'client-waits-are-random': 'no randomness in the waits',
    },
  },
  'back-off-never-reset': {
    does: 'waits grow for ever',
    fails: {
      'client-back-off-begins-anew-after-an-item': 'came too late',
    },
    also: ['client-back-off-survives-connecting', 'client-waits-are-random'],
  },
  'back-off-reset-by-opened': {
    does: 'OPENED sets the back-off back',
    fails: {
      'client-back-off-survives-connecting': 'came too early',
    },
    also: ['client-waits-are-random'],
  },
  'gives-up-at-once': {
    does: 'the first drop is the end',
    fails: {
      'client-reconnects-after-drops': 'ended with exit code 5 instead of 0',
      'client-outlasts-outages': 'ended with exit code 5 instead of 0',
      'client-does-not-give-up-early': 'gave up too early',
      'client-random-schedules-complete': 'ended with exit code 5 instead of 0',
    },
    also: ['client-*'],
  },
  'resumes-one-late': {
    does: 'next_index is one too high',
    fails: {
      'client-resumes-at-next-index': 'next_index is wrong',
      'client-nothing-lost-nothing-twice': 'ended with exit code 1 instead of 0',
      'client-random-schedules-complete': 'ended with exit code 1 instead of 0',
    },
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
    fails: {
      'client-resumes-at-next-index': 'next_index is wrong',
    },
    also: ['client-refuses-a-contradicting-opened', 'client-compares-the-prefix-checksum'],
  },
  'takes-ok-for-complete': {
    does: 'a stream that ends with OK is taken as complete',
    fails: {
      'client-takes-an-early-end-as-a-drop': 'the client did not come back',
      'client-nothing-lost-nothing-twice': 'reported success without having been sent the whole sequence',
      'client-goes-on-after-retryable-errors': 'stopped at OK, no code',
    },
    also: ['client-reconnects-after-drops'],
  },
  'two-connections': {
    does: 'the old connection is closed after the new one is made',
    fails: {
      'client-leaves-before-it-returns': 'two connections at once',
    },
    also: [
      'client-leaves-a-silent-connection',
      'client-leaves-an-unanswered-connection',
      'client-takes-a-gap-as-a-drop',
      'client-takes-a-broken-order-as-a-drop',
    ],
  },
  'starts-again': {
    does: 'START after OPENED',
    fails: {
      'client-starts-until-opened-then-resumes': 'the wrong kind of request',
    },
    also: [
      'client-refuses-a-contradicting-opened',
      'client-compares-the-prefix-checksum',
      'client-gives-up-on-a-faulty-server',
    ],
  },
  'attempt-stays-1': {
    does: 'attempt is always 1',
    fails: {
      'client-attempts-rise': 'attempt is wrong',
    },
  },
  'ignores-retry-after': {
    does: 'retry_after_ms is not honoured',
    fails: {
      'client-waits-as-told': 'came too early',
    },
  },
  'no-watchdog': {
    does: 'a silent connection is kept',
    fails: {
      'client-leaves-a-silent-connection': 'the client never left the silent connection',
      'client-leaves-an-unanswered-connection': 'the client never left the silent connection',
    },
  },
  impatient: {
    does: 'a connection is left after 1 s of silence',
    fails: {
      'client-is-patient': 'the client left a connection that lived',
      'client-leaves-a-silent-connection': 'left the silent connection at the wrong time',
    },
    also: ['client-works-at-any-interval', 'client-leaves-an-unanswered-connection'],
  },
  'wrong-resume-key': {
    does: 'the resume key of a RESUME is all zeros',
    fails: {
      'client-presents-the-resume-key': 'resume_key is wrong',
    },
    also: ['client-*'],
  },
  'stays-connected': {
    does: 'a stateless connection is closed long after its last item',
    fails: {
      'client-closes-when-complete': 'the connection stayed open',
    },
  },
  'says-version-2': {
    does: 'OPEN has protocol_version 2',
    fails: {
      'client-sends-version-1': 'another version',
    },
    also: ['client-*'],
  },
  'sends-twice': {
    does: 'the request is sent twice on one stream',
    fails: {
      'client-sends-nothing-after-open': 'the client sent a second message',
    },
    also: ['client-*'],
  },
  'fixed-client-id': {
    does: 'every run has the same client id',
    fails: {
      'client-makes-fresh-ids': 'the client id of an earlier run',
    },
  },
  'counts-connections': {
    does: 'reconnects counts the first connection too',
    fails: {
      'client-counts-reconnects': 'reconnects is wrong',
    },
  },
  'resumes-with-ratio-2': {
    does: 'a RESUME has ratio 2, whatever OPENED said',
    fails: {
      'client-resumes-with-a-and-ratio': 'ratio is wrong',
    },
    also: ['client-reconnects-after-drops', 'client-nothing-lost-nothing-twice'],
  },
  'reuses-the-connection': {
    does: 'after an error the old TCP connection is used again',
    fails: {
      'client-makes-a-new-transport-connection': 'a TCP connection was used again',
    },
    also: ['client-*'],
  },
  'dials-ahead': {
    does: '35 ms of silence lead to a second connection beside the first',
    fails: {
      'client-has-one-connection-at-a-time': 'two connections at once',
    },
    also: [
      'client-works-*',
      'client-ignores-unknown-fields',
      'client-takes-the-largest-messages',
      'client-ignores-what-follows-final',
      'client-starts-until-opened-then-resumes',
      'client-resumes-at-next-index',
      'client-attempts-rise',
      'client-counts-reconnects',
    ],
  },
  'gives-up-after-the-retention': {
    does: 'after the retention the session is taken as lost',
    fails: {
      'client-keeps-trying-past-the-retention': 'ended with exit code 3 instead of 0',
    },
    also: ['client-outlasts-outages', 'client-back-off-*', 'client-waits-*'],
  },
} satisfies Declarations;
