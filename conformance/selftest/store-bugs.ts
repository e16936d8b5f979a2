/** Servers on a shared store with one wrong decision each, and the checks that are there to find it. */

import type { Declaration } from './server-bugs.ts';

const BUGS = {
  'attempt-not-compared': {
    does: 'renewals and deletions compare the seed alone',
    fails: ['superseded-elsewhere-changes-no-record', 'superseded-elsewhere-ends'],
    also: ['attach-is-atomic-across-instances'],
  },
  'seed-not-compared': {
    does: 'renewals and deletions compare the attempt alone',
    fails: ['former-life-changes-no-record'],
  },
  'never-renews': {
    does: 'the time to live is set once, when a connection attaches',
    fails: ['lease-is-renewed-while-attached'],
    also: ['*'],
  },
  'ttl-removed-by-write': {
    does: 'attaching leaves the record without a deadline until the next renewal',
    fails: ['lease-is-renewed-while-attached'],
    also: ['*'],
  },
  'deletes-unconditionally': {
    does: 'after the final message the record is deleted, whoever holds it',
    fails: ['superseded-elsewhere-changes-no-record', 'former-life-changes-no-record'],
  },
  'key-not-shared': {
    does: 'each instance has a prefix of its own',
    fails: ['sessions-move-between-instances', 'record-is-minimal-and-in-form'],
    also: ['*'],
  },
  'get-then-set': {
    does: 'attaching reads, and writes in a second step',
    fails: ['attach-is-atomic-across-instances'],
  },
  'outage-is-not-found': {
    does: 'a store that does not answer is told as SESSION_NOT_FOUND',
    fails: ['outage-is-unavailable'],
    also: ['malformed-record-is-an-error'],
  },
  'position-stored': {
    does: 'the record has the position as well',
    fails: ['record-is-minimal-and-in-form'],
  },
  'detaches-too-long': {
    does: 'a dropped session is kept for twice the retention',
    fails: ['drop-starts-the-retention-in-the-record', 'session-expires-across-instances'],
    also: ['confirm-elsewhere-removes-the-record'],
  },
  'detaches-too-short': {
    does: 'a dropped session is kept for half the retention',
    fails: ['drop-starts-the-retention-in-the-record', 'session-is-kept-across-instances'],
    also: ['*'],
  },
  'drops-unknown-fields': {
    does: 'attaching writes the record anew',
    fails: ['unknown-fields-of-a-record-are-kept'],
  },
  'malformed-is-none': {
    does: 'a malformed record counts as none',
    fails: ['malformed-record-is-an-error', 'malformed-record-is-left-alone'],
  },
  'full-is-unavailable': {
    does: 'a store without memory is told as one that does not answer',
    fails: ['full-store-is-overloaded'],
  },
  'no-deadline': {
    does: 'operations wait for the store without end',
    fails: ['outage-is-unavailable'],
    also: ['*'],
  },
  'ends-at-outage': {
    does: 'streams end as soon as a renewal is not answered',
    fails: ['streams-go-on-through-an-outage', 'lease-ends-the-stream'],
  },
  'outlives-its-lease': {
    does: 'streams go on without a store for ever',
    fails: ['lease-ends-the-stream'],
  },
  'final-without-renewal': {
    does: 'the final message is sent without asking the store',
    fails: ['no-final-without-a-renewal'],
  },
  'kept-after-final': {
    does: 'the record stays after the final message',
    fails: ['record-is-gone-after-final', 'session-is-gone-everywhere-after-final', 'injected-records-are-served'],
  },
  'revives-missing': {
    does: 'a renewal writes a record that has vanished',
    fails: ['missing-record-ends-the-stream', 'confirm-elsewhere-ends-the-stream'],
    also: ['*'],
  },
  'superseded-go-on': {
    does: 'streams of sessions that are lost go on',
    fails: ['superseded-elsewhere-ends', 'missing-record-ends-the-stream'],
    also: ['*'],
  },
} satisfies Record<string, Declaration>;

export type StoreBug = keyof typeof BUGS;

export const STORE_BUGS: Readonly<Record<StoreBug, Declaration>> = BUGS;
