/** Checks of what a client sends after drops: identity, position, attempts, connections. */

import type { Check } from '../../check.ts';
import type { Trace } from '../../trace.ts';
import type { Attempt, History } from './history.ts';
import { broken, clientCheck, type Finding, isFinding, met, outcome } from './judge.ts';
import { completeAndExact } from './outcomes.ts';

const scenario = 'client-drops';

/** Every request together with what the client had been told before it. */
function* resumes(
  history: History,
): Generator<{ attempt: Attempt; firstOpened: NonNullable<Attempt['opened']> | undefined }> {
  let firstOpened: Attempt['opened'];
  for (const attempt of history.attempts) {
    if (attempt.request !== undefined) yield { attempt, firstOpened };
    firstOpened ??= attempt.opened;
  }
}

/** The first fault among the requests after the first OPENED. */
function eachResume(
  history: History,
  fault: (attempt: Attempt, opened: NonNullable<Attempt['opened']>) => Finding | undefined,
): Finding | undefined {
  let count = 0;
  for (const { attempt, firstOpened } of resumes(history)) {
    if (firstOpened === undefined) continue;
    count += 1;
    const found = fault(attempt, firstOpened);
    if (found !== undefined) return found;
  }
  return count === 0 ? undefined : met(`${count} resumes`);
}

function differs(what: string, expected: unknown, actual: unknown, attempt: Attempt): Finding | undefined {
  if (expected === actual) return undefined;
  return broken(`${what} is wrong`, { expected: String(expected), actual: String(actual), event: attempt.event });
}

export const DROP_CHECKS: readonly Check[] = [
  clientCheck({
    id: 'client-reconnects-after-drops',
    title: 'the client reconnects by itself until the sequence is complete',
    scenario,
    requirements: ['RSQ-BAK-1@71d85860f8ee'],
    look: (trace, history) => {
      const result = outcome(trace, history, 'complete');
      if (isFinding(result)) return result;
      return history.attempts.length > 1 ? met(`${history.attempts.length} connections`) : undefined;
    },
  }),
  clientCheck({
    id: 'client-nothing-lost-nothing-twice',
    title: 'after drops of every kind the result is exact',
    scenario,
    requirements: ['RSQ-FIN-1@535648965fdf', 'RSQ-SLS-10@c92196e177c7'],
    look: completeAndExact,
  }),
  clientCheck({
    id: 'client-random-schedules-complete',
    title: 'whatever the schedule of drops, faults and repeated items, the result is exact',
    scenario: 'client-schedules',
    requirements: ['RSQ-BAK-1@71d85860f8ee', 'RSQ-FIN-1@535648965fdf', 'RSQ-SLS-10@c92196e177c7'],
    look: (trace, history) => {
      const finding = completeAndExact(trace, history);
      return finding.kind === 'broken' ? { ...finding, schedule: String(trace.facts['schedule']) } : finding;
    },
  }),
  clientCheck({
    id: 'client-counts-reconnects',
    title: '`reconnects` is the number of connections after the first',
    scenario,
    requirements: ['RSQ-CLI-4@9a73c392a13a', 'RSQ-DRV-4@3f2bb739a0b2'],
    look: (trace, history) => {
      const result = outcome(trace, history, 'complete');
      if (isFinding(result)) return undefined;
      const expected = history.attempts.length - 1;
      const actual = result['reconnects'];
      return actual === expected
        ? met(`${expected}`)
        : broken('reconnects is wrong', { expected: `${expected}`, actual: `${actual}` });
    },
  }),
  clientCheck({
    id: 'client-takes-an-early-end-as-a-drop',
    title: 'a stream that ends with OK before the sequence is complete is a drop',
    scenario,
    requirements: ['RSQ-FIN-7@ed414c3a14e4'],
    look: (_trace, history) => {
      const early = history.attempts.findIndex(
        (attempt) => attempt.end?.status?.grpc === 'OK' && attempt.acceptedAfter < history.accepted,
      );
      const last = history.attempts.at(-1);
      if (early >= 0) return met('the client came back');
      return last?.end?.status?.grpc === 'OK' && history.complete === undefined
        ? broken('the client did not come back', { event: last.event })
        : undefined;
    },
  }),
  clientCheck({
    id: 'client-starts-until-opened-then-resumes',
    title: 'START until the first OPENED, RESUME from then on',
    scenario,
    requirements: ['RSQ-OPN-5@c613361e2dd6'],
    look: (_trace, history) => {
      let count = 0;
      for (const { attempt, firstOpened } of resumes(history)) {
        const expected = firstOpened === undefined ? 'start' : 'resume';
        if (attempt.request?.kind.endsWith(expected) !== true) {
          return broken('the wrong kind of request', {
            expected,
            actual: attempt.request?.kind ?? '',
            event: attempt.event,
          });
        }
        count += 1;
      }
      return count > 1 ? met(`${count} requests`) : undefined;
    },
  }),
  clientCheck({
    id: 'client-resumes-at-next-index',
    title: 'next_index is the number of accepted items',
    scenario,
    requirements: ['RSQ-RES-5@851185839637'],
    look: (_trace, history) =>
      eachResume(history, (attempt) => {
        const { request } = attempt;
        const index = request !== undefined && 'nextIndex' in request ? request.nextIndex : undefined;
        return index === undefined ? undefined : differs('next_index', attempt.acceptedBefore, index, attempt);
      }),
  }),
  clientCheck({
    id: 'client-resumes-with-a-and-ratio',
    title: 'a stateless RESUME has the a and ratio of the first OPENED',
    scenario,
    profile: 'stateless',
    cases: ['stateless'],
    requirements: ['RSQ-SLS-11@2d3a9c1a5824'],
    look: (_trace, history) =>
      eachResume(history, (attempt, opened) => {
        const { request } = attempt;
        if (request?.kind !== 'stateless-resume' || opened.sequence?.profile !== 'stateless') return undefined;
        return (
          differs('a', opened.sequence.a, request.a, attempt) ??
          differs('ratio', opened.sequence.ratio, request.ratio ?? 2, attempt)
        );
      }),
  }),
  clientCheck({
    id: 'client-presents-the-resume-key',
    title: 'each RESUME has the client id of the START and the resume key of the first OPENED',
    scenario,
    profile: 'stateful',
    cases: ['stateful', 'before-final'],
    requirements: ['RSQ-KEY-4@9b0db1c6fb93'],
    look: (_trace, history) => {
      const first = history.attempts.find((attempt) => attempt.request !== undefined)?.request;
      const id = first?.kind === 'stateful-start' ? first.clientId.toLowerCase() : '';
      return eachResume(history, (attempt, opened) => {
        const { request } = attempt;
        if (request?.kind !== 'stateful-resume' || opened.sequence?.profile !== 'stateful') return undefined;
        return (
          differs('client_id', id, request.clientId.toLowerCase(), attempt) ??
          differs('resume_key', opened.sequence.resumeKey, request.resumeKey, attempt)
        );
      });
    },
  }),
  clientCheck({
    id: 'client-attempts-rise',
    title: 'attempts are at least 1 and rise strictly',
    scenario,
    profile: 'stateful',
    cases: ['stateful', 'before-final'],
    requirements: ['RSQ-ATT-1@b7eee7a3fb25'],
    look: (_trace, history) => {
      let before = 0;
      for (const { attempt } of resumes(history)) {
        const { request } = attempt;
        const number = request !== undefined && 'attempt' in request ? (request.attempt ?? 0) : 0;
        const right = number > before;
        const expected = before === 0 ? 'at least 1' : `more than ${before}`;
        if (!right) return broken('attempt is wrong', { expected, actual: String(number), event: attempt.event });
        before = number;
      }
      return before > 1 ? met(`up to ${before}`) : undefined;
    },
  }),
  clientCheck({
    id: 'client-has-one-connection-at-a-time',
    title: 'a client has left a connection before it opens the next one',
    scenario,
    requirements: ['RSQ-ROL-3@cad94aa01bc3'],
    look: oneAtATime,
  }),
  clientCheck({
    id: 'client-leaves-before-it-returns',
    title: 'a client that has found a fault closes its side before it opens the next connection',
    scenario: 'client-faults',
    requirements: ['RSQ-ROL-3@cad94aa01bc3'],
    look: oneAtATime,
  }),
  clientCheck({
    id: 'client-makes-a-new-transport-connection',
    title: 'after a drop the client does not use the old TCP connection',
    scenario,
    requirements: ['RSQ-GRP-8@8b2cd89b53a4'],
    look: newTransport,
  }),
];

function newTransport(_trace: Trace, history: History): Finding | undefined {
  const used = new Set<number>();
  for (const { attempt } of resumes(history)) {
    if (used.has(attempt.conn)) return broken('a TCP connection was used again', { event: attempt.event });
    used.add(attempt.conn);
  }
  return used.size > 1 ? met(`${used.size} connections`) : undefined;
}

/** A new stream on the connection of the one before is no second connection. */
function overlapText(before: Attempt, next: Attempt): string {
  return next.conn === before.conn
    ? 'two connections at once: a new request on the TCP connection of the one before, which was still open'
    : 'two connections at once';
}

function oneAtATime(trace: Trace, history: History): Finding | undefined {
  let unclear: Finding | undefined;
  for (const [i, next] of history.attempts.entries()) {
    const before = history.attempts[i - 1];
    if (before === undefined || next.requestedAtMs === undefined || before.request === undefined) continue;
    const overlapMs = (before.end?.atMs ?? Number.POSITIVE_INFINITY) - next.requestedAtMs;
    // A peer that is late sees the end of a connection late.
    if (overlapMs > trace.lag.maxMs) return broken(overlapText(before, next), { event: next.event });
    if (overlapMs > 0)
      unclear ??= { kind: 'unclear', message: `the suite was late by up to ${Math.round(trace.lag.maxMs)} ms` };
  }
  if (unclear !== undefined) return unclear;
  return history.attempts.length > 1 ? met(`${history.attempts.length} connections in turn`) : undefined;
}
