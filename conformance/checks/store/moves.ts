/** Checks of sessions that move between instances: hand-over, takeover, races, stale connections, retention. */

import type { Check } from '../../check.ts';
import { checksumOf } from '../../oracle/checksum.ts';
import { labelled, type Stream } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, unsupported, type Verdict } from '../../verdict.ts';
import { both, each, notCarried, notRefused, notServed, serverCheck, streamFault } from '../server/common.ts';
import { attemptOf, keyOf, sameSession } from '../server/session-case.ts';
import { judgeRace, notSuperseded, takeovers } from '../server/sessions.ts';
import { expiredVerdict, keptVerdict, retentionCheck } from '../server/timing.ts';
import { firstOf, keyOfRecord, type Look, lookFault, looksOf, notLeased, notThere } from './common.ts';

/** A check of each case whose id begins so, by its streams. */
function eachCase(
  traces: readonly Trace[],
  prefix: string,
  labels: readonly string[],
  judge: (...streams: readonly Stream[]) => Verdict | undefined,
): Verdict {
  return each(
    traces.filter(({ caseId }) => caseId.startsWith(prefix)),
    `cases ${prefix}`,
    (trace) => {
      const found = labels.flatMap((label) => labelled(trace, label)[0] ?? []);
      if (found.length === labels.length) return judge(...found);
      return blocked(`${trace.caseId}: the case did not get as far as ${labels.join(', ')}`);
    },
  );
}

/** Undefined when no index has two values. */
function differing(streams: readonly Stream[]): Verdict | undefined {
  const seen = new Map<number, string>();
  for (const stream of streams) {
    for (const { index, value } of stream.values) {
      const before = seen.get(index) ?? value;
      if (before !== value) return streamFault(stream, `another value at index ${index} than elsewhere`, before, value);
      seen.set(index, value);
    }
  }
  return undefined;
}

/** Undefined when the final message carries the checksum over what all streams of the session carried. */
function wrongChecksum(streams: readonly Stream[], last: Stream): Verdict | undefined {
  const values = new Map(streams.flatMap((stream) => stream.values).map(({ index, value }) => [index, Number(value)]));
  const numbers = [...values].sort(([a], [b]) => a - b).map(([, value]) => value);
  const expected = Buffer.from(checksumOf(numbers)).toString('hex');
  if (last.final?.checksum === expected) return undefined;
  return streamFault(last, 'no final message with the right checksum', expected, last.final?.checksum);
}

const handoverChecks: readonly Check[] = [
  serverCheck({
    id: 'sessions-move-between-instances',
    title: 'a session that dropped at one instance goes on at the other, there and back, as the same sequence',
    profile: 'stateful',
    requirements: ['RSQ-RES-1@ae3c1aefe885', 'RSQ-KEY-2@169112189df6', 'RSQ-SFL-6@bfb7f24f90c1'],
    scenario: 'store-handover',
    judge: (traces) =>
      eachCase(traces, 'there-and-back', ['start', 'resume elsewhere', 'resume back'], (...streams) => {
        const [start, over, back] = streams;
        if (!start || !over || !back) return undefined;
        return (
          notServed(over, 2) ??
          notCarried(over, 3) ??
          notServed(back, 4) ??
          notCarried(back, 3) ??
          sameSession(over, start) ??
          sameSession(back, start) ??
          differing(streams) ??
          wrongChecksum(streams, back)
        );
      }),
  }),
  serverCheck({
    id: 'session-is-gone-everywhere-after-final',
    title: 'after the final message no instance resumes the session',
    profile: 'stateful',
    requirements: ['RSQ-FIN-5@6edadd6cffb2', 'RSQ-RES-4@5be298f5091e'],
    scenario: 'store-handover',
    judge: (traces) =>
      eachCase(traces, 'there-and-back', ['resume back', 'resume after final'], (back) => {
        if (back?.final === undefined) return blocked('no session came to its end');
        const after = labelled(back.trace, 'resume after final');
        return firstOf(...after.map((stream) => notRefused(stream, 'SESSION_NOT_FOUND')));
      }),
  }),
  serverCheck({
    id: 'start-again-elsewhere-attaches',
    title: 'a START repeated at the other instance attaches to the same session',
    profile: 'stateful',
    requirements: ['RSQ-OPN-3@b9e3463903e7'],
    scenario: 'store-handover',
    judge: (traces) =>
      eachCase(traces, 'start-again', ['start', 'start again'], (...streams) => {
        const [start, again] = streams;
        if (!start || !again) return undefined;
        return notServed(again, 0) ?? sameSession(again, start) ?? notCarried(again, 2) ?? differing(streams);
      }),
  }),
  serverCheck({
    id: 'refusals-are-the-same-elsewhere',
    title: 'another n, another key and an index beyond n are refused by the instance that has not made the session',
    profile: 'stateful',
    requirements: ['RSQ-OPN-4@1ab7ff23c37b', 'RSQ-KEY-3@782820087533', 'RSQ-RES-3@6a56389c0a5f'],
    scenario: 'store-handover',
    judge: (traces) =>
      eachCase(traces, 'start-again', ['other n', 'wrong key', 'beyond', 'start again'], (n, key, beyond, again) =>
        !n || !key || !beyond || !again
          ? undefined
          : (notRefused(n, 'SESSION_CONFLICT') ??
            notRefused(key, 'SESSION_NOT_FOUND') ??
            notRefused(beyond, 'OFFSET_OUT_OF_RANGE') ??
            notServed(again, 0)),
      ),
  }),
];

const takeoverChecks: readonly Check[] = [
  serverCheck({
    id: 'takeover-is-served-elsewhere',
    title: 'a newer attempt at the other instance is served although the session is attached',
    profile: 'stateful',
    requirements: ['RSQ-ATT-7@7a26794c60b2'],
    scenario: 'store-takeover',
    judge: (traces) => each(takeovers(traces), 'takeovers', ({ taker }) => notServed(taker) ?? notCarried(taker, 2)),
  }),
  serverCheck({
    id: 'superseded-elsewhere-ends',
    title: 'the older stream at the first instance ends with SESSION_TAKEN_OVER within one interval plus 1 s',
    profile: 'stateful',
    requirements: ['RSQ-ATT-8@07e546a5a8ff', 'RSQ-STO-5@aaaacc814b7e'],
    scenario: 'store-takeover',
    judge: (traces, { description }) =>
      each(takeovers(traces), 'superseded streams', (pair) => notSuperseded(pair, description.intervalMs)),
  }),
  serverCheck({
    id: 'stale-attempt-is-refused-elsewhere',
    title: 'an attempt that the other instance has used or surpassed is refused, and the newest stream goes on',
    profile: 'stateful',
    requirements: ['RSQ-ATT-3@1e578788f411'],
    scenario: 'store-takeover',
    judge: (traces) =>
      both(
        each(
          takeovers(traces).flatMap(({ taker }) => labelled(taker.trace, 'stale')),
          'stale attempts',
          (stream) => notRefused(stream, 'STALE_ATTEMPT'),
        ),
        each(takeovers(traces), 'newest streams', ({ taker }) => notCarried(taker, 2)),
      ),
  }),
  serverCheck({
    id: 'attach-is-atomic-across-instances',
    title:
      'of requests that race at two instances each gets an attempt of its own, all the same session, and one is left',
    profile: 'stateful',
    requirements: ['RSQ-RDS-5@4fe82fa0a64c', 'RSQ-ATT-2@f04d52f278e1', 'RSQ-MSG-2@e4b61f409ab1'],
    scenario: 'store-race',
    judge: (traces) =>
      each(traces, 'races', (trace) => {
        const racers = labelled(trace, 'race');
        const verdict = judgeRace(racers);
        if (verdict.verdict !== 'PASS') return verdict;
        const [first] = racers;
        return first && firstOf(...racers.map((racer) => sameSession(racer, first)));
      }),
  }),
];

/** Looks at the record from the takeover on, with the stream that holds the session. */
function guarded(traces: readonly Trace[], prefixes: readonly string[], takerLabel: string) {
  return traces
    .filter(({ caseId }) => prefixes.some((prefix) => caseId.startsWith(prefix)))
    .map((trace) => ({ taker: labelled(trace, takerLabel)[0], looks: looksOf(trace, 'taken over') }))
    .flatMap(({ taker, looks }) => (taker?.opened === undefined || looks.length === 0 ? [] : [{ taker, looks }]));
}

function recordOfAnother(look: Look, holder: Stream): Verdict | undefined {
  if (look.fields?.['attempt'] !== String(attemptOf(holder)))
    return lookFault(look, 'another attempt', `attempt ${attemptOf(holder)}`);
  return keyOfRecord(look) === keyOf(holder) ? undefined : lookFault(look, 'the seed of another session', 'its seed');
}

function staleCheck(fields: Pick<Check, 'id' | 'title'>, prefixes: readonly string[], takerLabel: string): Check {
  return serverCheck({
    ...fields,
    profile: 'stateful',
    requirements: ['RSQ-ATT-9@ba51a611b10c'],
    scenario: 'store-stale',
    judge: (traces, { description, seedFromClientId }) => {
      if (seedFromClientId && takerLabel === 'new life')
        return unsupported('both lives have one seed in the test mode');
      return each(guarded(traces, prefixes, takerLabel), 'sessions held by a newer connection', ({ taker, looks }) =>
        firstOf(...looks.map((look) => notThere(look) ?? recordOfAnother(look, taker) ?? notLeased(look, description))),
      );
    },
  });
}

const staleChecks: readonly Check[] = [
  staleCheck(
    {
      id: 'superseded-elsewhere-changes-no-record',
      title: 'renewing, detaching and finishing of a stream that another instance has superseded change no record',
    },
    ['dropped', 'about-to-finish'],
    'takeover',
  ),
  staleCheck(
    {
      id: 'former-life-changes-no-record',
      title: 'a stream of a former life of the client id, its attempt equal, changes no record of the new one',
    },
    ['reborn'],
    'new life',
  ),
];

const retentionChecks: readonly Check[] = [
  retentionCheck(
    'session-is-kept-across-instances',
    'a session that dropped at one instance can be resumed at the other until the retention has passed',
    ['RSQ-RET-2@fad80c6d4290'],
    'store-retention',
    keptVerdict,
  ),
  retentionCheck(
    'session-expires-across-instances',
    'a session that dropped at one instance is gone at the other when the retention plus 1 s has passed',
    ['RSQ-RET-3@a35696b8c273', 'RSQ-RES-4@5be298f5091e'],
    'store-retention',
    expiredVerdict,
  ),
];

export const moveChecks: readonly Check[] = [...handoverChecks, ...takeoverChecks, ...staleChecks, ...retentionChecks];
