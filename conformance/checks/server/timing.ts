/** Checks of times: retention, pace, gaps. Each allows for the lag of the suite's own event loop. */

import { DEFAULT_RETENTION_MS } from '../../../protocol/limits.ts';
import { type Check, EVERY_SCENARIO } from '../../check.ts';
import { LAG_SAMPLE_MS } from '../../clock.ts';
import { allStreams, labelled, type Stream, streamsOf } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, failed, inconclusive, type Verdict } from '../../verdict.ts';
import { each, endFault, find, notCarried, notRefused, notServed, serverCheck, streamFault } from './common.ts';

/** Spec: a measuring peer probes up to this before the end of the retention ... */
const BEFORE_MS = 500;
/** ... and from this after it. */
const AFTER_MS = 1_000;

interface Probe {
  readonly trace: Trace;
  readonly stream: Stream;
  /** Between the last drop and the probe, minus the retention. */
  readonly offsetMs: number;
}

/** The probe of each case with the time that had passed since the drop before it. */
function probes(traces: readonly Trace[], retentionMs: number): Probe[] {
  return traces.flatMap((trace) => {
    const [stream] = labelled(trace, 'probe');
    const dropped = streamsOf(trace)
      .filter((other) => other !== stream && other.label !== 'stranger')
      .flatMap(({ droppedAtMs }) => droppedAtMs ?? [])
      .at(-1);
    if (stream === undefined || dropped === undefined) return [];
    return [{ trace, stream, offsetMs: stream.requestAtMs - dropped - retentionMs }];
  });
}

function showProbe(probe: Probe, retentionMs: number): string {
  return `probe ${((probe.offsetMs + retentionMs) / 1_000).toFixed(2)} s after the drop`;
}

export function keptVerdict(all: readonly Probe[], retentionMs: number): Verdict {
  const early = all.filter(({ trace }) => Number(trace.facts['offsetMs']) < 0);
  const usable = early.filter(({ offsetMs }) => offsetMs <= -BEFORE_MS);
  if (early.length > 0 && usable.length === 0) return inconclusive('every early probe was sent too late to judge');
  return each(usable, `probes before ${retentionMs} ms`, (probe) => {
    const verdict = notServed(probe.stream, 0);
    return verdict && { ...verdict, message: `the session is gone too early: ${showProbe(probe, retentionMs)}` };
  });
}

function goneVerdict(all: readonly Probe[], retentionMs: number): Verdict {
  return each(
    all.filter(({ offsetMs }) => offsetMs >= AFTER_MS),
    `probes after ${retentionMs + AFTER_MS} ms`,
    (probe) => {
      const verdict = notRefused(probe.stream, 'SESSION_NOT_FOUND');
      return verdict && { ...verdict, message: `the session is still there: ${showProbe(probe, retentionMs)}` };
    },
  );
}

/** Without a probe that was served, "not found" shows nothing. */
export function expiredVerdict(all: readonly Probe[], retentionMs: number): Verdict {
  const kept = keptVerdict(all, retentionMs);
  if (kept.verdict === 'FAIL') return blocked(`no session lives long enough to expire: ${kept.message}`);
  return goneVerdict(all, retentionMs);
}

export function retentionCheck(
  id: string,
  title: string,
  requirements: Check['requirements'],
  scenario: string,
  judge: (all: readonly Probe[], retentionMs: number) => Verdict,
  include: (trace: Trace) => boolean = () => true,
): Check {
  return serverCheck({
    id,
    title,
    profile: 'stateful',
    requirements,
    scenario,
    toleranceMs: BEFORE_MS,
    judge: (traces, { description }) => {
      const all = probes(traces.filter(include), description.retentionMs);
      if (all.length === 0) return blocked('no session was opened, dropped and probed');
      return judge(all, description.retentionMs);
    },
  });
}

const plain = (trace: Trace): boolean => trace.facts['disturbed'] !== true;

const retentionChecks: readonly Check[] = [
  retentionCheck(
    'session-is-kept-for-the-retention',
    'a detached session can be resumed until the retention has passed',
    ['RSQ-RET-2@fad80c6d4290'],
    'expiry-fan',
    keptVerdict,
    plain,
  ),
  retentionCheck(
    'session-expires-after-the-retention',
    'a detached session is gone when the retention plus 1 s has passed since the FIN, RST or cancel',
    ['RSQ-RET-3@a35696b8c273', 'RSQ-RES-4@5be298f5091e'],
    'expiry-fan',
    expiredVerdict,
    plain,
  ),
  retentionCheck(
    'strangers-do-not-touch-the-retention',
    'requests of others for the same client id neither end nor lengthen the retention',
    ['RSQ-RET-6@2c4ab6af0f24'],
    'expiry-fan',
    (all, retentionMs) => {
      const kept = keptVerdict(all, retentionMs);
      return kept.verdict === 'PASS' ? goneVerdict(all, retentionMs) : kept;
    },
    (trace) => !plain(trace),
  ),
  retentionCheck(
    'each-drop-starts-the-retention-anew',
    'each attach stops the retention and each detach starts it in full',
    ['RSQ-RET-4@a94a2d0e01fe'],
    'retention-reset',
    (all, retentionMs) => {
      const kept = keptVerdict(all, retentionMs);
      return kept.verdict === 'PASS' ? goneVerdict(all, retentionMs) : kept;
    },
  ),
  serverCheck({
    id: 'attached-session-is-kept',
    title: 'a session is kept while a stream is attached to it, however long',
    profile: 'stateful',
    requirements: ['RSQ-RET-1@25a4bec4ae30', 'RSQ-ATT-9@ba51a611b10c'],
    scenario: 'long-connection',
    judge: (traces) =>
      each(traces, 'sessions attached for longer than the retention', (trace) => {
        const stayed = streamsOf(trace).find(({ notes }) => notes.includes('still connected'));
        const back = find(streamsOf(trace), trace.caseId, 'return');
        if (stayed === undefined || back === undefined) return blocked(`${trace.caseId}: the session was not opened`);
        if (stayed.status !== undefined) return endFault(stayed, 'the attached stream was ended', 'a running stream');
        return notServed(back) ?? notCarried(back, 1);
      }),
  }),
  serverCheck({
    id: 'retention-is-as-declared',
    title: 'OPENED says the retention that is declared',
    profile: 'stateful',
    requirements: ['RSQ-RET-5@dc485d5c9720', 'RSQ-DSC-2@bc2462f4ebf9'],
    scenario: 'expiry-fan',
    judge: (traces, { description }) => judgeRetention(traces, description.retentionMs, 'as DESCRIBE says'),
  }),
  serverCheck({
    id: 'retention-is-30-s',
    title: 'the retention should be 30 s',
    profile: 'stateful',
    requirements: ['RSQ-RET-7@2900ad176e9a'],
    scenario: 'expiry-fan',
    judge: (traces) => judgeRetention(traces, DEFAULT_RETENTION_MS, 'as recommended'),
  }),
];

function judgeRetention(traces: readonly Trace[], expectedMs: number, why: string): Verdict {
  return each(
    allStreams(traces).filter(({ opened }) => opened !== undefined),
    'OPENEDs',
    (stream) => {
      const sequence = stream.opened?.sequence;
      const actual = sequence?.profile === 'stateful' ? sequence.retentionMs : undefined;
      if (actual === expectedMs) return undefined;
      return streamFault(stream, `another retention, ${actual} ms`, `${expectedMs} ms ${why}`, `${actual} ms`);
    },
  );
}

/** The first item may take half an interval. */
const FIRST_ITEM_PART = 0.5;
const MIN_GAP_PART = 0.9;
/** For the way of a message through two kernels. */
const TRANSIT_MS = 20;
const RATE_TOLERANCE = 0.02;
const MIN_SLOPE_ITEMS = 10;

const firstItem = serverCheck({
  id: 'first-item-comes-at-once',
  title: 'the first item of each stream comes within half an interval after OPENED',
  profile: 'any',
  requirements: ['RSQ-PAC-1@fc2f84ab1489'],
  scenario: EVERY_SCENARIO,
  judge: (traces) => {
    const late: Verdict[] = [];
    const all = allStreams(traces).filter(({ openedAtMs, values }) => openedAtMs !== undefined && values.length > 0);
    for (const stream of all) late.push(...lateFirstItem(stream));
    const [example] = late;
    if (example !== undefined && late.length > LATE_PART * all.length) {
      return { ...example, message: `${late.length} of ${all.length} streams: ${example.message}` };
    }
    return each(all, 'first items', () => undefined);
  },
});

/** A machine under load delays single messages: more than this part of all has to be late. */
const LATE_PART = 0.1;

function lateFirstItem(stream: Stream): Verdict[] {
  const [first] = stream.values;
  const { opened, openedAtMs } = stream;
  if (first === undefined || opened === undefined || openedAtMs === undefined) return [];
  const waited = first.atMs - openedAtMs;
  const allowed = FIRST_ITEM_PART * opened.intervalMs + stream.trace.lag.maxMs + TRANSIT_MS;
  if (waited <= allowed) return [];
  const expected = `within ${Math.round(allowed)} ms after OPENED`;
  return [failed('the first item is late', { expected, actual: `${Math.round(waited)} ms`, at: first.ref })];
}

function gapsOf(stream: Stream) {
  const interval = stream.opened?.intervalMs ?? 0;
  return stream.values.slice(1).map((value, i) => ({
    stream,
    value,
    gapMs: value.atMs - (stream.values[i]?.atMs ?? value.atMs),
    // A stall may have begun a whole sample before the lag shows. The first item waits for a second turn of the event loop, as it
    // comes together with what opens the stream.
    leastMs: MIN_GAP_PART * interval - (i === 0 ? 2 : 1) * stream.trace.lag.maxMs - LAG_SAMPLE_MS - TRANSIT_MS,
  }));
}

type Gap = ReturnType<typeof gapsOf>[number];

/** So many short gaps that a late machine may have made are passed over, or such a part of all gaps. */
const FEW_DOUBTFUL = 2;
const FEW_DOUBTFUL_PART = 0.01;

const noBurst = serverCheck({
  id: 'items-never-come-in-bursts',
  title: 'two items of a stream are never less than 0.9 intervals apart, also after a resume',
  profile: 'any',
  requirements: ['RSQ-PAC-3@1c2af0418d54'],
  scenario: EVERY_SCENARIO,
  judge: (traces) => {
    const gaps = allStreams(traces).flatMap(gapsOf);
    const usable = gaps.filter(({ leastMs }) => leastMs > 0);
    if (gaps.length > 0 && usable.length === 0)
      return inconclusive('the suite was too late, or the interval is too short, to judge gaps');
    const isShort = ({ gapMs, leastMs }: Gap): boolean => gapMs < leastMs;
    const doubtful = usable.filter((gap) => isShort(gap) && mayBeLate(gap));
    // A server that sends bursts does so again and again; single items that were held up are the machine's.
    const areFew = doubtful.length <= Math.max(FEW_DOUBTFUL, FEW_DOUBTFUL_PART * usable.length);
    return each(areFew ? usable.filter((gap) => !doubtful.includes(gap)) : usable, 'gaps', (gap) => {
      const { stream, value, gapMs, leastMs } = gap;
      if (!isShort(gap)) return undefined;
      const message = `${stream.trace.caseId}: item ${value.index} comes too soon after the one before`;
      if (doubtful.includes(gap)) {
        const lagMs = Math.round(stream.trace.lag.maxMs);
        return inconclusive(`${message}, which may itself have come late: the suite was late by up to ${lagMs} ms`);
      }
      return failed(message, {
        expected: `a gap of at least ${Math.round(leastMs)} ms`,
        actual: `${Math.round(gapMs)} ms`,
        at: value.ref,
      });
    });
  },
});

/**
 * Whether a short gap may come of the item before it having been delayed on a busy machine: the suite was late by more than what is
 * judged, and seen from an earlier item this one comes in its time.
 */
export function mayBeLate({ stream, value }: Pick<Gap, 'stream' | 'value'>): boolean {
  const interval = stream.opened?.intervalMs ?? 0;
  if (stream.trace.lag.maxMs <= (1 - MIN_GAP_PART) * interval) return false;
  const position = stream.values.indexOf(value);
  return stream.values
    .slice(0, Math.max(0, position - 1))
    .some((earlier, at) => value.atMs - earlier.atMs >= (position - at) * MIN_GAP_PART * interval - TRANSIT_MS);
}

/** Median of the slopes between all pairs: robust against single late arrivals. */
export function theilSen(timesMs: readonly number[]): number {
  const slopes = timesMs.flatMap((a, i) => timesMs.slice(i + 1).map((b, k) => (b - a) / (k + 1)));
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  const upper = slopes[middle] ?? 0;
  return slopes.length % 2 === 1 ? upper : ((slopes[middle - 1] ?? upper) + upper) / 2;
}

const rate = serverCheck({
  id: 'pace-is-one-item-per-interval',
  title: 'items come at the rate of the interval in OPENED, within 2 %',
  profile: 'any',
  requirements: ['RSQ-PAC-2@6644a8072d9b', 'RSQ-PAC-7@4bf666415028'],
  scenario: 'pace',
  judge: (traces) => {
    const long = allStreams(traces).filter(({ values }) => values.length > MIN_SLOPE_ITEMS);
    const expected = traces.length;
    if (long.length < expected) {
      const short = allStreams(traces).find(
        ({ label, values }) => label !== 'start' && values.length <= MIN_SLOPE_ITEMS,
      );
      const opened = allStreams(traces).some(({ values }) => values.length > 0);
      if (!opened) return blocked('no stream carried items');
      const culprit = short ?? allStreams(traces)[0];
      return culprit === undefined
        ? blocked('no stream')
        : streamFault(
            culprit,
            'too few items in the time',
            `more than ${MIN_SLOPE_ITEMS} items`,
            `${culprit.values.length} items`,
          );
    }
    return each(long, 'streams at their pace', judgeRate);
  },
});

function judgeRate(stream: Stream): Verdict | undefined {
  const interval = stream.opened?.intervalMs ?? 0;
  // The first gap is dithered on purpose.
  const slope = theilSen(stream.values.slice(1).map(({ atMs }) => atMs));
  const excess = Math.abs(slope - interval) - RATE_TOLERANCE * interval;
  if (excess <= 0) return undefined;
  const { meanMs } = stream.trace.lag;
  // What the suite's own lateness cannot explain is the server's.
  if (meanMs > (RATE_TOLERANCE * interval) / 2 && excess <= 2 * meanMs)
    return inconclusive(`the suite's event loop was ${Math.round(meanMs)} ms late on average`);
  return failed(`${stream.trace.caseId}: another rate`, {
    expected: `${interval} ms per item, 2 % more or less`,
    actual: `${slope.toFixed(1)} ms per item over ${stream.values.length - 1} items`,
    at: stream.ref,
    measured: { slopeMs: slope, items: stream.values.length - 1 },
  });
}

const intervalDeclared = serverCheck({
  id: 'interval-is-as-declared',
  title: 'each OPENED says the interval that DESCRIBE declares',
  profile: 'any',
  requirements: ['RSQ-DSC-2@bc2462f4ebf9', 'RSQ-PAC-7@4bf666415028'],
  scenario: EVERY_SCENARIO,
  judge: (traces, { description }) =>
    each(
      allStreams(traces).filter(({ opened }) => opened !== undefined),
      'OPENEDs',
      (stream) =>
        stream.opened?.intervalMs === description.intervalMs
          ? undefined
          : streamFault(stream, 'another interval', `${description.intervalMs} ms`, `${stream.opened?.intervalMs} ms`),
    ),
});

export const timingChecks: readonly Check[] = [...retentionChecks, firstItem, noBurst, rate, intervalDeclared];
