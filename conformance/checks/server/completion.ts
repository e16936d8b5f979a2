/** Checks of the end of stateful sessions: discard, confirm-final; and prefix-checksum. */

import type { Check } from '../../check.ts';
import { checksumOf } from '../../oracle/checksum.ts';
import { allStreams, labelled } from '../../streams.ts';
import { blocked } from '../../verdict.ts';
import {
  checksumDiagnosis,
  each,
  firstFault,
  lateFault,
  notCarried,
  notRefused,
  notServed,
  serverCheck,
  streamFault,
  withStreams,
} from './common.ts';
import { allValuesOf, incarnationsOf } from './incarnations.ts';
import { caseCheck, sameSession, unreachable } from './session-case.ts';

const finalChecks: readonly Check[] = [
  caseCheck({
    id: 'session-is-gone-after-final',
    title: 'without confirm-final a session is discarded at once after FINAL',
    requirements: ['RSQ-FIN-5@6edadd6cffb2', 'RSQ-RES-4@5be298f5091e'],
    scenario: 'discard',
    caseId: 'literal',
    labels: ['start', 'resume at 0', 'resume at 1', 'start again'],
    judge: (start = unreachable(), at0 = unreachable(), at1 = unreachable(), again = unreachable()) => [
      notCarried(start, 2),
      notRefused(at0, 'SESSION_NOT_FOUND'),
      notRefused(at1, 'SESSION_NOT_FOUND'),
      // It has another n, so that the old session would be in its way.
      notServed(again, 0),
      notCarried(again, 1),
    ],
  }),
  caseCheck({
    id: 'confirm-final-keeps-the-session',
    title: 'with confirm-final a session is kept after FINAL and a RESUME of it is served',
    requirements: ['RSQ-CNF-1@a2e87f2ffffc'],
    scenario: 'confirm-final',
    extension: 'confirm-final',
    caseId: 'kept-then-confirmed',
    labels: ['start', 'resume after final'],
    judge: (start = unreachable(), resume = unreachable()) => [
      notCarried(start, 2),
      notServed(resume, 0),
      sameSession(resume, start),
      notCarried(resume, 2),
    ],
  }),
  caseCheck({
    id: 'confirm-discards-the-session',
    title: 'a CONFIRM with the resume key and the stored attempt is answered and discards the session at once',
    requirements: ['RSQ-CNF-2@7d04b847a34a'],
    scenario: 'confirm-final',
    extension: 'confirm-final',
    caseId: 'kept-then-confirmed',
    labels: ['resume after final', 'confirm', 'resume after confirm'],
    judge: (resume = unreachable(), confirm = unreachable(), after = unreachable()) => [
      notCarried(resume, 2),
      confirm.status?.grpc === 'OK'
        ? undefined
        : streamFault(confirm, 'CONFIRM was not answered', 'an empty answer, status OK'),
      notRefused(after, 'SESSION_NOT_FOUND'),
    ],
  }),
  caseCheck({
    id: 'wrong-confirm-is-refused',
    title: 'a CONFIRM with another attempt, another key or without a session is refused',
    requirements: ['RSQ-CNF-3@8769ae2b551c'],
    scenario: 'confirm-final',
    extension: 'confirm-final',
    caseId: 'kept-then-confirmed',
    labels: ['resume after final', 'stale confirm', 'wrong key', 'confirm', 'confirm again'],
    judge: (
      resume = unreachable(),
      stale = unreachable(),
      wrongKey = unreachable(),
      confirm = unreachable(),
      again = unreachable(),
    ) => [
      notCarried(resume, 2),
      notRefused(stale, 'STALE_ATTEMPT'),
      notRefused(wrongKey, 'SESSION_NOT_FOUND'),
      confirm.status?.grpc === 'OK'
        ? undefined
        : streamFault(confirm, 'the right CONFIRM is refused as well', 'status OK'),
      notRefused(again, 'SESSION_NOT_FOUND'),
    ],
  }),
  caseCheck({
    id: 'confirm-final-is-a-matter-of-the-connection',
    title: 'confirm-final holds for the connection on which it was granted, not for the session',
    requirements: ['RSQ-FIN-5@6edadd6cffb2', 'RSQ-VER-3@aa269ee391fd'],
    scenario: 'confirm-final',
    extension: 'confirm-final',
    caseId: 'not-asked-on-the-last-connection',
    labels: ['resume without', 'resume after final'],
    judge: (without = unreachable(), after = unreachable()) => [
      notServed(without, 1),
      notCarried(without, 1),
      notRefused(after, 'SESSION_NOT_FOUND'),
    ],
  }),
  serverCheck({
    id: 'confirm-ends-an-attached-stream',
    title: 'a stream whose session a CONFIRM has discarded ends with SESSION_NOT_FOUND within one interval plus 1 s',
    profile: 'stateful',
    requirements: ['RSQ-CNF-4@e02fd09ce309'],
    scenario: 'confirm-final',
    extension: 'confirm-final',
    judge: (traces, { description }) =>
      withStreams(allStreams(traces), 'confirm-while-attached', ['start', 'confirm'], (start, confirm) => {
        if (start === undefined || confirm === undefined) return blocked('no streams');
        const limit =
          (confirm.statusAtMs ?? confirm.requestAtMs) + description.intervalMs + 1_000 + start.trace.lag.maxMs;
        const ended = start.status?.code === 102 && start.status.grpc === 'NOT_FOUND';
        return firstFault(
          'the attached stream ended with SESSION_NOT_FOUND',
          notServed(start, 0),
          confirm.status?.grpc === 'OK' ? undefined : streamFault(confirm, 'CONFIRM was not answered', 'status OK'),
          ended ? undefined : streamFault(start, 'another end', 'NOT_FOUND with reseq-code 102'),
          (start.statusAtMs ?? 0) <= limit
            ? undefined
            : lateFault(
                start,
                'ends too late',
                `by ${Math.round(limit)} ms`,
                `at ${Math.round(start.statusAtMs ?? 0)} ms`,
              ),
        );
      }),
  }),
];

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const prefixChecks: readonly Check[] = [
  serverCheck({
    id: 'prefix-checksum-covers-what-was-received',
    title: 'OPENED of a RESUME carries count and SHA-256 of the items before next_index',
    profile: 'stateful',
    requirements: ['RSQ-PFX-1@c5944b4f75ab'],
    scenario: 'prefix-checksum',
    extension: 'prefix-checksum',
    judge: (traces, context) => {
      const [incarnation] = incarnationsOf(traces, context);
      const values = incarnation && (allValuesOf(incarnation) ?? incarnation.prefix);
      return each(labelled(traces, 'resume at'), 'prefix checksums', (stream) => {
        const count = stream.opened?.nextIndex ?? -1;
        const sequence = stream.opened?.sequence;
        const actual = sequence?.profile === 'stateful' ? sequence.prefixChecksum : undefined;
        if (values === undefined || values.length < count) return notServed(stream) ?? blocked('too few items came');
        const sha256 = count === 0 ? EMPTY_SHA256 : Buffer.from(checksumOf(values.slice(0, count))).toString('hex');
        if (actual?.count === count && actual.sha256 === sha256) return undefined;
        return {
          ...streamFault(stream, 'another prefix checksum', `count ${count}, ${sha256}`, JSON.stringify(actual)),
          ...(actual === undefined ? {} : checksumDiagnosis(values.slice(0, count), actual.sha256)),
        };
      });
    },
  }),
  serverCheck({
    id: 'prefix-checksum-only-where-asked',
    title: 'no prefix checksum without the extension or in the OPENED of a START',
    profile: 'stateful',
    requirements: ['RSQ-PFX-2@7c38f4d24d23', 'RSQ-VER-3@aa269ee391fd'],
    scenario: 'prefix-checksum',
    extension: 'prefix-checksum',
    judge: (traces) =>
      each(
        [...labelled(traces, 'start'), ...labelled(traces, 'resume without')].filter(
          ({ opened }) => opened !== undefined,
        ),
        'OPENEDs without a prefix checksum',
        (stream) => {
          const sequence = stream.opened?.sequence;
          if (sequence?.profile !== 'stateful' || sequence.prefixChecksum === undefined) return undefined;
          return streamFault(stream, 'a prefix checksum', 'none', JSON.stringify(sequence.prefixChecksum));
        },
      ),
  }),
];

export const completionChecks: readonly Check[] = [...finalChecks, ...prefixChecks];
