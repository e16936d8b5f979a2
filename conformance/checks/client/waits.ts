/** Checks of the times of a client: waits between attempts, liveness. Spec: core.md sections 7 and 9. */

import type { Check } from '../../check.ts';
import { type Bounds, retryAfterBounds, waitBounds } from '../../oracle/backoff.ts';
import type { Trace } from '../../trace.ts';
import { blocked, failed, LATE, pass } from '../../verdict.ts';
import { explainWaits } from './diagnosis.ts';
import { type Attempt, factNumber, type History, type Retry, scaleOf } from './history.ts';
import { broken, clientCheck, type Finding, isFinding, judgeCases, met, outcome, unlessLate } from './judge.ts';
import { completeAndExact } from './outcomes.ts';

/** Tolerances of a measuring peer, as the specification states them. */
const EARLY_MS = 50;
const LATE_MS = 500;
/** A client leaves a silent connection at most so much after the stated time. */
const LIVENESS_LATE_MS = 2_000;
/** At a shortened tempo a busy event loop is late by the same milliseconds as ever. */
const LEAST_LATE_MS = 250;

function early(trace: Trace): number {
  return EARLY_MS * scaleOf(trace);
}

function late(trace: Trace): number {
  return Math.max(LATE_MS * scaleOf(trace), LEAST_LATE_MS);
}

function scaled(bounds: Bounds, trace: Trace): Bounds {
  const scale = scaleOf(trace);
  return { minMs: bounds.minMs * scale, maxMs: bounds.maxMs * scale };
}

/** @returns undefined when the wait is right */
function waitFault(trace: Trace, history: History, retry: Retry, bounds: Bounds): Finding | undefined {
  const { minMs, maxMs } = scaled(bounds, trace);
  const { waitedMs, k, next } = retry;
  if (waitedMs >= minMs - early(trace) && waitedMs <= maxMs + late(trace)) return undefined;
  // A wait that seems too long may be the suite's own; one that seems too short only if the suite saw late that the client left.
  const { maxMs: lagMs } = trace.lag;
  const seenLate = retry.after.end?.by === 'client' && waitedMs + lagMs >= minMs - early(trace);
  if (waitedMs > maxMs ? lagMs > late(trace) / 2 : seenLate) {
    return { kind: 'unclear', message: `the suite was late by up to ${Math.round(lagMs)} ms` };
  }
  return broken(`retry ${k} came ${waitedMs < minMs ? 'too early' : 'too late'}`, {
    ...(waitedMs > maxMs ? LATE : {}),
    expected: `${Math.round(minMs)}..${Math.round(maxMs)} ms`,
    actual: `${Math.round(waitedMs)} ms`,
    event: next.event,
    ...explainWaits(history),
  });
}

function backoff(trace: Trace, history: History, least: number): Finding | undefined {
  const retries = history.retries.filter((retry) => retry.retryAfterMs === undefined);
  for (const retry of retries) {
    const fault = waitFault(trace, history, retry, waitBounds(retry.k));
    if (fault !== undefined) return fault;
  }
  const waits = retries.map((retry) => Math.round(retry.waitedMs)).join(', ');
  return retries.length < least ? undefined : met(`waits of ${waits} ms`);
}

const OUTAGES = 'client-outages';

/** A set of waits whose spread is below this part of their longest is not random. */
const LEAST_SPREAD = 0.08;
/** So many uniform waits without the two outermost lie that close by chance in fewer than one of ten thousand runs. */
const LEAST_WAITS = 11;
/** Shorter waits are blurred by the time that it takes to connect. */
const FROM_K = 3;

const jitter: Check = {
  id: 'client-waits-are-random',
  title: 'waits are drawn from a range, so that clients do not come back together',
  side: 'client',
  profile: 'any',
  scenario: OUTAGES,
  requirements: ['RSQ-BAK-2@cbd5f6bbcfd5'],
  judge: (traces) => {
    const parts: number[] = [];
    const gathered = judgeCases(traces, (trace, history) => {
      const retries = history.retries.filter((retry) => retry.k >= FROM_K);
      for (const retry of retries) parts.push(retry.waitedMs / scaled(waitBounds(retry.k), trace).maxMs);
      return retries.length > 0 ? met('') : undefined;
    });
    if (gathered.verdict !== 'PASS') return gathered;
    if (parts.length < LEAST_WAITS) return blocked(`only ${parts.length} waits to judge by`);
    const inner = parts.sort((a, b) => a - b).slice(1, -1);
    const [from = 0, to = 0] = [inner[0], inner.at(-1)];
    const text = `${parts.length} waits, most between ${from.toFixed(2)} and ${to.toFixed(2)} of their longest`;
    if (to - from >= LEAST_SPREAD) return pass(text);
    return failed('no randomness in the waits', { expected: 'uniform from 0.5 to 1', actual: text });
  },
};

export const WAIT_CHECKS: readonly Check[] = [
  clientCheck({
    id: 'client-waits-longer-and-longer',
    title: 'each wait is within 0.5 to 1 times min(5 s, 250 ms * 2^k)',
    scenario: OUTAGES,
    cases: ['tcp-reset', 'instant-unavailable'],
    requirements: ['RSQ-BAK-2@cbd5f6bbcfd5', 'RSQ-GRP-9@92b89feca6a5'],
    look: (trace, history) => backoff(trace, history, 5),
  }),
  jitter,
  clientCheck({
    id: 'client-back-off-survives-connecting',
    title: 'neither a connection, nor OPENED, nor an old item sets k back',
    scenario: OUTAGES,
    cases: ['opened-and-nothing', 'only-old-items'],
    requirements: ['RSQ-BAK-3@547363741100'],
    look: (trace, history) => backoff(trace, history, 5),
  }),
  clientCheck({
    id: 'client-back-off-begins-anew-after-an-item',
    title: 'a newly accepted item sets k back to 0',
    scenario: OUTAGES,
    cases: ['one-item-each'],
    requirements: ['RSQ-BAK-3@547363741100'],
    look: (trace, history) => backoff(trace, history, 5),
  }),
  clientCheck({
    id: 'client-outlasts-outages',
    title: 'after each of the outages the sequence completes',
    scenario: OUTAGES,
    requirements: ['RSQ-BAK-1@71d85860f8ee'],
    look: completeAndExact,
  }),
  clientCheck({
    id: 'client-keeps-trying-past-the-retention',
    title: 'the client does not conclude anything from the retention',
    scenario: OUTAGES,
    profile: 'stateful',
    cases: ['opened-and-nothing', 'one-item-each'],
    requirements: ['RSQ-BAK-5@b15ae468ce53'],
    look: (trace, history) => {
      const finding = completeAndExact(trace, history);
      return finding.kind === 'met' ? met('went on after the retention of 300 ms') : finding;
    },
  }),
  clientCheck({
    id: 'client-waits-as-told',
    title: 'retry_after_ms takes the place of the wait',
    scenario: 'client-retry-after',
    profile: 'stateful',
    requirements: ['RSQ-BAK-4@ab477d6301e2'],
    look: (trace, history) => {
      const told = history.retries.filter((retry) => retry.retryAfterMs !== undefined);
      for (const retry of told) {
        // The error carries scaled milliseconds already.
        const bounds = retryAfterBounds((retry.retryAfterMs ?? 0) / scaleOf(trace));
        const fault = waitFault(trace, history, retry, bounds);
        if (fault !== undefined) return fault;
      }
      const waits = told.map((retry) => `${Math.round(retry.waitedMs)} for ${retry.retryAfterMs}`).join(', ');
      return told.length < 3 ? undefined : met(`${waits} ms`);
    },
  }),
  clientCheck({
    id: 'client-does-not-give-up-early',
    title: 'a client that was never answered gives up, if at all, after 5 attempts, with the outcome unreachable',
    scenario: 'client-unreachable',
    requirements: ['RSQ-BAK-6@311742b7d5aa'],
    look: (trace, history) => {
      const attempts = history.attempts.length;
      if (trace.facts['stopped'] === true)
        return attempts >= 5 ? met(`still trying after ${attempts} attempts`) : undefined;
      const result = outcome(trace, history, 'unreachable');
      if (isFinding(result)) return result;
      return attempts >= 5
        ? met(`${attempts} attempts`)
        : broken('gave up too early', { expected: 'at least 5 attempts', actual: `${attempts}` });
    },
  }),
  clientCheck({
    id: 'client-leaves-a-silent-connection',
    title: 'without a message for max(3 intervals, 5 s) the client reconnects',
    scenario: 'client-silence',
    cases: ['silent-*', 'dead-after-items'],
    requirements: ['RSQ-LIV-1@edf5f9597ec8', 'RSQ-LIV-5@5085e7fcd59b'],
    look: liveness,
  }),
  clientCheck({
    id: 'client-leaves-an-unanswered-connection',
    title: 'without OPENED within 5 s the client reconnects',
    scenario: 'client-silence',
    cases: ['no-*'],
    requirements: ['RSQ-LIV-2@02636f5d7677'],
    look: liveness,
  }),
  clientCheck({
    id: 'client-is-patient',
    title: 'a pause of 4 s is no reason to leave',
    scenario: 'client-silence',
    profile: 'stateful',
    cases: ['a-pause-*'],
    requirements: ['RSQ-LIV-1@edf5f9597ec8'],
    look: (trace, history) => {
      const again = history.attempts[1];
      if (again !== undefined) return broken('the client left a connection that lived', { event: again.event });
      return completeAndExact(trace, history);
    },
  }),
];

/** The first connection is silent: when did the client leave it? */
function liveness(trace: Trace, history: History): Finding | undefined {
  const waitMs = (factNumber(trace, 'waitMs') ?? 0) * scaleOf(trace);
  const [silent, next] = history.attempts;
  if (silent === undefined) return undefined;
  if (next === undefined) return broken('the client never left the silent connection', { event: silent.event });
  const { leftAfterMs, extraMs } = departure(silent, next, trace);
  // Before OPENED the time runs from the attempt to connect, which a peer sees only when it has succeeded.
  const earlyMs = silent.opened === undefined ? late(trace) : early(trace);
  const latest = waitMs + Math.max(LIVENESS_LATE_MS * scaleOf(trace), LEAST_LATE_MS) + extraMs;
  if (leftAfterMs < waitMs - earlyMs || leftAfterMs > latest) {
    const expected = `${Math.round(waitMs)}..${Math.round(latest)} ms`;
    const wrong = broken('left the silent connection at the wrong time', {
      ...(leftAfterMs > latest ? LATE : {}),
      expected,
      actual: `${Math.round(leftAfterMs)} ms`,
      event: next.event,
    });
    return unlessLate(trace, leftAfterMs > latest ? latest - waitMs : earlyMs, wrong);
  }
  const finding = completeAndExact(trace, history);
  return finding.kind === 'met' ? met(`left after ${Math.round(leftAfterMs)} ms`) : finding;
}

/** Measured to the end of the silent stream or, when a dead link hides that, to the next connection: a first wait later. */
function departure(silent: Attempt, next: Attempt, trace: Trace): { leftAfterMs: number; extraMs: number } {
  const fromMs = silent.lastMessageAtMs ?? silent.connectedAtMs;
  const { end } = silent;
  if (end?.by === 'client') return { leftAfterMs: end.atMs - fromMs, extraMs: 0 };
  return { leftAfterMs: next.connectedAtMs - fromMs, extraMs: scaled(waitBounds(0), trace).maxMs + late(trace) };
}
