/** Servers that are wrong about sessions: resuming, attempts, takeover, completion. */

import type { Declarations } from './declaration.ts';

export const SESSION_BUGS = {
  'resumes-one-late': {
    does: 'a RESUME goes on one item too late',
    fails: {
      'indexes-are-contiguous': 'has another index',
    },
    also: [
      'stateless-ends-after-65534',
      'longest-sequence-is-served',
      'random-schedules-complete',
      'superseded-stream-*',
      'confirm-*',
      'wrong-confirm-is-refused',
      'session-is-gone-after-final',
      'prefix-checksum-covers-what-was-received',
      'streams-come-to-their-end',
      'takeover-is-served-at-once',
    ],
  },
  'resumes-one-early': {
    does: 'a RESUME goes on one item too early',
    fails: {
      'indexes-are-contiguous': 'has another index',
    },
    also: [
      'longest-sequence-is-served',
      'random-schedules-complete',
      'superseded-stream-*',
      'streams-come-to-their-end',
      'values-are-pcg32',
      'confirm-*',
      'prefix-checksum-covers-what-was-received',
    ],
  },
  'resume-at-0': {
    does: 'a RESUME begins at 0',
    fails: {
      'opened-says-next-index': 'another next_index',
    },
    also: [
      'streams-come-to-their-end',
      'longest-sequence-is-served',
      'random-schedules-complete',
      'start-with-another-n-conflicts',
      'client-id-case-does-not-matter',
      'stale-attempt-is-refused',
      'superseded-stream-*',
      'confirm-*',
      'wrong-confirm-is-refused',
      'stateless-*',
      'prefix-checksum-covers-what-was-received',
      'garbage-is-survived',
    ],
  },
  'reseeds-on-resume': {
    does: 'each attach draws a new seed',
    fails: {
      'values-are-the-same-on-every-connection': 'has two values at index',
    },
    also: [
      'resume-key-*',
      'values-are-pcg32',
      'final-carries-the-checksum',
      'prefix-checksum-covers-what-was-received',
      'start-again-attaches',
      'random-schedules-complete',
      'longest-sequence-is-served',
      'superseded-stream-changes-nothing',
      'attach-is-atomic',
    ],
  },
  'kept-after-final': {
    does: 'sessions are kept after FINAL',
    fails: {
      'session-is-gone-after-final': 'resume at 0: not refused as it has to be',
    },
    also: ['old-key-opens-no-new-session', 'confirm-final-is-a-matter-of-the-connection'],
  },
  'stale-stream-finishes': {
    does: 'a superseded stream discards the session when it would have sent FINAL',
    fails: {
      'superseded-stream-changes-nothing': 'after: not served',
    },
    also: ['random-schedules-complete', 'random-ghosts-are-refused'],
  },
  'stale-stream-detaches': {
    does: 'the end of a superseded stream starts the retention',
    fails: {
      'attached-session-is-kept': 'return: not served',
    },
    also: ['superseded-stream-changes-nothing'],
  },
  'both-streams-live': {
    does: 'a takeover leaves the older stream alive',
    fails: {
      'random-takeovers-end-the-older-stream': 'still',
      'superseded-stream-ends': 'the old stream still carries items',
    },
    also: ['attach-is-atomic', 'superseded-stream-changes-nothing'],
  },
  'takeover-refused': {
    does: 'a newer attempt for an attached session is refused',
    fails: {
      'takeover-is-served-at-once': 'takeover: not served',
      'half-open-connection-does-not-block': 'resume beside the dead one: not served',
    },
    also: [
      'random-schedules-complete',
      'attach-is-atomic',
      'superseded-stream-*',
      'attached-session-is-kept',
      'random-*',
    ],
  },
  'other-n-accepted': {
    does: 'a START with another n begins a new session',
    fails: {
      'start-with-another-n-conflicts': 'other n: not refused as it has to be',
    },
    also: ['checks-come-in-their-order', 'refusals-disturb-nobody'],
  },
  'resume-creates': {
    does: 'a RESUME creates a session',
    fails: {
      'resume-creates-nothing': 'unknown: not refused as it has to be',
    },
    also: [
      'wrong-resume-key-is-refused',
      'checks-come-in-their-order',
      'refusals-disturb-nobody',
      'resume-key-stays-the-same',
      'old-key-opens-no-new-session',
      'session-is-gone-after-final',
      'confirm-*',
      'wrong-confirm-is-refused',
      'session-expires-after-the-retention',
      'strangers-do-not-touch-the-retention',
      'each-drop-starts-the-retention-anew',
    ],
  },
  'resume-key-ignored': {
    does: 'any resume key will do',
    fails: {
      'wrong-resume-key-is-refused': 'bad: not refused as it has to be',
    },
    also: [
      'checks-come-in-their-order',
      'refusals-disturb-nobody',
      'resume-key-stays-the-same',
      'old-key-opens-no-new-session',
      'confirm-discards-the-session',
      'wrong-confirm-is-refused',
      'strangers-do-not-touch-the-retention',
      'resume-creates-nothing',
    ],
  },
  'attempt-ignored': {
    does: 'stale attempts are served',
    fails: {
      'random-ghosts-are-refused': 'not refused as it has to be',
      'stale-attempt-is-refused': 'stale 5: not refused as it has to be',
      'late-requests-steal-nothing': 'late resume: not refused as it has to be',
    },
    also: ['absent-attempt-is-the-next', 'attach-is-atomic', 'superseded-stream-*', 'random-schedules-complete'],
  },
  'start-replaces': {
    does: 'a START for a known client id begins a new session',
    fails: {
      'start-again-attaches': 'another session',
    },
    also: ['*'],
  },
  'case-matters': {
    does: 'client ids that differ in the case of letters are different',
    fails: {
      'client-id-case-does-not-matter': 'resume: not served',
    },
  },
  'absent-is-1': {
    does: 'an absent attempt counts as 1',
    fails: {
      'absent-attempt-is-the-next': 'another attempt',
    },
    also: ['attach-is-atomic', 'any-uuid-version-is-accepted'],
  },
  'attempts-wrap': {
    does: 'after attempt 4294967295 an absent one counts as 1',
    fails: {
      'attempts-end-at-their-limit': 'not refused as it has to be',
    },
  },
  'attaches-in-two-steps': {
    does: 'the stored attempt is read, and written a moment later',
    fails: {
      'attach-is-atomic': 'two streams hold the same attempt',
    },
    also: ['*'],
  },
  'rewind-refused': {
    does: 'a RESUME before what was sent is refused',
    fails: {
      'longest-sequence-is-served': 'not served',
      'random-schedules-complete': 'refused',
    },
    also: ['*'],
  },
  'far-index-refused': {
    does: 'a RESUME beyond index 32767 is refused',
    fails: {
      'longest-sequence-is-served': 'not served',
    },
  },
  'stateless-remembers': {
    does: 'a stateless RESUME is served for values of a that this server has drawn',
    fails: {
      'stateless-resume-is-served-anywhere': 'resume: not served',
    },
    also: ['stateless-*', 'refusal-names-the-field', 'refusal-says-expected-and-got', 'checks-come-in-their-order'],
  },
  'stores-attempt-first': {
    does: 'a RESUME out of range stores its attempt before it is refused',
    fails: {
      'next-index-out-of-range-is-refused': 'after: not served',
    },
    also: ['refusals-disturb-nobody', 'checks-come-in-their-order'],
  },
  'stale-ends-live': {
    does: 'a stale attempt ends the stream that is attached',
    fails: {
      'stale-attempt-is-refused': 'start: too few items came',
      'late-requests-steal-nothing': 'live: too few items came',
    },
    also: ['*'],
  },
  'confirm-final-discards': {
    does: 'confirm-final is granted and the session discarded after FINAL all the same',
    fails: {
      'confirm-final-keeps-the-session': 'resume after final: not served',
    },
    also: ['confirm-*', 'wrong-confirm-is-refused', 'random-schedules-complete', 'random-*'],
  },
  'confirm-does-nothing': {
    does: 'CONFIRM is answered and the session kept',
    fails: {
      'confirm-discards-the-session': 'resume after confirm: not refused as it has to be',
      'confirm-ends-an-attached-stream': 'another end',
    },
    also: ['wrong-confirm-is-refused'],
  },
  'confirm-unchecked': {
    does: 'CONFIRM with any key and attempt discards the session',
    fails: {
      'wrong-confirm-is-refused': 'stale confirm: not refused as it has to be',
    },
    also: ['confirm-*'],
  },
  'confirm-sticks': {
    does: 'a grant of confirm-final holds for the session',
    fails: {
      'confirm-final-is-a-matter-of-the-connection': 'resume after final: not refused as it has to be',
    },
  },
  'confirm-leaves-the-stream': {
    does: 'CONFIRM leaves the attached stream alive',
    fails: {
      'confirm-ends-an-attached-stream': 'another end',
    },
  },
  'leaks-between-clients': {
    does: 'once one client is granted confirm-final it holds for all',
    fails: {
      'session-is-gone-after-final': 'not refused as it has to be',
    },
    also: ['*'],
  },
  'one-stream-per-connection': {
    does: 'a second stream on a connection ends the first',
    fails: {
      'streams-do-not-touch-each-other': 'too few items came',
    },
    also: ['streams-come-to-their-end', 'random-*', 'superseded-*'],
  },
  'discards-before-final': {
    does: 'the session is discarded before FINAL is sent',
    fails: {
      'confirm-final-keeps-the-session': 'resume after final: not served',
    },
    also: ['*'],
  },
} satisfies Declarations;
