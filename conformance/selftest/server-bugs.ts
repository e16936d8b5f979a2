/** Servers with one wrong decision each, and the checks that are there to find it. */

/** What a mutant must fail, and what may fail besides. */
export interface Declaration {
  /** What it does wrong, for the table. */
  readonly does: string;
  /** Every one of these checks must fail. */
  readonly fails: readonly string[];
  /** These may fail as well (`*` at the end: all that begin so); any other failure is a fault of the suite. */
  readonly also?: readonly string[];
}

const BUGS = {
  'resumes-one-late': {
    does: 'a RESUME goes on one item too late',
    fails: ['indexes-are-contiguous'],
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
    fails: ['indexes-are-contiguous'],
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
    fails: ['opened-says-next-index'],
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
    fails: ['values-are-the-same-on-every-connection'],
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
  'checksum-without-last': {
    does: 'the checksum leaves the last number out',
    fails: ['final-carries-the-checksum'],
  },
  'checksum-little-endian': {
    does: 'the checksum takes numbers in little-endian order',
    fails: ['final-carries-the-checksum'],
  },
  'checksum-of-decimals': {
    does: 'the checksum is over decimal text',
    fails: ['final-carries-the-checksum'],
  },
  'no-pace': {
    does: 'items come every 10 ms',
    fails: ['pace-is-one-item-per-interval', 'items-never-come-in-bursts'],
    also: ['random-schedules-complete', 'random-ghosts-are-refused', 'garbage-is-survived', 'superseded-stream-*'],
  },
  'pace-too-fast': {
    does: 'items come at 0.95 intervals',
    fails: ['pace-is-one-item-per-interval'],
  },
  'bursts-after-resume': {
    does: 'a RESUME begins with three items at once',
    fails: ['items-never-come-in-bursts'],
    also: ['random-schedules-complete', 'superseded-stream-changes-nothing'],
  },
  'retention-too-short': {
    does: 'sessions are kept for 0.6 of the retention',
    fails: ['session-is-kept-for-the-retention', 'each-drop-starts-the-retention-anew'],
    also: ['strangers-do-not-touch-the-retention'],
  },
  'retention-too-long': {
    does: 'sessions are kept for twice the retention',
    fails: ['session-expires-after-the-retention', 'each-drop-starts-the-retention-anew'],
    also: ['strangers-do-not-touch-the-retention'],
  },
  'retention-never': {
    does: 'sessions are never discarded',
    fails: ['session-expires-after-the-retention', 'each-drop-starts-the-retention-anew'],
    also: ['strangers-do-not-touch-the-retention', 'old-key-opens-no-new-session'],
  },
  'retention-from-start': {
    does: 'the retention counts from the last attach',
    fails: ['attached-session-is-kept', 'each-drop-starts-the-retention-anew'],
    also: ['session-is-kept-for-the-retention', 'strangers-do-not-touch-the-retention'],
  },
  'kept-after-final': {
    does: 'sessions are kept after FINAL',
    fails: ['session-is-gone-after-final'],
    also: ['old-key-opens-no-new-session', 'confirm-final-is-a-matter-of-the-connection'],
  },
  'stale-stream-finishes': {
    does: 'a superseded stream discards the session when it would have sent FINAL',
    fails: ['superseded-stream-changes-nothing'],
    also: ['random-schedules-complete', 'random-ghosts-are-refused'],
  },
  'stale-stream-detaches': {
    does: 'the end of a superseded stream starts the retention',
    fails: ['attached-session-is-kept'],
    also: ['superseded-stream-changes-nothing'],
  },
  'both-streams-live': {
    does: 'a takeover leaves the older stream alive',
    fails: ['superseded-stream-ends', 'random-takeovers-end-the-older-stream'],
    also: ['attach-is-atomic', 'superseded-stream-changes-nothing'],
  },
  'takeover-refused': {
    does: 'a newer attempt for an attached session is refused',
    fails: ['takeover-is-served-at-once'],
    also: [
      'random-schedules-complete',
      'attach-is-atomic',
      'superseded-stream-*',
      'half-open-connection-does-not-block',
      'attached-session-is-kept',
    ],
  },
  'other-n-accepted': {
    does: 'a START with another n begins a new session',
    fails: ['start-with-another-n-conflicts'],
    also: ['checks-come-in-their-order', 'refusals-disturb-nobody'],
  },
  'resume-creates': {
    does: 'a RESUME creates a session',
    fails: ['resume-creates-nothing'],
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
    fails: ['wrong-resume-key-is-refused'],
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
    fails: ['stale-attempt-is-refused', 'late-requests-steal-nothing', 'random-ghosts-are-refused'],
    also: ['random-schedules-complete', 'absent-attempt-is-the-next', 'attach-is-atomic', 'superseded-stream-*'],
  },
  'n-0-accepted': {
    does: 'n = 0 is served',
    fails: ['n-out-of-range-is-refused'],
    also: ['checks-come-in-their-order'],
  },
  'any-version': {
    does: 'any protocol_version is served',
    fails: ['other-versions-are-refused'],
    also: ['checks-come-in-their-order'],
  },
  'wrong-code': {
    does: 'an index out of range is INVALID_REQUEST',
    fails: ['next-index-out-of-range-is-refused', 'stateless-index-out-of-range-is-refused'],
    also: ['checks-come-in-their-order'],
  },
  'a-is-zero': {
    does: 'a is 0',
    fails: ['stateless-a-is-in-range'],
    also: [
      'values-are-encoded-as-their-profile-says',
      'stateless-resume-is-served-anywhere',
      'stateless-values-are-exact',
    ],
  },
  'a-is-256': {
    does: 'a is 256',
    fails: ['stateless-a-is-in-range'],
    also: ['stateless-resume-is-served-anywhere'],
  },
  'doubling-wraps-at-32-bits': {
    does: 'values wrap at 32 bits',
    fails: ['stateless-values-are-exact'],
    also: ['values-are-encoded-as-their-profile-says'],
  },
  'doubling-in-doubles': {
    does: 'values go through a double',
    fails: ['stateless-values-are-exact'],
  },
  'describe-lies': {
    does: 'DESCRIBE says half the interval',
    fails: ['interval-is-as-declared'],
  },
} satisfies Record<string, Declaration>;

export type ServerBug = keyof typeof BUGS;

export const SERVER_BUGS: Readonly<Record<ServerBug, Declaration>> = BUGS;
