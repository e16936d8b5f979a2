/** Servers on a shared store with one wrong decision each, and the checks that are there to find it. */

import type { Declaration, Declarations } from './declaration.ts';

const BUGS = {
  'attempt-not-compared': {
    does: 'renewals and deletions compare the seed alone',
    fails: {
      'superseded-elsewhere-changes-no-record': 'record (taken over)',
      'superseded-elsewhere-ends': 'the old stream still carries items',
      'zombie-changes-no-record': 'record (after)',
    },
    also: ['attach-is-atomic-across-instances', 'zombie-sends-nothing', 'zombie-streams-end'],
  },
  'seed-not-compared': {
    does: 'renewals and deletions compare the attempt alone',
    fails: {
      'former-life-changes-no-record': 'not the time to live of an attached session',
    },
  },
  'never-renews': {
    does: 'the time to live is set once, when a connection attaches',
    fails: {
      'lease-is-renewed-while-attached': 'not the time to live of an attached session',
    },
    also: ['*'],
  },
  'ttl-removed-by-write': {
    does: 'attaching leaves the record without a deadline until the next renewal',
    fails: {
      'lease-is-renewed-while-attached': 'not the time to live of an attached session',
    },
    also: ['*'],
  },
  'deletes-unconditionally': {
    does: 'after the final message the record is deleted, whoever holds it',
    fails: {
      'superseded-elsewhere-changes-no-record': 'there is no record',
      'former-life-changes-no-record': 'there is no record',
    },
  },
  'key-not-shared': {
    does: 'each instance has a prefix of its own',
    fails: {
      'sessions-move-between-instances': 'resume elsewhere: not served',
      'start-again-elsewhere-attaches': 'start again: not served',
      'refusals-are-the-same-elsewhere': 'other n: not refused as it has to be',
      'takeover-is-served-elsewhere': 'takeover: not served',
      'record-is-minimal-and-in-form': 'there is no record',
    },
    also: ['*'],
  },
  'get-then-set': {
    does: 'attaching reads, and writes in a second step',
    fails: {
      'attach-is-atomic-across-instances': 'two streams hold the same attempt',
    },
  },
  'outage-is-not-found': {
    does: 'a store that does not answer is told as SESSION_NOT_FOUND',
    fails: {
      'outage-is-unavailable': 'new resume: not refused as it has to be',
    },
    also: ['malformed-record-is-an-error'],
  },
  'position-stored': {
    does: 'the record has the position as well',
    fails: {
      'record-is-minimal-and-in-form': 'field position is not of the layout',
    },
  },
  'detaches-too-long': {
    does: 'a dropped session is kept for twice the retention',
    fails: {
      'drop-starts-the-retention-in-the-record': 'another deadline than the drop sets',
      'session-expires-across-instances': 'the session is still there: probe',
    },
    also: ['confirm-elsewhere-removes-the-record'],
  },
  'detaches-too-short': {
    does: 'a dropped session is kept for half the retention',
    fails: {
      'drop-starts-the-retention-in-the-record': 'another deadline than the drop sets',
      'session-is-kept-across-instances': 'the session is gone too early: probe',
    },
    also: ['*'],
  },
  'drops-unknown-fields': {
    does: 'attaching writes the record anew',
    fails: {
      'unknown-fields-of-a-record-are-kept': 'the unknown field has changed',
    },
  },
  'malformed-is-none': {
    does: 'a malformed record counts as none',
    fails: {
      'malformed-record-is-an-error': 'bad resume: not refused as it has to be',
      'malformed-record-is-left-alone': 'the record has changed',
    },
  },
  'full-is-unavailable': {
    does: 'a store without memory is told as one that does not answer',
    fails: {
      'full-store-is-overloaded': 'full: not refused as it has to be',
    },
  },
  'no-deadline': {
    does: 'operations wait for the store without end',
    fails: {
      'outage-is-unavailable': 'new start: not refused as it has to be',
      'store-operations-have-a-deadline': 'no answer',
    },
    also: ['*'],
  },
  'ends-at-outage': {
    does: 'streams end as soon as a renewal is not answered',
    fails: {
      'streams-go-on-through-an-outage': 'the stream was ended',
      'lease-ends-the-stream': 'not ended with its lease',
    },
  },
  'outlives-its-lease': {
    does: 'streams go on without a store for ever',
    fails: {
      'lease-ends-the-stream': 'not ended with its lease',
    },
  },
  'final-without-renewal': {
    does: 'the final message is sent without asking the store',
    fails: {
      'no-final-without-a-renewal': 'a final message without a renewal',
    },
  },
  'kept-after-final': {
    does: 'the record stays after the final message',
    fails: {
      'record-is-gone-after-final': 'the record is still there',
      'session-is-gone-everywhere-after-final': 'resume after final: not refused as it has to be',
      'injected-records-are-served': 'the record is still there',
    },
  },
  'revives-missing': {
    does: 'a renewal writes a record that has vanished',
    fails: {
      'missing-record-ends-the-stream': 'another end',
      'confirm-elsewhere-ends-the-stream': 'another end',
    },
    also: ['*'],
  },
  'superseded-go-on': {
    does: 'streams of sessions that are lost go on',
    fails: {
      'zombie-streams-end': 'another end',
      'zombie-sends-nothing': 'the old stream goes on beside the new one',
      'superseded-elsewhere-ends': 'the old stream still carries items',
      'missing-record-ends-the-stream': 'another end',
    },
    also: ['*'],
  },
  'lease-too-short': {
    does: 'an attached session is kept for 1.2 s after a renewal',
    fails: {
      'killed-instance-loses-nothing': 'NOT_FOUND (reseq-code 102)',
      'killed-instance-leaves-a-lease': 'another deadline than the last renewal sets',
      'lease-is-renewed-while-attached': 'not the time to live of an attached session',
    },
    also: ['*'],
  },
  'lease-too-long': {
    does: 'an attached session is kept for twice the time of a lease',
    fails: {
      'killed-instance-leaves-a-lease': 'another deadline than the last renewal sets',
      'lease-is-renewed-while-attached': 'not the time to live of an attached session',
    },
    also: ['*'],
  },
  'drain-discards': {
    does: 'an instance that shuts down discards its sessions',
    fails: {
      'drained-instance-hands-over': 'another deadline than the shut-down sets',
    },
  },
  'drain-is-not-found': {
    does: 'an instance that shuts down ends its streams with SESSION_NOT_FOUND',
    fails: {
      'drained-instance-hands-over': 'not told to go elsewhere',
    },
  },
  'sends-after-a-stop': {
    does: 'a process that was stopped goes on sending without asking the store',
    fails: {
      'zombie-sends-nothing': 'the old stream goes on beside the new one',
    },
    also: ['lease-ends-the-stream'],
  },
  'stays-away': {
    does: 'a store that has not answered once is left alone for 9 s',
    fails: {
      'service-is-back-within-5-s': 'not back',
    },
    also: ['*'],
  },
  'equal-attempt-accepted': {
    does: 'an attempt that is equal to the stored one attaches',
    fails: {
      'stale-attempt-is-refused-elsewhere': 'stale: not refused as it has to be',
      'refusals-leave-the-record-alone': 'stale 9: not refused as it has to be',
    },
    also: ['takeover-is-served-elsewhere', 'superseded-elsewhere-*'],
  },
  'seed-in-little-endian': {
    does: 'the seed in the record has its bytes in reverse',
    fails: {
      'stored-seed-gives-the-sequence': 'does not follow from the stored seed',
      'injected-records-are-served': 'not served',
    },
    also: [
      'refusals-leave-the-record-alone',
      'malformed-*',
      'former-life-changes-no-record',
      'superseded-elsewhere-changes-no-record',
    ],
  },
  'confirm-keeps': {
    does: 'a CONFIRM is answered, and the record stays',
    fails: {
      'confirm-elsewhere-removes-the-record': 'the record is still there',
      'confirm-elsewhere-ends-the-stream': 'another end',
    },
    also: ['session-is-gone-everywhere-after-final'],
  },
} satisfies Declarations;

export type StoreBug = keyof typeof BUGS;

export const STORE_BUGS: Readonly<Record<StoreBug, Declaration>> = BUGS;
