/** Checks of the records that a server writes: what is stored, how long it lives, when it is gone. */

import { ERRORS } from '../../../protocol/errors.ts';
import type { Check } from '../../check.ts';
import { renewalMs } from '../../scenarios/store/drive.ts';
import { allStreams, labelled, type Stream, streamsOf } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, type Verdict } from '../../verdict.ts';
import { both, each, lateFault, serverCheck, streamFault } from '../server/common.ts';
import { keyOf } from '../server/session-case.ts';
import {
  allLooks,
  caseOf,
  firstOf,
  keyOfRecord,
  type Look,
  lookFault,
  looksOf,
  notCountingFrom,
  notGone,
  notLeased,
  notThere,
  notTheSequence,
  openedLast,
} from './common.ts';

const FORMS: Readonly<Record<string, RegExp>> = {
  n: /^[1-9]\d{0,4}$/,
  seed: /^[0-9a-f]{16}$/,
  attempt: /^[1-9]\d{0,9}$/,
};

/** Undefined when the record has the fields of the layout in their forms, with what OPENED has said, and nothing else. */
function notInForm(look: Look): Verdict | undefined {
  const { fields, trace, clientId, keys } = look;
  if (fields === undefined) return notThere(look);
  const odd = Object.keys(fields).find((name) => FORMS[name]?.test(fields[name] ?? '') !== true);
  if (odd !== undefined)
    return lookFault(look, `field ${odd} is not of the layout`, 'n, seed and attempt in their forms');
  const missing = Object.keys(FORMS).find((name) => fields[name] === undefined);
  if (missing !== undefined) return lookFault(look, `field ${missing} is missing`, 'n, seed and attempt');
  const opened = openedLast(streamsOf(trace), look.atMs);
  const sequence = opened?.opened?.sequence;
  if (sequence?.profile !== 'stateful') return undefined;
  if (fields['n'] !== String(sequence.n) || fields['attempt'] !== String(sequence.attempt))
    return lookFault(look, 'not what OPENED has said', `n ${sequence.n}, attempt ${sequence.attempt}`);
  if (keys === undefined || (keys.length === 1 && keys[0]?.endsWith(`reseq:1:{${clientId}}`))) return undefined;
  return lookFault(look, 'not one key', `reseq:1:{${clientId}}`, keys.join(' ') || 'none');
}

/** Undefined when resume key and items follow from the seed of the record. */
function notFromSeed(look: Look): Verdict | undefined {
  const stream = openedLast(streamsOf(look.trace), look.atMs);
  const key = keyOfRecord(look);
  if (stream === undefined || key === undefined) return notInForm(look);
  if (key !== keyOf(stream))
    return streamFault(stream, 'the resume key does not follow from the stored seed', key, keyOf(stream));
  return notTheSequence(stream, BigInt(`0x${look.fields?.['seed']}`));
}

const formChecks: readonly Check[] = [
  serverCheck({
    id: 'record-is-minimal-and-in-form',
    title: 'a session is one hash with n, seed and attempt under its key, and nothing else, attached or detached',
    profile: 'stateful',
    requirements: ['RSQ-SES-1@49719bebc82a', 'RSQ-RDS-1@64e4ca38f73f', 'RSQ-RDS-7@5a628c230561'],
    scenario: 'store-record',
    judge: (traces) => {
      const looks = allLooks(caseOf(traces, 'life'));
      return both(
        each(looks, 'looks at a record', notInForm),
        each(
          looks.filter(({ keys }) => keys !== undefined),
          'looks at all keys',
          notInForm,
        ),
      );
    },
  }),
  serverCheck({
    id: 'stored-seed-gives-the-sequence',
    title: 'resume key and items follow from the seed in the record',
    profile: 'stateful',
    requirements: ['RSQ-RDS-1@64e4ca38f73f', 'RSQ-KEY-1@197cf2763968', 'RSQ-SFL-4@ab9954689b0b'],
    scenario: 'store-record',
    judge: (traces) => each(allLooks(caseOf(traces, 'life'), 'attached'), 'looks at a seed', notFromSeed),
  }),
];

/** Looks with the last drop of the suite before them. */
function afterDrops(trace: Trace): { look: Look; droppedAtMs: number }[] {
  return looksOf(trace, 'detached').flatMap((look) => {
    const drops = streamsOf(trace).flatMap(({ droppedAtMs }) => droppedAtMs ?? []);
    const droppedAtMs = drops.filter((atMs) => atMs <= look.atMs).at(-1);
    return droppedAtMs === undefined ? [] : [{ look, droppedAtMs }];
  });
}

const leaseChecks: readonly Check[] = [
  serverCheck({
    id: 'lease-is-renewed-while-attached',
    title: 'while attached the time to live stays between the retention and the retention + R',
    profile: 'stateful',
    requirements: ['RSQ-STO-3@61772af6dd2c'],
    scenario: 'store-record',
    judge: (traces, { description }) => {
      const looks = allLooks(caseOf(traces, 'life'), 'attached');
      const spanMs = (looks.at(-1)?.atMs ?? 0) - (looks[0]?.atMs ?? 0);
      if (spanMs < 2 * renewalMs(description)) return blocked('no session was attached for longer than two renewals');
      return each(looks, 'looks at an attached session', (look) => notLeased(look, description));
    },
  }),
  serverCheck({
    id: 'drop-starts-the-retention-in-the-record',
    title: 'when a connection drops, the deadline of the record is set to the retention at once',
    profile: 'stateful',
    requirements: ['RSQ-STO-4@cb57fa1234e9'],
    scenario: 'store-record',
    judge: (traces, { description }) =>
      each(caseOf(traces, 'life').flatMap(afterDrops), 'looks at a dropped session', ({ look, droppedAtMs }) =>
        notCountingFrom(look, { atMs: droppedAtMs, what: 'the drop' }, description.retentionMs),
      ),
  }),
];

const endChecks: readonly Check[] = [
  serverCheck({
    id: 'record-is-gone-after-final',
    title: 'after the final message nothing is left of the session in the store',
    profile: 'stateful',
    requirements: ['RSQ-FIN-5@6edadd6cffb2'],
    scenario: 'store-record',
    judge: (traces) =>
      each(
        caseOf(traces, 'final').filter((trace) => allStreams([trace]).some(({ final }) => final !== undefined)),
        'completed sessions',
        (trace) => {
          const looks = looksOf(trace, 'after final');
          if (looks.length === 0) return blocked('nobody looked');
          return firstOf(...looksOf(trace, 'before final').map(notThere), ...looks.map(notGone));
        },
      ),
  }),
  serverCheck({
    id: 'confirm-elsewhere-removes-the-record',
    title: 'with confirm-final the record stays for the retention, and CONFIRM at another instance removes it',
    profile: 'stateful',
    extension: 'confirm-final',
    requirements: ['RSQ-CNF-1@a2e87f2ffffc', 'RSQ-CNF-2@7d04b847a34a'],
    scenario: 'store-record',
    judge: (traces, { description }) => {
      const found = caseOf(traces, 'confirm');
      const [start] = labelled(found, 'start');
      const [confirm] = labelled(found, 'confirm');
      if (start?.final === undefined || confirm === undefined) return blocked('no session came to its end');
      const since = { atMs: start.statusAtMs ?? start.requestAtMs, what: 'the final message' };
      return both(
        each(allLooks(found, 'kept'), 'records kept for a CONFIRM', (look) =>
          notCountingFrom(look, since, description.retentionMs),
        ),
        each([confirm], 'CONFIRM', (call) =>
          call.status?.grpc === 'OK' ? undefined : streamFault(call, 'refused', 'status OK'),
        ),
        each(allLooks(found, 'after confirm'), 'looks after CONFIRM', notGone),
      );
    },
  }),
  serverCheck({
    id: 'confirm-elsewhere-ends-the-stream',
    title: 'a stream whose session another instance has discarded on a CONFIRM ends with SESSION_NOT_FOUND in time',
    profile: 'stateful',
    requirements: ['RSQ-CNF-4@e02fd09ce309'],
    scenario: 'store-record',
    judge: (traces, { description }) => {
      const found = caseOf(traces, 'confirm-attached');
      const [confirm] = labelled(found, 'confirm');
      if (confirm?.status?.grpc !== 'OK') return blocked('the CONFIRM was not answered without error');
      const fromMs = confirm.statusAtMs ?? confirm.requestAtMs;
      return each(labelled(found, 'start'), 'discarded sessions', (stream) =>
        notLost(stream, fromMs, description.intervalMs + 1_000),
      );
    },
  }),
  serverCheck({
    id: 'missing-record-ends-the-stream',
    title:
      'a stream whose record has vanished ends with SESSION_NOT_FOUND at the next renewal and does not bring it back',
    profile: 'stateful',
    requirements: ['RSQ-STO-5@aaaacc814b7e'],
    scenario: 'store-record',
    judge: (traces, { description }) => {
      const found = caseOf(traces, 'deleted');
      const note = found
        .flatMap(({ events }) => events)
        .find((e) => e.kind === 'note' && e.text === 'the record is deleted');
      if (note === undefined) return blocked('no record was deleted');
      // A renewal is due within R, its answer within the deadline of an operation.
      const limitMs = renewalMs(description) + OPERATION_MS;
      return both(
        each(labelled(found, 'start'), 'sessions without a record', (stream) => notLost(stream, note.atMs, limitMs)),
        each(allLooks(found, 'after the deletion'), 'looks after the deletion', notGone),
      );
    },
  }),
];

/** An operation has to be answered or given up within this. Spec: stores/redis.md, RSQ-RDS-8. */
const OPERATION_MS = 2_000;

/** Undefined when the stream has ended with SESSION_NOT_FOUND so soon after the moment. */
function notLost(stream: Stream, fromMs: number, withinMs: number): Verdict | undefined {
  const { code, grpc } = ERRORS.SESSION_NOT_FOUND;
  const expected = `${grpc} with reseq-code ${code} within ${withinMs} ms`;
  if (stream.status?.code !== code || stream.status.grpc !== grpc) return streamFault(stream, 'another end', expected);
  const tookMs = (stream.statusAtMs ?? 0) - fromMs;
  if (tookMs <= withinMs + stream.trace.lag.maxMs) return undefined;
  return lateFault(stream, 'ends too late', expected, `after ${Math.round(tookMs)} ms`);
}

export const recordChecks: readonly Check[] = [...formChecks, ...leaseChecks, ...endChecks];
