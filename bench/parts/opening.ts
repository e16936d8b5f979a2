/**
 * Opening: resumes far into a sequence, opens a second, a reconnect storm.
 */

import { hasRedis, startRedis } from '../../reference-server/testing/redis-process.ts';
import { Generator } from '../load/generator.ts';
import type { Answers } from '../load/protocol.ts';
import { measureRounds, noteOnNoise, type Window } from '../measure/rounds.ts';
import { N, open } from '../measure/windows.ts';
import { FLOOR, type Peer, type PeerName, startPeer } from '../peers/peers.ts';
import { fastestOf } from '../report/bars.ts';
import type { Bars, PartReport, Settings } from '../report/model.ts';
import { median } from '../statistics.ts';

const GOAL_RESUME_MS = 0.5;
const OPEN = 'a fresh open';
/** Where to; FINAL comes with the checksum of all numbers. */
const RESUMES: Readonly<Record<string, number>> = { 'an item, 65,533': 65_533, 'FINAL, 65,534': 65_534 };
/** Whatever --rounds says: a round takes a third of a second. */
const RESUME_ROUNDS = 25;
const RESUME_SAMPLES = 60;
const GOAL_BACK_MS = 2_000;
const STORM_SESSIONS = 10_000;
/** Each takes half a minute for each server. */
const STORM_ROUNDS = 3;

/** nghttp2 takes a thousand cancelled calls in a row on one connection for an attack, and closes it. */
const CHURN_CONNECTIONS = 32;

/** Interval of a second: what is timed is the first item alone. */
const SLOW = { intervalMs: 1_000, streams: 10_000, flags: ['--resume-rate', '0'] };

/**
 * Times of computation on a connection where nothing else happens: they are those of the fastest rounds, since whatever else
 * runs on the machine can only add to them.
 */
export async function benchResume(settings: Settings): Promise<PartReport> {
  const load = new Generator();
  const peer = await startPeer('reseq', SLOW);
  try {
    const { values } = await measureRounds(Object.keys(RESUMES), settings.isQuick ? 1 : RESUME_ROUNDS, async (name) => {
      const samples = settings.isQuick ? 20 : RESUME_SAMPLES;
      const index = RESUMES[name] ?? 0;
      const { startMs, resumeMs } = await load.order({ kind: 'resume', port: peer.port, n: N, index, samples });
      return { value: { openMs: median(startMs), resumeMs: median(resumeMs) }, pressure: 0 };
    });
    const [first = []] = values.values();
    const bars: Bars = {
      title: 'time to the first item',
      unit: 'ms',
      reference: OPEN,
      subjects: [
        { name: OPEN, values: first.map(({ openMs }) => openMs) },
        ...[...values].map(([name, rounds]) => ({ name, values: rounds.map(({ resumeMs }) => resumeMs) })),
      ],
    };
    return {
      part: 'resume',
      title: 'Resume far into a sequence of 65,535',
      bars: [bars],
      curves: [],
      goals: Object.keys(RESUMES).map((name) => ({
        what: `resume: ${name}, beyond a fresh open`,
        value: fastestOf(bars, name) - fastestOf(bars, OPEN),
        limit: GOAL_RESUME_MS,
        unit: 'ms',
      })),
      notes: ['a value is the median of a round; the goals are about the fastest rounds'],
    };
  } finally {
    await peer.end();
    await load.end();
  }
}

export async function benchOpens(settings: Settings): Promise<PartReport> {
  const redis = hasRedis() ? await startRedis() : undefined;
  const names = ['memory', ...(redis === undefined ? [] : ['redis'])];
  const load = new Generator();
  const peers = new Map<string, Peer>();
  try {
    for (const name of names) {
      const store = name === 'redis' ? ['--store', `redis://127.0.0.1:${redis?.port}`] : [];
      peers.set(
        name,
        await startPeer('reseq', { ...SLOW, flags: [...SLOW.flags, '--max-sessions', '1000000', ...store] }),
      );
    }
    const rounds = await measureRounds(names, settings.isQuick ? 1 : settings.rounds, (name) =>
      churn(load, peers.get(name), settings.isQuick ? 300 : 1_500),
    );
    const bars = (title: string, unit: string, pick: (churned: Churned) => number) => ({
      title,
      unit,
      reference: 'memory',
      subjects: [...rounds.values].map(([name, list]) => ({ name, values: list.map(pick) })),
    });
    return {
      part: 'opens',
      title: `Opens: START, first item, cancelled; 64 under way on ${CHURN_CONNECTIONS} connections`,
      bars: [
        bars('opens a second', 'opens/s', ({ perSecond }) => perSecond),
        bars('CPU of the server for an open', 'us', ({ us }) => us),
      ],
      curves: [],
      goals: [],
      notes: [...(redis === undefined ? ['there is no redis-server here'] : []), ...noteOnNoise(rounds)],
    };
  } finally {
    for (const peer of peers.values()) await peer.end();
    await load.end();
    await redis?.stop();
  }
}

interface Churned {
  readonly perSecond: number;
  readonly us: number;
}

async function churn(
  load: Generator,
  peer: Peer | undefined,
  ms: number,
): Promise<{ value: Churned; pressure: number }> {
  if (peer === undefined) throw new Error('every store has a server');
  const before = peer.usage();
  const { opens, tookMs, failed } = await load.order({
    kind: 'churn',
    port: peer.port,
    connections: CHURN_CONNECTIONS,
    inFlight: 64,
    ms,
  });
  const after = peer.usage();
  if (failed > 0) throw new Error(`${failed} opens failed`);
  return {
    value: { perSecond: (1_000 * opens) / tookMs, us: (1_000 * (after.cpuMs - before.cpuMs)) / opens },
    pressure: (after.waitedMs - before.waitedMs) / tookMs,
  };
}

interface StormSeen {
  readonly storm: Answers['storm'];
  /** CPU of the server for a session that has come back. */
  readonly us: number;
}

export async function benchStorm(settings: Settings): Promise<PartReport> {
  const sessions = settings.isQuick ? 200 : STORM_SESSIONS;
  const names: PeerName[] = ['reseq', FLOOR];
  const rounds = await measureRounds(names, settings.isQuick ? 1 : Math.min(settings.rounds, STORM_ROUNDS), (name) =>
    seeStorm(name as PeerName, sessions),
  );
  const bars = (title: string, unit: string, pick: (one: StormSeen) => number): Bars => ({
    title,
    unit,
    reference: FLOOR,
    subjects: [...rounds.values].map(([name, list]) => ({ name, values: list.map(pick) })),
  });
  const own = (rounds.values.get('reseq') ?? []).map(({ storm }) => storm);
  const figure = (pick: (storm: Answers['storm']) => number): number => median(own.map(pick));
  const what = `storm of ${sessions}`;
  return {
    part: 'storm',
    title: `Reconnect storm: ${sessions} connections reset at once, each back on a connection of its own`,
    bars: [
      bars('time until all have their next item', 'ms', ({ storm }) => storm.backMs),
      bars('from the end of a back-off to the next item, longest', 'ms', ({ storm }) => storm.afterBackoffMs.max),
      bars('CPU of the server for a session', 'us', ({ us }) => us),
    ],
    curves: [],
    goals: [
      {
        what: `${what}: last one back after its back-off`,
        value: figure(({ afterBackoffMs }) => afterBackoffMs.max),
        limit: GOAL_BACK_MS,
        unit: 'ms',
      },
      { what: `${what}: sessions not back after a minute`, value: most(own, 'missing'), limit: 0, unit: '' },
      { what: `${what}: connections reset`, value: most(own, 'resets'), limit: 0, unit: '' },
    ],
    notes: [
      `from the end of a back-off to the next item p50 ${figure((storm) => storm.afterBackoffMs.p50).toFixed(0)} ms, p99 ${figure((storm) => storm.afterBackoffMs.p99).toFixed(0)} ms; longest back-off ${figure(({ backoffMs }) => backoffMs).toFixed(0)} ms`,
      ...noteOnNoise(rounds),
    ],
  };
}

function most(storms: readonly Answers['storm'][], key: 'missing' | 'resets'): number {
  return Math.max(...storms.map((storm) => storm[key]));
}

async function seeStorm(name: PeerName, sessions: number): Promise<Window<StormSeen>> {
  const load = new Generator();
  const peer = await startPeer(name, {
    intervalMs: 1_000,
    streams: 100,
    flags: name === 'reseq' ? ['--max-connections', String(2 * sessions)] : [],
  });
  try {
    await open(load, peer, { connections: sessions, sessions, intervalMs: 1_000 });
    const before = peer.usage();
    const storm = await load.order({ kind: 'storm', port: peer.port });
    const after = peer.usage();
    const us = (1_000 * (after.cpuMs - before.cpuMs)) / (sessions - storm.missing);
    // A storm wants more than there is, so its own processes wait for each other.
    return { value: { storm, us }, pressure: 0 };
  } finally {
    await peer.end();
    await load.end();
  }
}
