/** Checks of stateful sessions that are opened: START again, attempts, takeover, ghosts. */

import { ERRORS } from '../../../protocol/errors.ts';
import type { Check } from '../../check.ts';
import { allStreams, labelled, type Stream } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, failed, inconclusive, type Verdict } from '../../verdict.ts';
import {
  both,
  each,
  firstFault,
  notCarried,
  notRefused,
  notServed,
  serverCheck,
  streamFault,
  withStreams,
} from './common.ts';
import { attemptOf, caseCheck, hasAttempt, otherSession, sameSession, unreachable } from './session-case.ts';

const startAgainChecks: readonly Check[] = [
  serverCheck({
    id: 'start-creates-a-session',
    title: 'a START for a client id without a session creates one and attaches at index 0',
    profile: 'stateful',
    requirements: ['RSQ-OPN-2@91ebdb240d53', 'RSQ-SFL-2@ae544374daf8'],
    scenario: 'stateful-whole',
    judge: (traces) =>
      each(labelled(traces, 'start'), 'first starts', (stream) => {
        const sequence = stream.opened?.sequence;
        const n = stream.trace.facts['n'];
        if (stream.opened?.nextIndex === 0 && sequence?.profile === 'stateful' && sequence.n === n) return undefined;
        return streamFault(stream, 'no new session', `OPENED at index 0 with n ${n}`);
      }),
  }),
  caseCheck({
    id: 'start-again-attaches',
    title: 'a START with the same n and a higher attempt attaches at index 0 with the same values',
    requirements: ['RSQ-OPN-3@b9e3463903e7'],
    scenario: 'start-again',
    caseId: 'same',
    labels: ['start', 'start again'],
    judge: (start = unreachable(), again = unreachable()) => [
      notServed(again, 0),
      sameSession(again, start),
      notCarried(again, 6),
      ...start.values.map((value, i) =>
        again.values[i]?.value === value.value
          ? undefined
          : failed(`value ${i} has changed`, {
              expected: value.value,
              actual: again.values[i]?.value ?? 'nothing',
              at: again.ref,
            }),
      ),
    ],
  }),
  caseCheck({
    id: 'start-with-another-n-conflicts',
    title: 'a START with another n is refused and the session goes on',
    requirements: ['RSQ-OPN-4@1ab7ff23c37b'],
    scenario: 'start-again',
    caseId: 'other-n',
    labels: ['start', 'other n', 'resume'],
    judge: (start = unreachable(), conflict = unreachable(), resume = unreachable()) => [
      notRefused(conflict, 'SESSION_CONFLICT'),
      notCarried(start, 2),
      notServed(resume, 2),
      notCarried(resume, 2),
    ],
  }),
  caseCheck({
    id: 'client-id-case-does-not-matter',
    title: 'client ids that differ in the case of letters only are the same',
    requirements: ['RSQ-ENC-2@7e08dc4af4b5'],
    scenario: 'start-again',
    caseId: 'upper-case',
    labels: ['start', 'resume'],
    judge: (_start, resume = unreachable()) => [notServed(resume, 1), notCarried(resume, 1)],
  }),
  serverCheck({
    id: 'any-uuid-version-is-accepted',
    title: 'client ids of any version and variant are accepted',
    profile: 'stateful',
    requirements: ['RSQ-ENC-3@af8e9ae69a73'],
    scenario: 'start-again',
    judge: (traces) => each(labelled(traces, 'odd uuid'), 'odd uuids', (stream) => notServed(stream, 0)),
  }),
];

const attemptChecks: readonly Check[] = [
  caseCheck({
    id: 'stale-attempt-is-refused',
    title: 'an equal or lower attempt is refused; the session and its stream stay as they are',
    requirements: ['RSQ-ATT-2@f04d52f278e1', 'RSQ-ATT-3@1e578788f411'],
    scenario: 'attempts',
    caseId: 'stale',
    labels: ['start', 'stale 5', 'stale 4', 'stale 1', 'stale start', 'fresh'],
    judge: (start = unreachable(), ...rest) => [
      ...rest.slice(0, 4).map((stream) => notRefused(stream, 'STALE_ATTEMPT')),
      notCarried(start, 2),
      ...rest.slice(4).flatMap((fresh) => [notServed(fresh, 2), notCarried(fresh, 1)]),
    ],
  }),
  caseCheck({
    id: 'absent-attempt-is-the-next',
    title: 'an absent attempt, or 0, counts as the stored one plus 1',
    requirements: ['RSQ-ATT-4@646ecef1bbfa'],
    scenario: 'attempts',
    caseId: 'absent',
    labels: ['start absent', 'resume absent', 'resume zero', 'resume 10', 'start again absent', 'stale 11'],
    judge: (...streams) => [
      ...[1, 2, 3, 10, 11].map((attempt, i) => hasAttempt(streams[i] ?? unreachable(), attempt)),
      notRefused(streams[5] ?? unreachable(), 'STALE_ATTEMPT'),
    ],
  }),
  caseCheck({
    id: 'attempts-end-at-their-limit',
    title: 'when the stored attempt is 4294967295 an absent one is refused',
    requirements: ['RSQ-ATT-5@e2f60735edfa'],
    scenario: 'attempts',
    caseId: 'limit',
    labels: ['highest', 'absent after highest', 'absent start after highest'],
    judge: (highest = unreachable(), ...absent) => [
      hasAttempt(highest, 4_294_967_295),
      ...absent.map((stream) => notRefused(stream, 'STALE_ATTEMPT')),
      notCarried(highest, 2),
    ],
  }),
  serverCheck({
    id: 'attach-is-atomic',
    title: 'of requests that race each gets an attempt of its own, and one stream is left',
    profile: 'stateful',
    requirements: ['RSQ-ATT-2@f04d52f278e1'],
    scenario: 'attempts',
    judge: (traces) => judgeRace(labelled(traces, 'race')),
  }),
];

/** Streams without an attempt that were asked for at the same moment. */
export function judgeRace(racers: readonly Stream[]): Verdict {
  if (racers.length < 2) return blocked('the session was not opened');
  const numbers = racers.map((stream) => attemptOf(stream));
  const opened = each(racers, 'racing resumes', (stream) => notServed(stream, 0));
  if (opened.verdict !== 'PASS') return opened;
  if (new Set(numbers).size < racers.length) {
    return failed('two streams hold the same attempt', { expected: 'different attempts', actual: numbers.join(', ') });
  }
  const alive = racers.filter(({ status }) => status === undefined);
  const newest = Math.max(...numbers.map(Number));
  const [survivor] = alive;
  if (alive.length === 1 && survivor !== undefined && attemptOf(survivor) === newest) return opened;
  return failed('not exactly the stream with the highest attempt is left', {
    expected: `one stream, with attempt ${newest}`,
    actual: `streams with attempts ${alive.map((stream) => attemptOf(stream)).join(', ') || 'none'}`,
  });
}

export interface Takeover {
  readonly old: Stream;
  readonly taker: Stream;
}

/** Old streams of takeovers with the stream that took over. */
export function takeovers(traces: readonly Trace[]): Takeover[] {
  return traces.flatMap((trace) => {
    const [old] = labelled(trace, 'start');
    const [taker] = labelled(trace, 'takeover');
    if (old === undefined || taker === undefined || cameTooLate(old, taker)) return [];
    return [{ old, taker }];
  });
}

/** An answer that takes so long may be given when the old stream has come to its end in the meantime. */
const SLOW_ANSWER_MS = 500;

/** Whether the old stream had ended, or may have, before the takeover was carried out: it has nothing to show then. */
function cameTooLate(old: Stream, taker: Stream): boolean {
  const isGone = taker.status?.code === ERRORS.SESSION_NOT_FOUND.code;
  return old.final !== undefined || (isGone && (taker.statusAtMs ?? 0) - taker.requestAtMs > SLOW_ANSWER_MS);
}

function askedIndex({ request }: Stream): number | undefined {
  return request.kind === 'stateful-resume' ? request.nextIndex : undefined;
}

/** By then the older stream has ended, in milliseconds of the run. */
export function supersededLimit({ taker }: Takeover, intervalMs: number): number {
  return (taker.openedAtMs ?? taker.requestAtMs) + intervalMs + 1_000 + taker.trace.lag.maxMs;
}

/** Undefined when the old stream has ended in time and carried nothing later. */
export function notSuperseded(pair: Takeover, intervalMs: number): Verdict | undefined {
  const { old } = pair;
  const limit = supersededLimit(pair, intervalMs);
  const late = old.values.find(({ atMs }) => atMs > limit);
  if (late !== undefined)
    return failed('the old stream still carries items', {
      expected: 'no item',
      actual: `index ${late.index}`,
      at: late.ref,
    });
  if (old.status === undefined) return streamFault(old, 'still alive', 'ABORTED with reseq-code 105');
  const { code, grpc } = old.status;
  if (code !== 105 || grpc !== 'ABORTED') return streamFault(old, 'another end', 'ABORTED with reseq-code 105');
  if ((old.statusAtMs ?? 0) <= limit) return undefined;
  const actual = `at ${Math.round(old.statusAtMs ?? 0)} ms`;
  return streamFault(old, 'ends too late', `by ${Math.round(limit)} ms`, actual);
}

const takeoverChecks: readonly Check[] = [
  serverCheck({
    id: 'takeover-is-served-at-once',
    title: 'a newer attempt for an attached session is served, not told to wait',
    profile: 'stateful',
    requirements: ['RSQ-ATT-7@7a26794c60b2'],
    scenario: 'takeover',
    judge: (traces) => each(takeovers(traces), 'takeovers', ({ taker }) => notServed(taker) ?? notCarried(taker, 2)),
  }),
  serverCheck({
    id: 'superseded-stream-ends',
    title: 'the older stream ends with SESSION_TAKEN_OVER within one interval plus 1 s and carries nothing later',
    profile: 'stateful',
    requirements: ['RSQ-ATT-8@07e546a5a8ff'],
    scenario: 'takeover',
    judge: (traces, { description }) =>
      each(
        // The old stream of about-to-finish is dropped by the suite.
        takeovers(traces).filter(({ old }) => old.trace.caseId !== 'about-to-finish' || old.status !== undefined),
        'superseded streams',
        (pair) => notSuperseded(pair, description.intervalMs),
      ),
  }),
  serverCheck({
    id: 'superseded-stream-changes-nothing',
    title: 'detaching and finishing of a superseded stream have no effect on the session',
    profile: 'stateful',
    requirements: ['RSQ-ATT-9@ba51a611b10c'],
    scenario: 'takeover',
    judge: (traces) =>
      both(
        withStreams(allStreams(traces), 'about-to-finish', ['start', 'takeover', 'after'], (old, taker, after) =>
          taker?.final !== undefined || (old !== undefined && taker !== undefined && cameTooLate(old, taker))
            ? inconclusive('the suite was too slow to take over before the end')
            : firstFault(
                'a session outlived the stream that would have finished it',
                taker && notCarried(taker, 2),
                after && (notServed(after, askedIndex(after)) ?? notCarried(after, 1)),
              ),
        ),
        withStreams(allStreams(traces), 'resume', ['takeover'], (taker) =>
          firstFault('the newer stream came to its end', taker && notCarried(taker, 5)),
        ),
      ),
  }),
];

const ghostChecks: readonly Check[] = [
  caseCheck({
    id: 'late-requests-steal-nothing',
    title: 'requests with older attempts that arrive late are refused, the live stream goes on',
    requirements: ['RSQ-ATT-3@1e578788f411', 'RSQ-LIM-6@ebae7891d8da'],
    scenario: 'ghosts',
    caseId: 'late-requests',
    labels: ['live', 'late resume', 'late start'],
    judge: (live = unreachable(), ...late) => [
      notServed(live, 0),
      ...late.map((stream) => notRefused(stream, 'STALE_ATTEMPT')),
      notCarried(live, 3),
    ],
  }),
  caseCheck({
    id: 'old-key-opens-no-new-session',
    title: 'when a client id is created anew, the resume key of its former life is refused',
    requirements: ['RSQ-RES-4@5be298f5091e', 'RSQ-KEY-3@782820087533'],
    scenario: 'ghosts',
    caseId: 'start-after-completion',
    needsRandomSeeds: true,
    labels: ['start', 'late start', 'old key'],
    judge: (start = unreachable(), reborn = unreachable(), oldKey = unreachable()) => [
      notServed(reborn, 0),
      otherSession(reborn, start),
      notRefused(oldKey, 'SESSION_NOT_FOUND'),
      notCarried(reborn, 2),
    ],
  }),
  caseCheck({
    id: 'resume-creates-nothing',
    title: 'a RESUME for an unknown client id is refused and leaves nothing behind',
    requirements: ['RSQ-RES-2@59e2f7d73816', 'RSQ-RES-4@5be298f5091e'],
    scenario: 'ghosts',
    caseId: 'resume-unknown',
    labels: ['unknown', 'start'],
    judge: (unknown = unreachable(), start = unreachable()) => [
      notRefused(unknown, 'SESSION_NOT_FOUND'),
      notServed(start, 0),
      notCarried(start, 1),
    ],
  }),
];

export const sessionChecks: readonly Check[] = [
  ...startAgainChecks,
  ...attemptChecks,
  ...takeoverChecks,
  ...ghostChecks,
];
