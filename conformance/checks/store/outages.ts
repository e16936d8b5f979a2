/** Checks of a server whose store is full or does not answer. */

import type { Check } from '../../check.ts';
import { renewalMs } from '../../scenarios/store/drive.ts';
import { labelled, type Stream } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, failed, inconclusive, type Verdict } from '../../verdict.ts';
import {
  both,
  each,
  lateFault,
  notCarried,
  notRefused,
  notServed,
  serverCheck,
  streamFault,
} from '../server/common.ts';
import { signalAtMs } from './common.ts';

/** Spec: stores/redis.md, RSQ-RDS-8, and the way of the answer. */
const OPERATION_MS = 2_000;
const ANSWER_MS = OPERATION_MS + 1_000;
/** Spec: stores/redis.md, RSQ-RDS-10. */
const RETURN_MS = 5_000;

interface Outage {
  readonly trace: Trace;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Cases in which the store was stopped and continued. */
function outages(traces: readonly Trace[]): Outage[] {
  return traces.flatMap((trace) => {
    const fromMs = signalAtMs(trace, 'SIGSTOP');
    const toMs = signalAtMs(trace, 'SIGCONT');
    return fromMs === undefined || toMs === undefined ? [] : [{ trace, fromMs, toMs }];
  });
}

/** Requests that were made while the store did not answer, and answered then or not at all. */
function requestsWithin(all: readonly Outage[]): Stream[] {
  return all.flatMap(({ trace, fromMs, toMs }) =>
    labelled(trace, 'new').filter((stream) => {
      const answeredAtMs = stream.openedAtMs ?? stream.statusAtMs ?? 0;
      return stream.requestAtMs > fromMs && answeredAtMs < toMs;
    }),
  );
}

const requestChecks: readonly Check[] = [
  serverCheck({
    id: 'full-store-is-overloaded',
    title: 'a START that the store refuses for want of memory is answered with OVERLOADED',
    profile: 'stateful',
    requirements: ['RSQ-RDS-11@6744f8cb626b'],
    scenario: 'store-outage',
    judge: (traces) =>
      both(
        each(labelled(traces, 'before full'), 'STARTs before', (stream) => notServed(stream, 0)),
        each(labelled(traces, 'full'), 'STARTs at a full store', (stream) => notRefused(stream, 'OVERLOADED')),
        each(labelled(traces, 'after full'), 'STARTs after', (stream) => notServed(stream, 0)),
      ),
  }),
  serverCheck({
    id: 'outage-is-unavailable',
    title: 'while the store does not answer, stateful requests are refused with UNAVAILABLE, never SESSION_NOT_FOUND',
    profile: 'stateful',
    requirements: ['RSQ-RDS-9@80c5f85b035d', 'RSQ-RES-6@56abd07df4bf', 'RSQ-STO-6@b6f9ea325294'],
    scenario: 'store-outage',
    judge: (traces) =>
      both(
        ...['new start', 'new resume', 'new confirm'].map((label) =>
          each(
            requestsWithin(outages(traces)).filter((stream) => stream.label === label),
            `requests without a store (${label})`,
            (stream) => notRefused(stream, 'UNAVAILABLE'),
          ),
        ),
        each(labelled(traces, 'resume after'), 'resumes after the outage', (stream) => notServed(stream, 1)),
      ),
  }),
  serverCheck({
    id: 'store-operations-have-a-deadline',
    title: 'a request that the store does not answer is answered within 2 s and a little',
    profile: 'stateful',
    requirements: ['RSQ-RDS-8@01c13d8df159'],
    scenario: 'store-outage',
    judge: (traces) =>
      each(requestsWithin(outages(traces)), 'requests without a store', (stream) => {
        const answeredAtMs = stream.openedAtMs ?? stream.statusAtMs;
        const expected = `an answer within ${ANSWER_MS} ms`;
        if (answeredAtMs === undefined) return streamFault(stream, 'no answer', expected);
        const tookMs = answeredAtMs - stream.requestAtMs;
        if (tookMs <= ANSWER_MS + stream.trace.lag.maxMs) return undefined;
        return lateFault(stream, 'answered late', expected, `after ${Math.round(tookMs)} ms`);
      }),
  }),
  serverCheck({
    id: 'service-is-back-within-5-s',
    title: 'new requests are served within 5 s after the store is back',
    profile: 'stateful',
    requirements: ['RSQ-RDS-10@0d8271015ed5'],
    scenario: 'store-outage',
    judge: (traces) =>
      each(outages(traces), 'outages', ({ trace, toMs }) => {
        const knocks = labelled(trace, 'start after');
        if (knocks.length === 0) return blocked('nobody knocked after the outage');
        const served = knocks.find(({ opened }) => opened !== undefined);
        const expected = `served within ${RETURN_MS} ms`;
        if (served?.openedAtMs === undefined) return knocks[0] && streamFault(knocks[0], 'not back', expected);
        const backMs = served.openedAtMs - toMs;
        if (backMs <= RETURN_MS + trace.lag.maxMs) return undefined;
        return lateFault(served, 'back too late', expected, `${Math.round(backMs)} ms`);
      }),
  }),
];

/** Items of a stream that came within a time. */
function itemsBetween(stream: Stream, fromMs: number, toMs: number): number {
  return stream.values.filter(({ atMs }) => atMs > fromMs && atMs < toMs).length;
}

/** Undefined when the stream went on. That it keeps its pace is judged elsewhere: a machine that starts and stops stores is late. */
function notFlowing(stream: Stream, fromMs: number, toMs: number, intervalMs: number): Verdict | undefined {
  const least = Math.floor((0.5 * (toMs - fromMs)) / intervalMs) - 1;
  const count = itemsBetween(stream, fromMs, toMs);
  if (least < 1) return inconclusive('the outage was too short to tell');
  if (count >= least) return undefined;
  return streamFault(
    stream,
    'the stream does not go on without its store',
    `at least ${least} items`,
    `${count} items`,
  );
}

const streamChecks: readonly Check[] = [
  serverCheck({
    id: 'streams-go-on-through-an-outage',
    title: 'attached streams carry items at their pace while the store does not answer, and go on after it',
    profile: 'stateful',
    requirements: ['RSQ-STO-6@b6f9ea325294'],
    scenario: 'store-outage',
    judge: (traces, { description }) =>
      each(outages(traces), 'outages', ({ trace, fromMs, toMs }) => {
        const [stream] = labelled(trace, 'running');
        if (stream === undefined || itemsBetween(stream, Number.NEGATIVE_INFINITY, fromMs) === 0)
          return blocked('no stream was running');
        if (stream.status !== undefined) return streamFault(stream, 'the stream was ended', 'a running stream');
        const after = itemsBetween(stream, toMs, Number.POSITIVE_INFINITY);
        return (
          notFlowing(stream, fromMs, toMs, description.intervalMs) ??
          (after === 0 ? streamFault(stream, 'no item after the outage', 'items') : undefined)
        );
      }),
  }),
  serverCheck({
    id: 'no-final-without-a-renewal',
    title:
      'a stream whose final message is due while the store does not answer ends with UNAVAILABLE instead, and is completed later',
    profile: 'stateful',
    requirements: ['RSQ-FIN-6@e0744a3ea8c8', 'RSQ-STO-6@b6f9ea325294'],
    scenario: 'store-outage',
    judge: (traces, { description }) =>
      each(outages(traces), 'outages', ({ trace, fromMs, toMs }) => {
        const [ending] = labelled(trace, 'ending');
        const [rest] = labelled(trace, 'rest');
        if (ending?.opened === undefined || rest === undefined) return blocked('no session came close to its end');
        return (
          notWithheld(ending, { trace, fromMs, toMs }, description.intervalMs) ??
          notServed(rest) ??
          (rest.final === undefined
            ? streamFault(rest, 'not completed after the outage', 'the final message')
            : undefined)
        );
      }),
  }),
  serverCheck({
    id: 'lease-ends-the-stream',
    title: 'streams go on until the lease has run out in an outage, then end with UNAVAILABLE',
    profile: 'stateful',
    requirements: ['RSQ-STO-6@b6f9ea325294'],
    scenario: 'store-long-outage',
    judge: (traces, { description }) =>
      each(
        outages(traces).flatMap(({ trace, fromMs }) =>
          labelled(trace, 'running').map((stream) => ({ stream, fromMs })),
        ),
        'streams without a store',
        ({ stream, fromMs }) => {
          if (notCarried(stream, 1) !== undefined) return blocked('the stream was not running');
          const leastMs = description.retentionMs - EDGE_MS;
          const mostMs = description.retentionMs + renewalMs(description) + EDGE_MS + stream.trace.lag.maxMs;
          const tookMs = (stream.statusAtMs ?? Number.POSITIVE_INFINITY) - fromMs;
          const expected = `an end ${leastMs} to ${Math.round(mostMs)} ms after the store fell silent`;
          if (tookMs < leastMs || tookMs > mostMs)
            return streamFault(stream, 'not ended with its lease', expected, `after ${Math.round(tookMs)} ms`);
          return ended(stream) ?? notFlowing(stream, fromMs, fromMs + leastMs, description.intervalMs);
        },
      ),
  }),
];

/** Undefined when the stream ended with UNAVAILABLE in the outage, in place of its final message. */
function notWithheld(ending: Stream, { trace, fromMs, toMs }: Outage, intervalMs: number): Verdict | undefined {
  const finalAtMs = ending.values.find(({ message }) => message.kind === 'final')?.atMs;
  const limitMs = fromMs + intervalMs + 1_000 + trace.lag.maxMs;
  if (finalAtMs !== undefined && finalAtMs > limitMs && finalAtMs < toMs)
    return streamFault(ending, 'a final message without a renewal', 'UNAVAILABLE', 'the final message');
  if ((ending.statusAtMs ?? toMs) < toMs && finalAtMs === undefined) return ended(ending);
  const items = ending.values.filter(({ message, atMs }) => message.kind === 'item' && atMs < toMs);
  const dueAtMs = (items.at(-1)?.atMs ?? toMs) + intervalMs;
  if ((finalAtMs ?? toMs) < limitMs || dueAtMs + OPERATION_MS > toMs)
    return inconclusive('the final message was not due within the outage, late enough to tell');
  return streamFault(ending, 'not ended when FINAL was due', 'UNAVAILABLE');
}

/** Between the end of a lease and the end of its stream, on a machine with other work. */
const EDGE_MS = 1_000;

/** Undefined when the stream ended with UNAVAILABLE. */
function ended({ status, label, trace, ref }: Stream): Verdict | undefined {
  if (status?.grpc === 'UNAVAILABLE' && status.code === 200) return undefined;
  return failed(`${trace.caseId}, ${label}: another end`, {
    expected: 'UNAVAILABLE with reseq-code 200',
    actual: status === undefined ? 'no end' : `${status.grpc} with reseq-code ${status.code}`,
    at: ref,
  });
}

export const outageChecks: readonly Check[] = [...requestChecks, ...streamChecks];
