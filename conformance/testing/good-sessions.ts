/** Traces of stateful sessions with a right server, by hand: a part of the world in good-server.ts. */

import { itemAt } from '../oracle/pcg32.ts';
import { GHOST, TAKEN_OVER } from '../scenarios/server/schedule.ts';
import type { Trace } from '../trace.ts';
import {
  CLIENT_ID,
  final,
  INTERVAL_MS,
  item,
  OK,
  openedStateful,
  RESUME_KEY,
  refused,
  resume,
  start,
  TraceBuilder,
} from './trace-builder.ts';

/** What a right server says of a session that is not there. */
export const NOT_FOUND = refused('NOT_FOUND', 102, 'no session with this client id and resume key');
const STALE = refused('FAILED_PRECONDITION', 106, 'attempt: expected above 5, got 5');
const OTHER_KEY = '00112233445566778899aabbccddeeff';

export function statefulTraces(): Record<string, Trace[]> {
  return {
    'stateful-whole': [1, 2, 6].map((n) =>
      new TraceBuilder('stateful-whole', `n-${n}`, { n })
        .stream('start', start(n, { attempt: 1 }))
        .message(openedStateful(n))
        .items(...Array.from({ length: n - 1 }, (_, index) => item(index)))
        .wait(n === 1 ? 0 : INTERVAL_MS)
        .message(final(n))
        .status(OK)
        .build(),
    ),
    'stateful-jump': [longestTrace()],
    schedules: [
      new TraceBuilder('schedules', 'schedule-0', {
        sessions: [{ clientId: CLIENT_ID, n: 3 }],
        replay: '2a:0',
        schedule: '{}',
      })
        .stream('start', start(3, { attempt: 1 }))
        .message(openedStateful(3))
        .items(item(0), item(1))
        .drop('rst')
        .stream('resume', resume(1, { attempt: 2 }))
        .message(openedStateful(3, 1, { attempt: 2 }))
        .items(item(1))
        .note(TAKEN_OVER)
        .stream('resume', resume(2, { attempt: 3 }))
        .message(openedStateful(3, 2, { attempt: 3 }))
        .items(final(3))
        .status(OK)
        .on(2)
        .status(refused('ABORTED', 105, 'a newer connection has the session'))
        .stream(GHOST, resume(0, { attempt: 2 }))
        .status(STALE)
        .build(),
    ],
    'start-again': startAgainTraces(),
  };
}

function longestTrace(): Trace {
  const trace = new TraceBuilder('stateful-jump', 'longest', { n: 65_535 })
    .stream('start', start(65_535, { attempt: 1 }))
    .message(openedStateful(65_535))
    .items(item(0), item(1), item(2), item(3))
    .drop();
  for (const [i, nextIndex] of [40_000, 65_530, 1].entries()) {
    trace
      .stream(`resume at ${nextIndex}`, resume(nextIndex, { attempt: i + 2 }))
      .message(openedStateful(65_535, nextIndex, { attempt: i + 2 }))
      .items(...[nextIndex, nextIndex + 1].map((index) => item(index, itemAt(42n, index))))
      .drop();
  }
  return trace
    .stream('resume at the end', resume(65_534, { attempt: 5 }))
    .message(openedStateful(65_535, 65_534, { attempt: 5 }))
    .message({
      kind: 'final',
      index: 65_534,
      value: String(0x6bd983e2),
      checksum: '318dc81cc0026b4c2a553c6961bc96da5adb33912eab86a901a9ca7379da9eb8',
    })
    .status(OK)
    .build();
}

function startAgainTraces(): Trace[] {
  const same = new TraceBuilder('start-again', 'same')
    .stream('start', start(6, { attempt: 1 }))
    .message(openedStateful(6))
    .items(item(0), item(1), item(2))
    .drop('rst')
    .stream('start again', start(6, { attempt: 2 }))
    .message(openedStateful(6, 0, { attempt: 2 }))
    .items(item(0), item(1), item(2), item(3), item(4), final(6))
    .status(OK)
    .build();
  const otherN = new TraceBuilder('start-again', 'other-n')
    .stream('start', start(6, { attempt: 1 }))
    .message(openedStateful(6))
    .message(item(0))
    .stream('other n', start(7, { attempt: 2 }))
    .status(refused('ALREADY_EXISTS', 103, 'n: expected 6, got 7'))
    .on(1)
    .wait(INTERVAL_MS)
    .message(item(1))
    .drop()
    .stream('resume', resume(2, { attempt: 2 }))
    .message(openedStateful(6, 2, { attempt: 2 }))
    .items(item(2), item(3), item(4), final(6))
    .status(OK)
    .build();
  const upperCase = new TraceBuilder('start-again', 'upper-case')
    .stream('start', start(9, { clientId: CLIENT_ID.toUpperCase(), attempt: 1 }))
    .message(openedStateful(9))
    .message(item(0))
    .drop()
    .stream('resume', resume(1, { attempt: 2 }))
    .message(openedStateful(9, 1, { attempt: 2 }))
    .message(item(1))
    .drop()
    .build();
  const odd = new TraceBuilder('start-again', 'odd-versions')
    .stream('odd uuid', start(1, { clientId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }))
    .message(openedStateful(1))
    .message(final(1))
    .status(OK)
    .build();
  return [same, otherN, upperCase, odd];
}

export function attemptTraces(): Record<string, Trace[]> {
  const stale = new TraceBuilder('attempts', 'stale')
    .stream('start', start(9, { attempt: 5 }))
    .message(openedStateful(9, 0, { attempt: 5 }))
    .message(item(0));
  for (const attempt of [5, 4, 1]) stale.stream(`stale ${attempt}`, resume(0, { attempt })).status(STALE);
  stale
    .stream('stale start', start(9, { attempt: 5 }))
    .status(STALE)
    .on(1)
    .wait(INTERVAL_MS)
    .message(item(1))
    .drop()
    .stream('fresh', resume(2, { attempt: 6 }))
    .message(openedStateful(9, 2, { attempt: 6 }))
    .message(item(2))
    .drop();
  const absent = new TraceBuilder('attempts', 'absent');
  const labels = ['start absent', 'resume absent', 'resume zero', 'resume 10', 'start again absent'];
  for (const [i, attempt] of [1, 2, 3, 10, 11].entries()) {
    absent
      .stream(labels[i] ?? '', attempt === 10 ? resume(0, { attempt }) : resume(0))
      .message(openedStateful(9, 0, { attempt }))
      .drop();
  }
  absent.stream('stale 11', resume(0, { attempt: 11 })).status(STALE);
  const limit = new TraceBuilder('attempts', 'limit')
    .stream('highest', resume(0, { attempt: 4_294_967_295 }))
    .message(openedStateful(9, 0, { attempt: 4_294_967_295 }))
    .items(item(0), item(1))
    .stream('absent after highest', resume(0))
    .status(STALE)
    .stream('absent start after highest', start(9))
    .status(STALE)
    .on(1)
    .drop();
  const race = new TraceBuilder('attempts', 'race');
  for (const attempt of [2, 3, 4]) {
    race.stream(`race ${attempt}`, resume(0)).message(openedStateful(9, 0, { attempt }));
    if (attempt < 4) race.status(refused('ABORTED', 105));
    else race.drop();
  }
  return {
    attempts: [stale.build(), absent.build(), limit.build(), race.build()],
    takeover: takeoverTraces(),
    ghosts: ghostTraces(),
  };
}

function takeoverTraces(): Trace[] {
  const plain = new TraceBuilder('takeover', 'resume')
    .stream('start', start(7, { attempt: 1 }))
    .message(openedStateful(7))
    .items(item(0), item(1))
    .stream('takeover', resume(2, { attempt: 2 }))
    .message(openedStateful(7, 2, { attempt: 2 }))
    .message(item(2))
    .on(1)
    .status(refused('ABORTED', 105))
    .on(2)
    .wait(INTERVAL_MS)
    .items(item(3), item(4), item(5), { ...final(7) })
    .status(OK)
    .build();
  const finishing = new TraceBuilder('takeover', 'about-to-finish')
    .stream('start', start(3, { attempt: 1 }))
    .message(openedStateful(3))
    .items(item(0), item(1))
    .stream('takeover', resume(0, { attempt: 2 }))
    .message(openedStateful(3, 0, { attempt: 2 }))
    .items(item(0), item(1))
    .drop()
    .stream('after', resume(2, { attempt: 3 }))
    .message(openedStateful(3, 2, { attempt: 3 }))
    .message(final(3))
    .status(OK)
    .build();
  return [plain, finishing];
}

function ghostTraces(): Trace[] {
  return [
    new TraceBuilder('ghosts', 'late-requests')
      .stream('live', resume(0, { attempt: 3 }))
      .message(openedStateful(8, 0, { attempt: 3 }))
      .items(item(0), item(1), item(2))
      .stream('late resume', resume(0, { attempt: 2 }))
      .status(STALE)
      .stream('late start', start(8, { attempt: 1 }))
      .status(STALE)
      .on(1)
      .drop()
      .build(),
    new TraceBuilder('ghosts', 'start-after-completion')
      .stream('start', start(1, { attempt: 1 }))
      .message(openedStateful(1))
      .message(final(1))
      .status(OK)
      .stream('late start', start(5, { attempt: 1 }))
      .message(openedStateful(5, 0, { resumeKey: OTHER_KEY }))
      .items(item(0, 1), item(1, 2))
      .stream('old key', resume(0, { attempt: 2 }))
      .status(NOT_FOUND)
      .on(2)
      .drop()
      .build(),
    new TraceBuilder('ghosts', 'resume-unknown')
      .stream('unknown', resume(0, { attempt: 1 }))
      .status(NOT_FOUND)
      .stream('start', start(3, { attempt: 1 }))
      .message(openedStateful(3))
      .message(item(0))
      .drop()
      .build(),
  ];
}

export function completionTraces(): Record<string, Trace[]> {
  const extensions = ['confirm-final'];
  const confirm = (resumeKey: string, attempt: number) =>
    ({ kind: 'confirm', clientId: CLIENT_ID, resumeKey, attempt }) as const;
  const kept = new TraceBuilder('confirm-final', 'kept-then-confirmed')
    .stream('start', start(2, { attempt: 1, extensions }))
    .message(openedStateful(2, 0, { extensions }))
    .items(item(0), final(2))
    .status(OK)
    .stream('resume after final', resume(0, { attempt: 2, extensions }))
    .message(openedStateful(2, 0, { attempt: 2, extensions }))
    .items(item(0), final(2))
    .status(OK)
    .stream('stale confirm', confirm(RESUME_KEY, 1))
    .status(STALE)
    .stream('wrong key', confirm(OTHER_KEY, 2))
    .status(NOT_FOUND)
    .stream('confirm', confirm(RESUME_KEY, 2))
    .message({ kind: 'confirmed' })
    .status(OK)
    .stream('resume after confirm', resume(0, { attempt: 3, extensions }))
    .status(NOT_FOUND)
    .stream('confirm again', confirm(RESUME_KEY, 2))
    .status(NOT_FOUND)
    .build();
  const lastWithout = new TraceBuilder('confirm-final', 'not-asked-on-the-last-connection')
    .stream('resume without', resume(1, { attempt: 2 }))
    .message(openedStateful(2, 1, { attempt: 2 }))
    .message(final(2))
    .status(OK)
    .stream('resume after final', resume(1, { attempt: 3 }))
    .status(NOT_FOUND)
    .build();
  const attached = new TraceBuilder('confirm-final', 'confirm-while-attached')
    .stream('start', start(9, { attempt: 1, extensions }))
    .message(openedStateful(9, 0, { extensions }))
    .message(item(0))
    .stream('confirm', confirm(RESUME_KEY, 1))
    .message({ kind: 'confirmed' })
    .status(OK)
    .on(1)
    .status(NOT_FOUND)
    .build();
  return {
    discard: [
      new TraceBuilder('discard', 'literal')
        .stream('start', start(2, { attempt: 1 }))
        .message(openedStateful(2))
        .items(item(0), final(2))
        .status(OK)
        .stream('resume at 0', resume(0, { attempt: 2 }))
        .status(NOT_FOUND)
        .stream('resume at 1', resume(1, { attempt: 2 }))
        .status(NOT_FOUND)
        .stream('start again', start(3, { attempt: 1 }))
        .message(openedStateful(3, 0, { resumeKey: OTHER_KEY }))
        .message(item(0, 5))
        .drop()
        .build(),
    ],
    'confirm-final': [kept, lastWithout, attached],
    'prefix-checksum': [prefixTrace()],
  };
}

function prefixTrace(): Trace {
  const extensions = ['prefix-checksum'];
  const told = (count: number, sha256: string, attempt: number) => {
    const opened = openedStateful(9, count, { attempt, extensions });
    if (opened.kind !== 'opened' || opened.sequence?.profile !== 'stateful') throw new Error('not stateful');
    return { ...opened, sequence: { ...opened.sequence, prefixChecksum: { count, sha256 } } };
  };
  return new TraceBuilder('prefix-checksum', 'asked')
    .stream('start', start(9, { attempt: 1, extensions }))
    .message(openedStateful(9, 0, { extensions }))
    .items(item(0), item(1), item(2))
    .drop()
    .stream('resume at 2', resume(2, { attempt: 2, extensions }))
    .message(told(2, '7bd62787ea338e93af200bb3d82bdf5bb6fe73b3babd28ba753835e367403c56', 2))
    .drop()
    .stream('resume at 0', resume(0, { attempt: 3, extensions }))
    .message(told(0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 3))
    .drop()
    .stream('resume without', resume(2, { attempt: 4 }))
    .message(openedStateful(9, 2, { attempt: 4 }))
    .drop()
    .build();
}
