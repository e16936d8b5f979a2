/** Checks of the random schedules: every session comes to its end, whatever happened to its streams. */

import type { Check } from '../../check.ts';
import { GHOST, TAKEN_OVER } from '../../scenarios/server/schedule.ts';
import { clientIdOf, type Stream, streamsOf } from '../../streams.ts';
import type { Json, Trace } from '../../trace.ts';
import { failed, inconclusive, type Verdict } from '../../verdict.ts';
import { each, notRefused, serverCheck, streamFault } from './common.ts';
import { type Incarnation, incarnationsOf } from './incarnations.ts';
import { notSuperseded, supersededLimit, type Takeover } from './sessions.ts';

interface Planned {
  readonly trace: Trace;
  readonly clientId: string;
  readonly n: number;
}

/** The sessions that the schedules were about. */
function plannedSessions(traces: readonly Trace[]): Planned[] {
  return traces.flatMap((trace) => {
    const { sessions } = trace.facts;
    return Array.isArray(sessions) ? sessions.flatMap((session: Json) => planned(trace, session)) : [];
  });
}

function planned(trace: Trace, session: Json): Planned[] {
  if (session === null || typeof session !== 'object' || !('clientId' in session) || !('n' in session)) return [];
  return [{ trace, clientId: String(session.clientId), n: Number(session.n) }];
}

/** The suite's own lateness beyond which a literal end may have come before the drop. */
const MAX_LAG_MS = 1_000;

/** A fault of one schedule says which that is. */
function inSchedule(trace: Trace, fault: Verdict | undefined): Verdict | undefined {
  if (fault !== undefined && trace.lag.maxMs > MAX_LAG_MS) {
    return inconclusive(`the suite was ${Math.round(trace.lag.maxMs)} ms late: ${fault.message}`);
  }
  return fault && { ...fault, schedule: String(trace.facts['schedule']) };
}

function notComplete({ trace, clientId, n }: Planned, incarnations: readonly Incarnation[]): Verdict | undefined {
  const streams = streamsOf(trace).filter((stream) => clientIdOf(stream) === clientId && stream.label !== GHOST);
  const last = streams.at(-1);
  if (last === undefined) return failed(`${trace.caseId}: nothing was opened`);
  const refused = streams.find(wasRefused);
  if (refused !== undefined) return streamFault(refused, 'refused', 'OPENED');
  const got = incarnations.find((one) => one.clientId === clientId)?.prefix.length ?? 0;
  if (last.final !== undefined && got === n) return undefined;
  return streamFault(last, 'not complete', `${n} items and FINAL`, `${got} items`);
}

/** A stream that was taken over while its request was on the way may have come too late; a newer one never may. */
function wasRefused({ opened, status, notes }: Stream): boolean {
  return opened === undefined && status !== undefined && !notes.includes(TAKEN_OVER);
}

const complete = serverCheck({
  id: 'random-schedules-complete',
  title: 'whatever the schedule of drops, a client gets each item and the end',
  profile: 'stateful',
  requirements: ['RSQ-RES-1@ae3c1aefe885', 'RSQ-RET-4@a94a2d0e01fe', 'RSQ-SFL-6@bfb7f24f90c1'],
  scenario: 'schedules',
  judge: (traces, context) => {
    const incarnations = incarnationsOf(traces, context);
    return each(plannedSessions(traces), `sessions in ${traces.length} schedules`, (session) =>
      inSchedule(session.trace, notComplete(session, incarnations)),
    );
  },
});

const hauntedInVain = serverCheck({
  id: 'random-ghosts-are-refused',
  title: 'a late request of an earlier attempt is refused, whatever the schedule',
  profile: 'stateful',
  requirements: ['RSQ-ATT-3@1e578788f411'],
  scenario: 'schedules',
  judge: (traces) =>
    each(
      traces.flatMap((trace) => streamsOf(trace).filter(({ label }) => label === GHOST)),
      'late requests',
      (stream) => inSchedule(stream.trace, notRefused(stream, 'STALE_ATTEMPT')),
    ),
});

const supersededEnd = serverCheck({
  id: 'random-takeovers-end-the-older-stream',
  title: 'a stream that is taken over ends with SESSION_TAKEN_OVER, whatever the schedule',
  profile: 'stateful',
  requirements: ['RSQ-ATT-8@07e546a5a8ff'],
  scenario: 'schedules',
  judge: (traces, { description }) =>
    each(
      traces.flatMap(takeovers).filter((pair) => !endedInTime(pair, description.intervalMs)),
      'superseded streams',
      (pair) => inSchedule(pair.old.trace, notSuperseded(pair, description.intervalMs)),
    ),
});

/** Streams that were taken over with those that did so. */
function takeovers(trace: Trace): Takeover[] {
  const streams = streamsOf(trace).filter(({ label }) => label !== GHOST);
  return streams.flatMap((old, position) => {
    if (!old.notes.includes(TAKEN_OVER) || old.opened === undefined || old.droppedAtMs !== undefined) return [];
    const taker = streams.slice(position + 1).find((stream) => clientIdOf(stream) === clientIdOf(old));
    return taker === undefined ? [] : [{ old, taker }];
  });
}

/** What was about to end may have come to its end before the takeover was felt. */
function endedInTime(pair: Takeover, intervalMs: number): boolean {
  const last = pair.old.values.at(-1);
  return last?.message.kind === 'final' && last.atMs <= supersededLimit(pair, intervalMs);
}

export const scheduleChecks: readonly Check[] = [complete, hauntedInVain, supersededEnd];
