/** Checks of confirmations and of the program around the client. Spec: core.md section 8.1, cli.md. */

import type { Check } from '../../check.ts';
import { SENT } from '../../scenarios/client/drive.ts';
import type { Trace } from '../../trace.ts';
import type { History } from './history.ts';
import { broken, clientCheck, type Finding, isFinding, met, outcome } from './judge.ts';
import { completeAndExact } from './outcomes.ts';

const CONFIRM = 'client-confirm';
const EXTENSION = 'confirm-final';
const END_WITHIN_MS = 5_000;

export const PROGRAM_CHECKS: readonly Check[] = [
  clientCheck({
    id: 'client-confirms-what-it-has-verified',
    title: 'CONFIRM comes after FINAL, with the attempt of its connection and the resume key',
    scenario: CONFIRM,
    profile: 'stateful',
    cases: ['granted*'],
    requirements: ['RSQ-CNF-5@64ffd135771c', 'RSQ-CNF-6@44a09107cf1d', 'RSQ-KEY-4@9b0db1c6fb93'],
    look: confirmed,
  }),
  clientCheck({
    id: 'client-confirms-only-what-was-granted',
    title: 'without a grant there is no CONFIRM, and with --no-confirm no wish for one',
    scenario: CONFIRM,
    profile: 'stateful',
    cases: ['not-*'],
    requirements: ['RSQ-CNF-5@64ffd135771c'],
    look: (trace, history) => {
      const [confirmation] = history.confirmations;
      if (confirmation !== undefined) return broken('a CONFIRM without a grant', { event: confirmation.event });
      const asking = history.attempts.find((attempt) => attempt.request?.extensions?.includes(EXTENSION));
      if (trace.caseId === 'not-wanted' && asking !== undefined) {
        return broken(`${EXTENSION} was asked for despite --no-confirm`, { event: asking.event });
      }
      return completeAndExact(trace, history);
    },
  }),
  clientCheck({
    id: 'client-confirms-no-mismatch',
    title: 'a sequence with a wrong checksum is not confirmed',
    scenario: CONFIRM,
    profile: 'stateful',
    cases: ['wrong-checksum'],
    requirements: ['RSQ-CNF-5@64ffd135771c'],
    look: (_trace, history) => {
      if (history.complete === undefined) return undefined;
      const [confirmation] = history.confirmations;
      return confirmation === undefined ? met('no CONFIRM') : broken('it was confirmed', { event: confirmation.event });
    },
  }),
  clientCheck({
    id: 'client-outcome-survives-a-failed-confirm',
    title: 'whatever becomes of CONFIRM, the result is complete',
    scenario: CONFIRM,
    profile: 'stateful',
    cases: ['unavailable-twice', 'session-not-found', 'no-answer'],
    requirements: ['RSQ-CNF-7@f480579fecfd'],
    look: (trace, history) => {
      const finding = completeAndExact(trace, history);
      if (finding.kind !== 'met') return finding;
      return history.confirmations.length === 0 ? notAsked() : finding;
    },
  }),
  clientCheck({
    id: 'client-repeats-a-confirm',
    title: 'a CONFIRM that failed with a retryable error is repeated',
    scenario: CONFIRM,
    profile: 'stateful',
    cases: ['unavailable-twice'],
    requirements: ['RSQ-CNF-9@9a3e28f241cb'],
    look: (_trace, history) => {
      const count = history.confirmations.length;
      if (count === 0) return history.complete === undefined ? undefined : notAsked();
      return count >= 3
        ? met(`${count} times`)
        : broken('not repeated', { expected: '3 requests', actual: `${count}` });
    },
  }),
  clientCheck({
    id: 'client-refuses-wrong-arguments',
    title: 'wrong arguments end with 2, a text on stderr and no connection',
    scenario: 'client-usage',
    requirements: ['RSQ-CLI-3@a770b486e04d'],
    look: (trace, history) => {
      if (history.end.by !== 'command') return undefined;
      const { code, signal, stdout, stderr } = history.end;
      const [attempt] = history.attempts;
      if (attempt !== undefined) return broken('it connected', { event: attempt.event });
      if (code !== 2) return broken('another exit code', { expected: 'exit 2', actual: `exit ${code ?? signal}` });
      if (stdout !== '') return broken('it printed on stdout', { actual: stdout.slice(0, 200) });
      return stderr.trim() === ''
        ? broken('it said nothing on stderr')
        : met(`exit 2: ${firstLine(stderr)} (${trace.caseId})`);
    },
  }),
  clientCheck({
    id: 'client-ends-when-interrupted',
    title: 'SIGINT and SIGTERM, to a driver cancel, end a run with interrupted within 5 s',
    scenario: 'client-interrupt',
    requirements: ['RSQ-CLI-7@e9c5c4491352', 'RSQ-CLI-6@a7213ac218ee', 'RSQ-DRV-7@e94cc580daff'],
    look: (trace, history) => {
      const sent = trace.events.find((event) => event.kind === 'note' && event.text.startsWith(SENT));
      if (sent === undefined) return undefined;
      const result = outcome(trace, history, 'interrupted');
      if (isFinding(result)) return result;
      const tookMs = history.end.atMs - sent.atMs;
      return tookMs <= END_WITHIN_MS
        ? met(`after ${Math.round(tookMs)} ms`)
        : broken('it took too long', { expected: `${END_WITHIN_MS} ms`, actual: `${Math.round(tookMs)} ms` });
    },
  }),
];

function notAsked(): Finding {
  return { kind: 'optional', message: `the client does not ask for ${EXTENSION}` };
}

function confirmed(_trace: Trace, history: History): Finding | undefined {
  const { complete } = history;
  const opened = history.attempts.findLast((attempt) => attempt.opened !== undefined)?.opened;
  if (complete === undefined || opened?.sequence?.profile !== 'stateful') return undefined;
  if (!opened.extensions.includes(EXTENSION)) return notAsked();
  const [confirmation] = history.confirmations;
  if (confirmation === undefined) return broken('no CONFIRM came', { event: complete.event });
  const { event, request } = confirmation;
  if (event < complete.event) return broken('CONFIRM came before FINAL', { event });
  if (request.attempt !== opened.sequence.attempt) {
    return broken('attempt is wrong', { expected: `${opened.sequence.attempt}`, actual: `${request.attempt}`, event });
  }
  if (request.resumeKey !== opened.sequence.resumeKey) return broken('resume_key is wrong', { event });
  return met(`attempt ${request.attempt}`);
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 100);
}
