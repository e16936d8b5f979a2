/** Checks of a client's answers to wrong servers and to errors. Spec: core.md sections 3, 4, 8, 10; errors.md. */

import type { Check } from '../../check.ts';
import type { Trace } from '../../trace.ts';
import { explainContradictions } from './diagnosis.ts';
import { factNumber, type History, scaleOf } from './history.ts';
import { broken, clientCheck, type Finding, isFinding, met, outcome, unlessLate } from './judge.ts';
import { completeAndExact, gaveUp } from './outcomes.ts';

/** A connection on which the peer broke the order is left at once; this is for a busy machine. */
const LEAVE_WITHIN_MS = 2_000;
/** At a shortened tempo a busy machine is late by the same milliseconds as ever. */
const LEAST_LEAVE_MS = 750;

export const FAULT_CHECKS: readonly Check[] = [
  clientCheck({
    id: 'client-takes-a-gap-as-a-drop',
    title: 'an index above the expected one is not accepted: the client reconnects',
    scenario: 'client-faults',
    cases: ['gap-*'],
    requirements: ['RSQ-MSG-8@bfbc87cc3d58'],
    look: recovers,
  }),
  clientCheck({
    id: 'client-takes-a-broken-order-as-a-drop',
    title: 'malformed and misplaced messages make the client reconnect',
    scenario: 'client-faults',
    cases: ['malformed', 'item-*', 'second-opened', 'final-too-early'],
    requirements: ['RSQ-MSG-9@4a4b46a2bc7b'],
    look: recovers,
  }),
  clientCheck({
    id: 'client-drops-duplicates',
    title: 'items that come again are dropped without any further effect',
    scenario: 'client-duplicates',
    requirements: ['RSQ-MSG-7@c468336ed632'],
    look: (trace, history) => {
      const again = history.attempts[1];
      if (again !== undefined) return broken('the client reconnected because of a duplicate', { event: again.event });
      return completeAndExact(trace, history);
    },
  }),
  clientCheck({
    id: 'client-gives-up-on-a-faulty-server',
    title: 'after 5 to 10 faults in a row without a new item the client ends with mismatch',
    scenario: 'client-faults-for-ever',
    profile: 'stateful',
    requirements: ['RSQ-MSG-10@8ddca2743928'],
    look: (trace, history) => {
      const result = outcome(trace, history, 'mismatch');
      if (isFinding(result)) return result;
      // The first attempt brings new items and then the first fault.
      const faults = history.attempts.filter((attempt) => attempt.faulty).length;
      const right = faults >= 5 && faults <= 10;
      return right
        ? met(`${faults} faults`)
        : broken('gave up at the wrong time', { expected: '5..10 faults', actual: `${faults}` });
    },
  }),
  clientCheck({
    id: 'client-compares-the-checksum',
    title: 'a wrong number or checksum is a mismatch, without a further connection',
    scenario: 'client-mismatch',
    profile: 'stateful',
    cases: ['checksum', 'number', 'last-number'],
    requirements: ['RSQ-FIN-2@7689564d5f7f', 'RSQ-FIN-1@535648965fdf', 'RSQ-CLI-6@a7213ac218ee'],
    look: mismatch(1),
  }),
  clientCheck({
    id: 'client-compares-each-value',
    title: 'a stateless value that is not a * ratio^index is a mismatch, however large',
    scenario: 'client-mismatch',
    profile: 'stateless',
    cases: ['doubling*'],
    requirements: ['RSQ-SLS-9@a7f0e1eaea8f'],
    look: mismatch(1),
  }),
  clientCheck({
    id: 'client-refuses-a-contradicting-opened',
    title: 'an OPENED that contradicts the request is a mismatch, without a further connection',
    scenario: 'client-contradictions',
    requirements: ['RSQ-MSG-11@d0292e12b0c2'],
    explain: explainContradictions,
    look: (trace, history) =>
      mismatch(
        trace.caseId.startsWith('resume-') || trace.caseId === 'other-a' || trace.caseId === 'other-resume-key' ? 2 : 1,
      )(trace, history),
  }),
  clientCheck({
    id: 'client-compares-the-prefix-checksum',
    title: 'a prefix checksum is asked for with the flag, and compared',
    scenario: 'client-prefix-checksum',
    profile: 'stateful',
    requirements: ['RSQ-PFX-3@3631a9ad4356'],
    look: (trace, history) => {
      const asked = history.attempts.every(
        (attempt) => attempt.request?.extensions?.includes('prefix-checksum') ?? true,
      );
      if (!asked) return broken('prefix-checksum was not asked for, despite the flag');
      return trace.caseId === 'right' ? completeAndExact(trace, history) : mismatch(2)(trace, history);
    },
  }),
  clientCheck({
    id: 'client-stops-at-a-terminal-status',
    title: 'a bare status is taken as the table says: terminal ones end with rejected, without a further connection',
    scenario: 'client-terminal',
    cases: [
      'bare-invalid-argument',
      'bare-not-found',
      'bare-already-exists',
      'bare-out-of-range',
      'bare-aborted',
      'bare-failed-precondition',
      'bare-unauthenticated',
      'bare-permission-denied',
      'bare-unimplemented',
    ],
    requirements: ['RSQ-GRP-11@c3d7f4555db6', 'RSQ-OUT-1@0455b6c7c17d', 'RSQ-CLI-6@a7213ac218ee'],
    look: (trace, history) => gaveUp(trace, history, 'rejected', 1),
  }),
  clientCheck({
    id: 'client-takes-the-code-from-the-trailer',
    title: 'the trailer decides and not the status',
    scenario: 'client-terminal',
    cases: ['code-101', 'code-102', 'code-107-later'],
    requirements: ['RSQ-GRP-3@4aa2f78838d5', 'RSQ-OUT-1@0455b6c7c17d'],
    look: (trace, history) => gaveUpWithCode(trace, history, 'rejected'),
  }),
  clientCheck({
    id: 'client-stops-at-unknown-terminal-codes',
    title: 'an unknown code outside 200..299 is terminal',
    scenario: 'client-terminal',
    cases: ['code-99', 'code-199', 'code-300'],
    requirements: ['RSQ-ERR-4@7ec8a701b456'],
    look: (trace, history) => gaveUp(trace, history, 'rejected', 1),
  }),
  clientCheck({
    id: 'client-lost-session-is-incomplete',
    title: 'SESSION_NOT_FOUND after an OPENED ends with incomplete',
    scenario: 'client-terminal',
    profile: 'stateful',
    cases: ['bare-not-found-later', 'code-102-later'],
    requirements: ['RSQ-FIN-8@8ef656bf6b12', 'RSQ-CLI-6@a7213ac218ee'],
    look: (trace, history) => gaveUpWithCode(trace, history, 'incomplete'),
  }),
  clientCheck({
    id: 'client-stops-when-taken-over',
    title: 'SESSION_TAKEN_OVER and STALE_ATTEMPT end with rejected',
    scenario: 'client-terminal',
    profile: 'stateful',
    cases: ['code-105-later', 'code-106-later'],
    requirements: ['RSQ-ATT-10@4d3ca9ce23a3', 'RSQ-OUT-1@0455b6c7c17d'],
    look: (trace, history) => gaveUp(trace, history, 'rejected', 1),
  }),
  clientCheck({
    id: 'client-goes-on-after-retryable-errors',
    title: 'codes 200..299, known or not, and all statuses that libraries make up are no reason to give up',
    scenario: 'client-retryable',
    profile: 'stateful',
    requirements: [
      'RSQ-ERR-4@7ec8a701b456',
      'RSQ-GRP-11@c3d7f4555db6',
      'RSQ-GRP-3@4aa2f78838d5',
      'RSQ-FIN-7@ed414c3a14e4',
    ],
    look: (trace, history) => {
      const finding = completeAndExact(trace, history);
      if (finding.kind === 'met') return finding;
      const last = history.attempts.at(-1);
      const status = last?.end?.status;
      if (status === undefined) return finding;
      const code = status.code === undefined ? 'no code' : `code ${status.code}`;
      return { ...finding, ...(finding.kind === 'broken' ? { message: `stopped at ${status.grpc}, ${code}` } : {}) };
    },
  }),
];

function mismatch(attempts: number): (trace: Trace, history: History) => Finding {
  return (trace, history) => {
    const finding = gaveUp(trace, history, 'mismatch', attempts);
    const [confirmation] = history.confirmations;
    if (finding.kind !== 'met' || confirmation === undefined) return finding;
    return broken('a sequence that does not match was confirmed', { event: confirmation.event });
  };
}

/** The fault is left at once, nothing of it is accepted, and the rest completes. */
function recovers(trace: Trace, history: History): Finding {
  const finding = completeAndExact(trace, history);
  const [faulty, next] = history.attempts;
  if (finding.kind !== 'met')
    return finding.kind === 'broken' && faulty?.faulty ? { ...finding, event: faulty.decisive } : finding;
  if (faulty === undefined || next === undefined) {
    return broken('the client did not reconnect', faulty === undefined ? {} : { event: faulty.decisive });
  }
  const leftMs = (faulty.end?.atMs ?? next.connectedAtMs) - (faulty.lastMessageAtMs ?? faulty.connectedAtMs);
  const limitMs = Math.max(LEAVE_WITHIN_MS * scaleOf(trace), LEAST_LEAVE_MS);
  if (leftMs > limitMs) {
    const stayed = broken('the client stayed on a faulty connection', {
      expected: `${limitMs} ms at most`,
      actual: `${Math.round(leftMs)} ms`,
      event: faulty.decisive,
    });
    return unlessLate(trace, limitMs, stayed);
  }
  return met(`reconnected with ${next.acceptedBefore} items accepted`);
}

/** One connection, then the outcome `expected` with the code that the peer sent. */
function gaveUpWithCode(trace: Trace, history: History, expected: string): Finding {
  const finding = gaveUp(trace, history, expected, 1);
  return finding.kind === 'met' ? reportedCode(trace, history) : finding;
}

/** The error of the result line carries the code that the peer sent. */
function reportedCode(trace: Trace, history: History): Finding {
  const expected = factNumber(trace, 'code') ?? 102;
  const result = outcome(
    trace,
    history,
    trace.caseId.endsWith('-later') && expected === 102 ? 'incomplete' : 'rejected',
  );
  if (isFinding(result)) return result;
  const error = result['error'];
  const actual = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return actual === expected
    ? met(`code ${expected} reported`)
    : broken('another code in the result line', { expected: `${expected}`, actual: String(actual) });
}
