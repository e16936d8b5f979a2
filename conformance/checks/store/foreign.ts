/** Checks of what a server makes of records that it has not written: right, malformed, and with fields that it does not know. */

import type { Check } from '../../check.ts';
import { sequenceChecksum } from '../../oracle/checksum.ts';
import { FOREIGN_FIELD } from '../../scenarios/store/records.ts';
import { labelled } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, type Verdict } from '../../verdict.ts';
import { both, each, notRefused, notServed, serverCheck, streamFault } from '../server/common.ts';
import { attemptOf, keyOf } from '../server/session-case.ts';
import {
  allLooks,
  caseOf,
  firstOf,
  keyOfRecord,
  type Look,
  lookFault,
  looksOf,
  notGone,
  notTheSequence,
} from './common.ts';

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

export const foreignRecordChecks: readonly Check[] = [...foreignChecks, ...malformedChecks];
