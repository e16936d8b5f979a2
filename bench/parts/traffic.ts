/**
 * Messages of many streams: as fast as each server can (flood), and at a pace (paced), against the same peers; and at a
 * message a second beside what other libraries make of it (libraries).
 */
import { Generator } from '../load/generator.ts';
import { measureRounds, noteOnNoise } from '../measure/rounds.ts';
import { open, type Served, type Streams, watch } from '../measure/windows.ts';
import { FLOOR, type Peer, type PeerName, startPeer, whyNoGo, whyNoPython } from '../peers/peers.ts';
import { ratioOf } from '../report/bars.ts';
import type { Bars, Goal, PartReport, Settings } from '../report/model.ts';

/** CPU against bare node:http2 at 50,000 messages a second. */
const GOAL_PACED = 1.15;
/** Of a window. */
const FLOOD_MS = 1_000;
const PACED_MS = 5_000;
const LIBRARIES_MS = 3_000;
const WARM_UP_MS = 500;
/** Beyond it connect-node needs more than a core. */
const LIBRARIES_SIZES = [1_000, 5_000, 10_000] as const;
/** What matters is which of the two is less. */
const LIBRARIES_ROUNDS = 2;

interface Traffic extends Streams {
  readonly title: string;
}

export async function benchFlood(settings: Settings): Promise<PartReport> {
  const all: Traffic[] = [
    { title: 'one stream', connections: 1, sessions: 1, intervalMs: 0 },
    { title: '1,000 streams', connections: 10, sessions: 1_000, intervalMs: 0 },
  ];
  const seen = await measureAll(
    besides('binding', settings),
    settings.isQuick ? all.slice(0, 1) : all,
    settings,
    FLOOD_MS,
  );
  return {
    part: 'flood',
    title: 'Flood: as many messages as the server can send',
    bars: seen.flatMap(({ traffic, bars }) => [
      bars('messages/s', `${traffic.title}: messages a second`, ({ perSecond }) => perSecond),
      cpuOf({ traffic, bars }),
    ]),
    curves: [],
    goals: [],
    notes: [
      'binding: the gRPC binding of the reference server under sessions without pace; the protocol allows an item a millisecond',
      ...seen.flatMap(({ notes }) => notes),
    ],
  };
}

export async function benchPaced(settings: Settings): Promise<PartReport> {
  const all: Traffic[] = [
    { title: '10,000 messages a second', connections: 10, sessions: 1_000, intervalMs: 100 },
    { title: '50,000 messages a second', connections: 10, sessions: 1_000, intervalMs: 20 },
  ];
  const seen = await measureAll(
    besides('reseq', settings),
    settings.isQuick ? all.slice(0, 1) : all,
    settings,
    PACED_MS,
  );
  const cpu = seen.map(cpuOf);
  const fast = cpu[1];
  const goals: Goal[] =
    fast === undefined
      ? []
      : [
          {
            what: 'paced at 50,000/s, CPU against bare node:http2',
            value: ratioOf(fast, 'reseq'),
            limit: GOAL_PACED,
            unit: 'x',
          },
        ];
  return {
    part: 'paced',
    title: 'Paced: 1,000 sessions over 10 connections',
    bars: cpu,
    curves: [],
    goals,
    notes: seen.flatMap(({ notes }) => notes),
  };
}

export async function benchLibraries(settings: Settings): Promise<PartReport> {
  const noPython = whyNoPython();
  const names: PeerName[] = [
    'reseq',
    'nice-grpc',
    'connect-node',
    ...(noPython === undefined ? (['aio'] as const) : []),
  ];
  const sizes = settings.isQuick ? [300] : LIBRARIES_SIZES;
  const all = sizes.map(
    (sessions): Traffic => ({ title: `${sessions} sessions`, connections: 10, sessions, intervalMs: 1_000 }),
  );
  const rounds = Math.min(settings.rounds, LIBRARIES_ROUNDS);
  const subjects = {
    names,
    reference: 'reseq',
    lacks: noPython === undefined ? [] : [`without Python: ${noPython}`],
  } as const;
  const seen = await measureAll(subjects, all, { ...settings, rounds }, LIBRARIES_MS);
  const cpu = seen.map(cpuOf);
  return {
    part: 'libraries',
    title: 'Other libraries: sessions at a message a second over 10 connections',
    bars: cpu,
    curves: [],
    goals: seen.flatMap(({ traffic }, k) =>
      names.slice(1).flatMap((name): Goal[] => {
        const bars = cpu[k];
        if (bars === undefined) return [];
        return [
          { what: `${traffic.title}: CPU against ${name}`, value: ratioOf(bars, 'reseq', name), limit: 1, unit: 'x' },
        ];
      }),
    ),
    notes: seen.flatMap(({ notes }) => notes),
  };
}

/** Who is measured. */
interface Subjects {
  readonly names: readonly PeerName[];
  readonly reference: PeerName;
  /** Who is missing, and why. */
  readonly lacks: readonly string[];
}

function besides(own: PeerName, { isQuick }: Settings): Subjects {
  const noGo = whyNoGo();
  return {
    names: [own, FLOOR, 'grpc-js', ...(noGo === undefined && !isQuick ? (['go'] as const) : [])],
    reference: FLOOR,
    lacks: noGo === undefined ? [] : [`without Go: ${noGo}`],
  };
}

interface Seen {
  readonly traffic: Traffic;
  readonly notes: readonly string[];
  readonly bars: (unit: string, title: string, pick: (served: Served) => number) => Bars;
}

function cpuOf({ traffic, bars }: Pick<Seen, 'traffic' | 'bars'>): Bars {
  return bars('us', `${traffic.title}: CPU of the server for a message`, ({ usPerMessage }) => usPerMessage);
}

async function measureAll(subjects: Subjects, traffics: Traffic[], settings: Settings, ms: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const traffic of traffics) seen.push(await measureOne(subjects, traffic, settings, ms));
  return seen;
}

async function measureOne(
  { names, reference, lacks }: Subjects,
  traffic: Traffic,
  settings: Settings,
  ms: number,
): Promise<Seen> {
  const load = new Generator();
  try {
    const rounds = await measureRounds(names, settings.isQuick ? 1 : settings.rounds, async (name) => {
      const peer = await startPeer(name as PeerName, { intervalMs: traffic.intervalMs, streams: traffic.sessions });
      return served(load, peer, traffic, settings.isQuick ? 300 : ms);
    });
    settings.note(`${traffic.title}: ${names.join(', ')}`);
    return {
      traffic,
      notes: [...lacks.map((lack) => `${traffic.title}: ${lack}`), ...noteOnNoise(rounds)],
      bars: (unit, title, pick) => ({
        title,
        unit,
        reference,
        subjects: [...rounds.values].map(([name, values]) => ({ name, values: values.map(pick) })),
      }),
    };
  } finally {
    await load.end();
  }
}

/**
 * A fresh server for each window: what it was asked before does not matter, and none runs beside another. CPU for
 * a message changes by a tenth from one second to the next, hence the long windows of paced traffic.
 */
async function served(load: Generator, peer: Peer, traffic: Traffic, ms: number): ReturnType<typeof watch> {
  try {
    await open(load, peer, traffic);
    await watch(load, peer, Math.min(ms, WARM_UP_MS));
    return await watch(load, peer, ms);
  } finally {
    await load.order({ kind: 'close' });
    await peer.end();
  }
}
