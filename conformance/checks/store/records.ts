/** Checks of the record: what is stored, how long it lives, what a server makes of records that it has not written. */

import { ERRORS } from '../../../protocol/errors.ts';
import type { Check } from '../../check.ts';
import { sequenceChecksum } from '../../oracle/checksum.ts';
import { itemAt } from '../../oracle/pcg32.ts';
import { renewalMs } from '../../scenarios/store/drive.ts';
import { FOREIGN_FIELD } from '../../scenarios/store/records.ts';
import { allStreams, labelled, type Stream, streamsOf } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, type Verdict } from '../../verdict.ts';
import { both, each, notRefused, notServed, serverCheck, streamFault } from '../server/common.ts';
import { attemptOf, keyOf } from '../server/session-case.ts';
import {
  allLooks,
  firstOf,
  keyOfRecord,
  type Look,
  lookFault,
  looksOf,
  notCountingFrom,
  notGone,
  notLeased,
  notThere,
  openedLast,
} from './common.ts';

const FORMS: Readonly<Record<string, RegExp>> = {
  n: /^[1-9]\d{0,4}$/,
  seed: /^[0-9a-f]{16}$/,
  attempt: /^[1-9]\d{0,9}$/,
};

function caseOf(traces: readonly Trace[], caseId: string): Trace[] {
  return traces.filter((trace) => trace.caseId === caseId);
}

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

/** Undefined when the stream's items are those of the seed. */
function notTheSequence(stream: Stream, seed: bigint): Verdict | undefined {
  const wrong = stream.values.find(({ index, value }) => value !== String(itemAt(seed, index)));
  if (wrong === undefined) return undefined;
  return streamFault(
    stream,
    `item ${wrong.index} does not follow from the seed of the record`,
    String(itemAt(seed, wrong.index)),
    wrong.value,
  );
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
    requirements: ['RSQ-STO-3@0f95cb508f26'],
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
  return streamFault(stream, 'ends too late', expected, `after ${Math.round(tookMs)} ms`);
}

const foreignChecks: readonly Check[] = [
  serverCheck({
    id: 'unknown-fields-of-a-record-are-kept',
    title: 'renewing, detaching and attaching leave fields that the server does not know as they are',
    profile: 'stateful',
    requirements: ['RSQ-RDS-2@5aaadcb17174'],
    scenario: 'store-record',
    judge: (traces) => {
      const found = caseOf(traces, 'unknown-fields');
      const [resumed] = labelled(found, 'resume');
      if (resumed === undefined) return blocked('the session with the unknown field was not resumed');
      const [[name, value] = ['', '']] = Object.entries(FOREIGN_FIELD);
      return both(
        each([resumed], 'resumes', (stream) => notServed(stream, 0)),
        each(allLooks(found), 'looks at an unknown field', (look) =>
          look.fields?.[name] === value
            ? undefined
            : lookFault(look, 'the unknown field has changed', `${name}=${value}`),
        ),
      );
    },
  }),
  serverCheck({
    id: 'injected-records-are-served',
    title: 'a record that no server has written is resumed at both ends with exactly the numbers of its seed',
    profile: 'stateful',
    requirements: ['RSQ-RDS-1@64e4ca38f73f', 'RSQ-SFL-4@ab9954689b0b', 'RSQ-SFL-5@20c3d01ed792'],
    scenario: 'store-injection',
    judge: (traces) =>
      each(
        traces.filter(({ caseId }) => caseId.startsWith('seed-')),
        'records of 65535 items',
        notGolden,
      ),
  }),
  serverCheck({
    id: 'refusals-leave-the-record-alone',
    title: 'refused requests change neither the fields nor the deadline of a record',
    profile: 'stateful',
    requirements: ['RSQ-OPN-1@080c6e9bb898', 'RSQ-ATT-3@1e578788f411'],
    scenario: 'store-injection',
    judge: (traces) => judgeAnswers(caseOf(traces, 'answers')),
  }),
];

const LONGEST = 65_535;

/** Undefined when a record of the suite was served with its golden numbers and is gone after its final message. */
function notGolden(trace: Trace): Verdict | undefined {
  const [near] = labelled(trace, 'resume at 0');
  const [far] = labelled(trace, 'resume at 65533');
  if (near === undefined || far === undefined) return blocked(`${trace.caseId}: nothing was resumed`);
  const seed = BigInt(`0x${String(trace.facts['seed'])}`);
  const served =
    notServed(near, 0) ??
    (near.values.length === 0 ? streamFault(near, 'no item came', 'item 0') : undefined) ??
    notServed(far, LONGEST - 2) ??
    notTheSequence(near, seed) ??
    notTheSequence(far, seed);
  if (served !== undefined) return served;
  const checksum = Buffer.from(sequenceChecksum(seed, LONGEST)).toString('hex');
  if (far.final?.checksum !== checksum || far.final.index !== LONGEST - 1)
    return streamFault(far, 'another final message', `index ${LONGEST - 1}, checksum ${checksum}`, far.final?.checksum);
  return firstOf(...looksOf(trace, 'after final').map(notGone));
}

function judgeAnswers(traces: readonly Trace[]): Verdict {
  const [injected] = allLooks(traces, 'injected');
  const [start] = labelled(traces, 'start');
  if (injected === undefined || start === undefined) return blocked('no record was written');
  return both(
    each(labelled(traces, 'wrong key'), 'wrong keys', (stream) => notRefused(stream, 'SESSION_NOT_FOUND')),
    each(labelled(traces, 'beyond'), 'indexes beyond n', (stream) => notRefused(stream, 'OFFSET_OUT_OF_RANGE')),
    each(labelled(traces, 'stale'), 'stale attempts', (stream) => notRefused(stream, 'STALE_ATTEMPT')),
    each(labelled(traces, 'other n'), 'other n', (stream) => notRefused(stream, 'SESSION_CONFLICT')),
    each(allLooks(traces, 'untouched'), 'looks after refusals', (look) => changedRecord(look, injected)),
    each(
      [start],
      'START for a record',
      (stream) =>
        notServed(stream, 0) ??
        (keyOf(stream) === keyOfRecord(injected) && attemptOf(stream) === 10
          ? undefined
          : streamFault(
              stream,
              'not attached to the record',
              'its resume key and attempt 10',
              `attempt ${attemptOf(stream)}`,
            )),
    ),
  );
}

/** Two looks see one deadline when they differ by no more than this. */
const SAME_DEADLINE_MS = 100;

/** Undefined when fields and deadline are those of an earlier look. */
function changedRecord(look: Look, before: Look): Verdict | undefined {
  const sorted = (fields: Look['fields']): string => JSON.stringify(Object.entries(fields ?? {}).sort());
  if (sorted(look.fields) !== sorted(before.fields))
    return lookFault(look, 'the record has changed', JSON.stringify(before.fields));
  const movedMs = look.atMs + look.ttlMs - (before.atMs + before.ttlMs);
  if (Math.abs(movedMs) <= SAME_DEADLINE_MS + look.tookMs + before.tookMs) return undefined;
  return lookFault(look, 'the deadline has moved', 'the same deadline', `moved by ${Math.round(movedMs)} ms`);
}

const malformedChecks: readonly Check[] = [
  serverCheck({
    id: 'malformed-record-is-an-error',
    title:
      'a record that lacks a field or has one in another form is answered with UNAVAILABLE, not as if it were none',
    profile: 'stateful',
    requirements: ['RSQ-RDS-4@1c9377bc3603', 'RSQ-RDS-9@80c5f85b035d'],
    scenario: 'store-malformed',
    judge: (traces) =>
      both(
        each(
          traces.flatMap((trace) => [...labelled(trace, 'bad resume'), ...labelled(trace, 'bad start')]),
          'requests for malformed records',
          (stream) => notRefused(stream, 'UNAVAILABLE'),
        ),
        each(labelled(traces, 'good'), 'good requests beside them', (stream) => notServed(stream, 0)),
      ),
  }),
  serverCheck({
    id: 'malformed-record-is-left-alone',
    title: 'a malformed record stays as it is',
    profile: 'stateful',
    requirements: ['RSQ-RDS-4@1c9377bc3603'],
    scenario: 'store-malformed',
    judge: (traces) =>
      each(
        traces.filter((trace) => labelled(trace, 'good').some(({ opened }) => opened !== undefined)),
        'malformed records',
        (trace) => {
          const [before] = looksOf(trace, 'before');
          const [after] = looksOf(trace, 'after');
          if (before === undefined || after === undefined) return blocked('nobody looked');
          return changedRecord(after, before);
        },
      ),
  }),
];

export const recordChecks: readonly Check[] = [
  ...formChecks,
  ...leaseChecks,
  ...endChecks,
  ...foreignChecks,
  ...malformedChecks,
];
