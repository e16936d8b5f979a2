/**
 * Opening: resumes far into a sequence, opens a second, a reconnect storm.
 */

import { hasRedis, startRedis } from '../../reference-server/testing/redis-process.ts';
import { Generator } from '../load/generator.ts';
import { measureRounds, noteOnNoise } from '../measure/rounds.ts';
import { N, open } from '../measure/windows.ts';
import { type Peer, startPeer } from '../peers/peers.ts';
import type { PartReport, Settings } from '../report/model.ts';
import { median } from '../statistics.ts';

const GOAL_RESUME_MS = 0.5;
const GOAL_BACK_MS = 2_000;
const STORM_SESSIONS = 10_000;

/** nghttp2 takes a thousand cancelled calls in a row on one connection for an attack, and closes it. */
const CHURN_CONNECTIONS = 32;

/** Interval of a second: what is timed is the first item alone. */
const SLOW = { intervalMs: 1_000, streams: 10_000, flags: ['--resume-rate', '0'] };

export async function benchResume(settings: Settings): Promise<PartReport> {
  const load = new Generator();
  const peer = await startPeer('reseq', SLOW);
  const starts: number[] = [];
  try {
    const { values } = await measureRounds(['65533', '65534'], settings.isQuick ? 1 : settings.rounds, async (name) => {
      const samples = settings.isQuick ? 20 : 100;
      const { startMs, resumeMs } = await load.order({
        kind: 'resume',
        port: peer.port,
        n: N,
        index: Number(name),
        samples,
      });
      starts.push(median(startMs));
      return { value: median(resumeMs) - median(startMs), pressure: 0 };
    });
    const beyond = (name: string): readonly number[] => values.get(name) ?? [];
    return {
      part: 'resume',
      title: 'Resume far into a sequence of 65,535',
      bars: [
        {
          title: 'time to the first item beyond that of a fresh open',
          unit: 'ms',
          reference: 'FINAL, 65,534',
          subjects: [
            { name: 'an item, 65,533', values: beyond('65533') },
            { name: 'FINAL, 65,534', values: beyond('65534') },
          ],
        },
      ],
      curves: [],
      goals: [
        {
          what: 'resume at 65,533, beyond a fresh open',
          value: median(beyond('65533')),
          limit: GOAL_RESUME_MS,
          unit: 'ms',
        },
        {
          what: 'resume at 65,534 with the checksum, beyond a fresh open',
          value: median(beyond('65534')),
          limit: GOAL_RESUME_MS,
          unit: 'ms',
        },
      ],
      notes: [`a fresh open takes ${median(starts).toFixed(2)} ms; medians of the rounds`],
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

export async function benchStorm(settings: Settings): Promise<PartReport> {
  const sessions = settings.isQuick ? 200 : STORM_SESSIONS;
  const load = new Generator();
  const peer = await startPeer('reseq', {
    intervalMs: 1_000,
    streams: 100,
    flags: ['--max-connections', String(2 * sessions)],
  });
  try {
    await open(load, peer, { connections: sessions, sessions, intervalMs: 1_000 });
    const { missing, backMs, backoffMs, afterBackoffMs, attempts, resets } = await load.order({
      kind: 'storm',
      port: peer.port,
    });
    settings.note(`storm: all back after ${backMs.toFixed(0)} ms`);
    return {
      part: 'storm',
      title: `Reconnect storm: ${sessions} connections reset at once`,
      bars: [
        {
          title: 'time until all have their next item',
          unit: 'ms',
          reference: 'longest back-off',
          subjects: [
            { name: 'longest back-off', values: [backoffMs] },
            { name: 'all back', values: [backMs] },
          ],
        },
      ],
      curves: [],
      goals: [
        {
          what: `storm of ${sessions}: last one back after its back-off`,
          value: afterBackoffMs.max,
          limit: GOAL_BACK_MS,
          unit: 'ms',
        },
        { what: `storm of ${sessions}: sessions not back after a minute`, value: missing, limit: 0, unit: '' },
        { what: `storm of ${sessions}: connections reset`, value: resets, limit: 0, unit: '' },
      ],
      notes: [
        `${attempts} attempts; from the end of a back-off to the next item p50 ${afterBackoffMs.p50.toFixed(0)} ms, p99 ${afterBackoffMs.p99.toFixed(0)} ms`,
      ],
    };
  } finally {
    await peer.end();
    await load.end();
  }
}
