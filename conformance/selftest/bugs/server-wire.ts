/** Servers that put the right numbers on the wire in a wrong way. */

import type { Declarations } from './declaration.ts';

export const WIRE_BUGS = {
  'opened-twice': {
    does: 'OPENED comes twice',
    fails: {
      'opened-comes-once-and-first': 'OPENED is missing, late or repeated',
    },
  },
  'opened-says-0': {
    does: 'OPENED says next_index 0 after a RESUME as well',
    fails: {
      'opened-says-next-index': 'another next_index',
      'indexes-are-contiguous': 'has another index',
    },
    also: ['*'],
  },
  'opened-says-attempt-1': {
    does: 'OPENED says attempt 1, whatever the attempt is',
    fails: {
      'opened-says-attempt': 'another attempt',
      'absent-attempt-is-the-next': 'another attempt',
    },
    also: ['attach-is-atomic', 'attempts-end-at-their-limit', 'random-*'],
  },
  'opened-without-n': {
    does: 'OPENED does not say n',
    fails: {
      'start-creates-a-session': 'no new session',
    },
    also: [
      'final-carries-the-checksum',
      'random-schedules-complete',
      'next-index-out-of-range-is-refused',
      'checks-come-in-their-order',
      'refusals-disturb-nobody',
      'random-*',
    ],
  },
  'grants-unasked': {
    does: 'OPENED of a START grants extensions that were not asked for',
    fails: {
      'grants-only-what-was-asked': 'an extension too many',
    },
    also: ['listed-extensions-are-granted'],
  },
  'grants-on-stateless': {
    does: 'extensions of sessions are granted on stateless requests',
    fails: {
      'no-session-extension-on-stateless': 'granted; expected no extension',
      'grants-only-what-was-asked': 'an extension too many',
    },
  },
  'opened-says-other-interval': {
    does: 'OPENED says 1.25 times the interval that is kept and declared',
    fails: {
      'interval-is-as-declared': 'another interval',
    },
    also: ['pace-is-one-item-per-interval', 'items-never-come-in-bursts'],
  },
  'opened-says-other-retention': {
    does: 'OPENED says half the retention that is kept and declared',
    fails: {
      'retention-is-as-declared': 'another retention',
    },
  },
  'no-key-on-resume': {
    does: 'OPENED of a RESUME has no resume key',
    fails: {
      'resume-key-stays-the-same': 'another resume key',
    },
    also: ['*'],
  },
  'stays-open-after-final': {
    does: 'the stream is not ended after FINAL',
    fails: {
      'streams-come-to-their-end': 'the stream does not come to its end',
    },
    also: ['*'],
  },
  'error-after-final': {
    does: 'the stream ends with an error after FINAL',
    fails: {
      'stream-ends-after-final': 'does not end right after FINAL',
    },
    also: ['*'],
  },
  'final-as-item': {
    does: 'the last number comes as ITEM',
    fails: {
      'final-carries-the-checksum': 'came as item',
    },
    also: [
      'random-schedules-complete',
      'stream-ends-after-final',
      'session-is-gone-after-final',
      'old-key-opens-no-new-session',
      'confirm-*',
      'superseded-stream-*',
      'streams-come-to-their-end',
      'wrong-confirm-is-refused',
      'random-*',
    ],
  },
  'values-with-leading-zeros': {
    does: 'stateless values have 8 bytes or more',
    fails: {
      'values-are-encoded-as-their-profile-says': 'is encoded in another way',
    },
  },
  'numbers-as-bytes': {
    does: 'stateful values are encoded as bytes',
    fails: {
      'values-are-encoded-as-their-profile-says': 'is encoded in another way',
    },
    also: ['final-carries-the-checksum'],
  },
  'no-reseq-code': {
    does: 'errors carry no reseq-code',
    fails: {
      'errors-travel-with-their-code': 'status and code do not agree with the registry',
    },
    also: ['*'],
  },
  'asks-for-retry': {
    does: 'terminal errors say when to come back',
    fails: {
      'terminal-errors-ask-for-no-retry': 'a terminal error asks for a retry',
    },
  },
  'stateless-ends-with-error': {
    does: 'a stateless stream ends with an error after its last item',
    fails: {
      'stateless-ends-after-65534': 'another end',
    },
    also: ['streams-come-to-their-end'],
  },
  'stateless-goes-on': {
    does: 'a stateless stream goes on beyond index 65534',
    fails: {
      'stateless-ends-after-65534': 'another end',
    },
  },
  'prefix-always': {
    does: 'OPENED of a START has a prefix checksum',
    fails: {
      'prefix-checksum-only-where-asked': 'a prefix checksum',
    },
  },
  'prefix-one-more': {
    does: 'the prefix checksum covers one item too many',
    fails: {
      'prefix-checksum-covers-what-was-received': 'another prefix checksum',
    },
  },
} satisfies Declarations;
