/** Servers that are wrong about time: pace, retention, liveness. */

import type { Declarations } from './declaration.ts';

export const TIME_BUGS = {
  'no-pace': {
    does: 'items come every 10 ms',
    fails: {
      'pace-is-one-item-per-interval': 'another rate',
      'items-never-come-in-bursts': 'comes too soon after the one before',
    },
    also: ['garbage-is-survived', 'superseded-stream-*', 'random-schedules-complete', 'random-ghosts-are-refused'],
  },
  'pace-too-fast': {
    does: 'items come at 0.95 intervals',
    fails: {
      'pace-is-one-item-per-interval': 'another rate',
    },
  },
  'bursts-after-resume': {
    does: 'a RESUME begins with three items at once',
    fails: {
      'items-never-come-in-bursts': 'comes too soon after the one before',
    },
    also: ['random-schedules-complete', 'superseded-stream-changes-nothing'],
  },
  'retention-too-short': {
    does: 'sessions are kept for 0.6 of the retention',
    fails: {
      'session-is-kept-for-the-retention': 'the session is gone too early: probe',
      'each-drop-starts-the-retention-anew': 'the session is gone too early: probe',
    },
    also: ['strangers-do-not-touch-the-retention'],
  },
  'retention-too-long': {
    does: 'sessions are kept for twice the retention',
    fails: {
      'session-expires-after-the-retention': 'the session is still there: probe',
      'each-drop-starts-the-retention-anew': 'the session is still there: probe',
    },
    also: ['strangers-do-not-touch-the-retention'],
  },
  'retention-never': {
    does: 'sessions are never discarded',
    fails: {
      'session-expires-after-the-retention': 'the session is still there: probe',
      'each-drop-starts-the-retention-anew': 'the session is still there: probe',
    },
    also: ['strangers-do-not-touch-the-retention', 'old-key-opens-no-new-session'],
  },
  'retention-from-start': {
    does: 'the retention counts from the last attach',
    fails: {
      'attached-session-is-kept': 'return: not served',
      'each-drop-starts-the-retention-anew': 'the session is gone too early: probe',
    },
    also: ['session-is-kept-for-the-retention', 'strangers-do-not-touch-the-retention'],
  },
  'pace-too-slow': {
    does: 'items come at 1.05 intervals',
    fails: {
      'pace-is-one-item-per-interval': 'another rate',
    },
  },
  'first-item-late': {
    does: 'the first item comes a whole interval after OPENED',
    fails: {
      'first-item-comes-at-once': 'the first item is late',
    },
  },
  'retention-not-renewed': {
    does: 'the retention counts from the first drop of a session',
    fails: {
      'each-drop-starts-the-retention-anew': 'the session is gone too early: probe',
    },
    also: ['attached-session-is-kept', 'random-schedules-complete', 'random-*'],
  },
  'retention-while-connected': {
    does: 'an attach does not stop the retention',
    fails: {
      'attached-session-is-kept': 'return: not served',
    },
    also: ['random-*'],
  },
  'stranger-restarts-retention': {
    does: 'a refused request for a session starts its retention anew',
    fails: {
      'strangers-do-not-touch-the-retention': 'the session is still there: probe',
    },
  },
  'stranger-ends-the-session': {
    does: 'a request with a wrong key discards a detached session',
    fails: {
      'strangers-do-not-touch-the-retention': 'the session is gone too early: probe',
    },
  },
  'short-retention-declared': {
    does: 'declares a retention below 30 s, and keeps to it',
    fails: {
      'retention-is-30-s': 'another retention',
    },
  },
  'no-keepalive': {
    does: 'no keepalive pings: a dead connection stays',
    fails: {
      'dead-peer-is-noticed': 'the dead connection is not noticed',
    },
  },
  'pings-are-abuse': {
    does: 'the second PING of a client closes its connection',
    fails: {
      'keepalive-pings-are-answered': 'the connection was closed at a PING (ping 2: closed)',
    },
  },
} satisfies Declarations;
