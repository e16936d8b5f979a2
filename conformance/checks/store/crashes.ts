/** Checks of instances that were killed, shut down, or stopped and continued. */

import { ERRORS, type ErrorName } from '../../../protocol/errors.ts';
import type { Check } from '../../check.ts';
import { renewalMs } from '../../scenarios/store/drive.ts';
import { labelled, type Stream, streamsOf } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, failed, unsupported, type Verdict } from '../../verdict.ts';
import { both, each, lateFault, notRefused, notServed, serverCheck, streamFault } from '../server/common.ts';
import {
  firstOf,
  type Look,
  lookFault,
  looksOf,
  notCountingFrom,
  notDueBetween,
  notGone,
  notLeased,
  signalAtMs,
} from './common.ts';

/** Undefined when the stream came to its final message. */
function notFinished(stream: Stream): Verdict | undefined {
  return stream.final === undefined
    ? streamFault(stream, 'the session does not come to its end', 'the final message')
    : undefined;
}

const killChecks: readonly Check[] = [
  serverCheck({
    id: 'killed-instance-loses-nothing',
    title: 'sessions of a killed instance are resumed at another at once and until the retention has passed',
    profile: 'stateful',
    requirements: ['RSQ-RES-1@ae3c1aefe885', 'RSQ-RET-2@fad80c6d4290'],
    scenario: 'store-kill',
    judge: (traces) =>
      both(
        each(
          labelled(traces, 'resume at once'),
          'resumes at once',
          (stream) => notServed(stream, 2) ?? notFinished(stream),
        ),
        each(labelled(traces, 'resume late'), 'resumes before the end of the retention', (stream) =>
          notServed(stream, 0),
        ),
      ),
  }),
  serverCheck({
    id: 'killed-instance-leaves-a-lease',
    title: 'a killed instance leaves records that live for the retention to the retention + R, and then are gone',
    profile: 'stateful',
    requirements: ['RSQ-STO-3@61772af6dd2c'],
    scenario: 'store-kill',
    judge: (traces, { description }) =>
      each(traces, 'killed instances', (trace) => {
        const atMs = signalAtMs(trace, 'SIGKILL');
        const left = looksOf(trace, 'left behind');
        const after = looksOf(trace, 'after the lease');
        const late = labelled(trace, 'resume too late');
        if (atMs === undefined || left.length === 0 || after.length === 0 || late.length === 0)
          return blocked('no instance was killed and looked after');
        const { retentionMs } = description;
        const since = { atMs, what: 'the last renewal' };
        return firstOf(
          ...left.map((look) => notDueBetween(look, since, retentionMs, retentionMs + renewalMs(description))),
          ...after.map(notGone),
          ...late.map((stream) => notRefused(stream, 'SESSION_NOT_FOUND')),
        );
      }),
  }),
  serverCheck({
    id: 'drained-instance-hands-over',
    title: 'an instance that shuts down ends its streams as retryable, detaches their sessions, and another goes on',
    profile: 'stateful',
    requirements: ['RSQ-ERR-1@2bf3e97483ed', 'RSQ-STO-4@cb57fa1234e9'],
    scenario: 'store-drain',
    judge: (traces, { description }) =>
      each(traces, 'instances shut down', (trace) => {
        const atMs = signalAtMs(trace, 'SIGTERM');
        const looks = looksOf(trace, 'shut down');
        const over = labelled(trace, 'resume elsewhere');
        if (atMs === undefined || looks.length === 0 || over.length === 0)
          return blocked('no instance was shut down and its sessions resumed');
        return firstOf(
          ...labelled(trace, 'start').map(notHandedOver),
          ...looks.map((look) => notCountingFrom(look, { atMs, what: 'the shut-down' }, description.retentionMs)),
          ...over.map((stream) => notServed(stream, 2) ?? notFinished(stream)),
        );
      }),
  }),
];

/** Undefined when the stream ended with UNAVAILABLE, or with its connection. */
function notHandedOver(stream: Stream): Verdict | undefined {
  const { status } = stream;
  const { code, grpc } = ERRORS.UNAVAILABLE;
  const dropped = status?.code === undefined && status?.grpc === 'NONE';
  if (dropped || (status?.code === code && status.grpc === grpc)) return undefined;
  return streamFault(stream, 'not told to go elsewhere', `${grpc} with reseq-code ${code}, or a closed connection`);
}

/** Looks at records after the stopped instance went on, with the last one before that. */
function pairs(trace: Trace): { before: Look; after: Look }[] {
  const before = new Map(looksOf(trace, 'before').map((look) => [look.clientId, look]));
  return looksOf(trace, 'after').flatMap((after) => {
    const earlier = before.get(after.clientId);
    return earlier === undefined ? [] : [{ before: earlier, after }];
  });
}

function allPairs(traces: readonly Trace[]) {
  return traces.flatMap(pairs);
}

const zombieChecks: readonly Check[] = [
  serverCheck({
    id: 'zombie-changes-no-record',
    title: 'an instance that was stopped while its sessions moved deletes, renews and shortens nothing when it goes on',
    profile: 'stateful',
    requirements: ['RSQ-ATT-9@ba51a611b10c'],
    scenario: 'store-zombie',
    judge: (traces, { description, seedFromClientId }) => {
      if (seedFromClientId) return unsupported('a client id has one seed in the test mode');
      return each(allPairs(traces), 'looks at moved sessions', ({ before, after }) => {
        if (before.fields === undefined) return notGone(after);
        if (JSON.stringify(after.fields) !== JSON.stringify(before.fields))
          return lookFault(after, 'the record has changed', JSON.stringify(before.fields));
        return notLeased(after, description);
      });
    },
  }),
  serverCheck({
    id: 'zombie-sends-nothing',
    title: 'an instance that was stopped sends no item and no final message of sessions that have moved',
    profile: 'stateful',
    requirements: ['RSQ-ATT-8@07e546a5a8ff', 'RSQ-FIN-6@e0744a3ea8c8', 'RSQ-STO-7@6d59e7971b27'],
    scenario: 'store-zombie',
    judge: (traces, { seedFromClientId }) =>
      each(oldStreams(traces), 'streams of a stopped instance', ({ stream, wentOnAtMs }) => {
        // In the test mode a reborn session has the old seed, so the old stream may go on with it.
        if (seedFromClientId && stream.label.includes('reborn')) return undefined;
        const late = stream.values.find(({ atMs }) => atMs > wentOnAtMs);
        if (late === undefined) return undefined;
        return failed(`${stream.label}: the old stream goes on beside the new one`, {
          expected: 'no item',
          actual: `${late.message.kind} of index ${late.index}, ${Math.round(late.atMs - wentOnAtMs)} ms after it went on`,
          at: late.ref,
        });
      }),
  }),
  serverCheck({
    id: 'zombie-streams-end',
    title: 'streams of sessions that have moved end soon after their instance goes on',
    profile: 'stateful',
    requirements: ['RSQ-STO-5@aaaacc814b7e'],
    scenario: 'store-zombie',
    judge: (traces, { description, seedFromClientId }) =>
      each(
        oldStreams(traces).filter(({ stream }) => ENDS[stream.label] !== undefined),
        'streams of a stopped instance',
        ({ stream, wentOnAtMs }) => {
          if (seedFromClientId && stream.label.includes('reborn')) return undefined;
          const name = ENDS[stream.label] ?? 'SESSION_NOT_FOUND';
          const limitMs = description.intervalMs + 1_000 + stream.trace.lag.maxMs;
          const { code, grpc } = ERRORS[name];
          const expected = `${grpc} with reseq-code ${code} within ${Math.round(limitMs)} ms`;
          // Without a renewal its final message may not come: that is another good reason to end.
          const may = stream.label.endsWith('ending') ? ERRORS.UNAVAILABLE.code : code;
          if (stream.status?.code !== code && stream.status?.code !== may)
            return streamFault(stream, 'another end', expected);
          const tookMs = (stream.statusAtMs ?? 0) - wentOnAtMs;
          return tookMs <= limitMs
            ? undefined
            : lateFault(stream, 'ends late', expected, `after ${Math.round(tookMs)} ms`);
        },
      ),
  }),
];

/** How the streams of the stopped instance have to end. */
const ENDS: Readonly<Record<string, ErrorName>> = {
  'old moved': 'SESSION_TAKEN_OVER',
  'old ending': 'SESSION_TAKEN_OVER',
  'old completed': 'SESSION_NOT_FOUND',
  'old reborn': 'SESSION_NOT_FOUND',
  'old reborn-ending': 'SESSION_NOT_FOUND',
};

/** Streams that the suite held open over the stop, of traces in which the instance went on. */
function oldStreams(traces: readonly Trace[]): { stream: Stream; wentOnAtMs: number }[] {
  return traces.flatMap((trace) => {
    const wentOnAtMs = signalAtMs(trace, 'SIGCONT');
    if (wentOnAtMs === undefined || looksOf(trace, 'after').length === 0) return [];
    return streamsOf(trace)
      .filter(
        ({ label, droppedAtMs, opened }) =>
          label.startsWith('old ') && opened && (droppedAtMs ?? wentOnAtMs) >= wentOnAtMs,
      )
      .map((stream) => ({ stream, wentOnAtMs }));
  });
}

export const crashChecks: readonly Check[] = [...killChecks, ...zombieChecks];
