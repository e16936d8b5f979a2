/**
 * One message a second for each of many sessions: CPU, lateness and memory, and how they grow.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Generator } from '../load/generator.ts';
import { MAX_PRESSURE, type Window } from '../measure/rounds.ts';
import { open, type Served, watch } from '../measure/windows.ts';
import { FLOOR, type PeerName, startPeer, whyNoGo } from '../peers/peers.ts';
import { ratios } from '../report/bars.ts';
import type { Curves, Goal, PartReport, Settings } from '../report/model.ts';
import { median } from '../statistics.ts';

const INTERVAL_MS = 1_000;
const SHARED_CONNECTIONS = 10;
const SIZES = [1_000, 5_000, 10_000, 20_000] as const;
/** At which the peers are measured as well, and own connections. */
const COMPARED = 10_000;
const QUICK_SIZE = 300;
/** What thousands of opens leave behind, garbage and code that is not compiled yet, is no part of a steady state. */
const SETTLE_MS = 4_000;
/** Windows of one server. */
const WINDOWS = 2;
const WINDOW_MS = 2_500;
/** Servers of each kind at most, where there is a goal against the floor: two in a row differ by a tenth. */
const MAX_PAIRS = 7;
/** Servers at the sizes that only the growth needs. */
const MAX_SMALL = 3;
/** A timer of the generator that is later than this once in a hundred times tells of a machine that does something else. */
const MAX_CONTROL_MS = 2;
/**
 * Goals by size: CPU in percent of a core and against bare node:http2, 99th percentile of the lateness in milliseconds. The
 * percentages are those of a machine on which bare node:http2 takes 8.9 us for a message at 10,000 sessions.
 */
const GOALS: Readonly<Record<number, { readonly cpu: number; readonly ratio: number; readonly p99: number }>> = {
  10000: { cpu: 12, ratio: 1.35, p99: 5 },
  20000: { cpu: 22, ratio: 1.24, p99: 10 },
};
const GOAL_SHARED_KIB = 14;
const GOAL_OWN_KIB = 33;
/** Exponent of the growth of the CPU; 1 is linear, less is what batching saves, and a tenth is noise. */
const GOAL_EXPONENT = 1.1;

interface Measured {
  readonly name: PeerName;
  readonly sessions: number;
  readonly isOwn: boolean;
  /** Of one server, or of several in turn with those of the floor. */
  readonly windows: Window<Served>[];
  /** KiB of each of these servers for a session. */
  readonly memory: number[];
}

export async function benchCapacity(settings: Settings): Promise<PartReport> {
  const sizes = settings.isQuick ? [QUICK_SIZE] : SIZES;
  const compared = settings.isQuick ? QUICK_SIZE : COMPARED;
  const peers: PeerName[] = ['grpc-js', ...(whyNoGo() === undefined ? (['go'] as const) : [])];
  const all: Measured[] = [];
  const take = async (name: PeerName, sessions: number, isOwn: boolean): Promise<void> => {
    const measured = await measure(name, sessions, isOwn, settings);
    settings.note(`${name}: ${sessions} sessions${isOwn ? ' on own connections' : ''}: ${told(measured)}`);
    const before = all.find((one) => one.name === name && one.sessions === sessions && one.isOwn === isOwn);
    before?.windows.push(...measured.windows);
    before?.memory.push(...measured.memory);
    if (before === undefined) all.push(measured);
  };
  for (const size of sizes) {
    for (const name of GOALS[size] === undefined ? singles(settings.rounds) : pairs(settings.rounds)) {
      await take(name, size, false);
    }
  }
  await take('reseq', compared, true);
  if (!settings.isQuick) {
    for (const name of peers) await take(name, compared, false);
    for (const name of [FLOOR, ...peers] as const) await take(name, compared, true);
  }
  return report(all);
}

/** A B B A A B ...: whoever comes first in a pair comes second in the next one. */
function pairs(rounds: number): PeerName[] {
  const count = Math.min(rounds, MAX_PAIRS);
  return Array.from({ length: count }, (_, k): PeerName[] =>
    k % 2 === 0 ? ['reseq', FLOOR] : [FLOOR, 'reseq'],
  ).flat();
}

function singles(rounds: number): PeerName[] {
  return Array.from({ length: Math.min(rounds, MAX_SMALL) }, () => 'reseq');
}

async function measure(name: PeerName, sessions: number, isOwn: boolean, settings: Settings): Promise<Measured> {
  const load = new Generator();
  const peer = await startPeer(name, {
    intervalMs: INTERVAL_MS,
    streams: sessions,
    flags: name === 'reseq' ? ['--max-connections', String(sessions + SHARED_CONNECTIONS)] : [],
  });
  try {
    const empty = peer.usage().residentKib;
    const connections = isOwn ? sessions : Math.min(SHARED_CONNECTIONS, sessions - 1);
    await open(load, peer, { connections, sessions, intervalMs: INTERVAL_MS });
    if (!settings.isQuick) await sleep(SETTLE_MS);
    const windows: Window<Served>[] = [];
    const count = settings.isQuick ? 1 : WINDOWS;
    for (let k = 0; k < count; k++) windows.push(await watch(load, peer, settings.isQuick ? 1_200 : WINDOW_MS));
    return { name, sessions, isOwn, windows, memory: [(peer.usage().residentKib - empty) / sessions] };
  } finally {
    await peer.end();
    await load.end();
  }
}

/** The median of the windows. */
function figure({ windows }: Measured, pick: (served: Served) => number): number {
  return median(windows.map(({ value }) => pick(value)));
}

/** The median of the windows in which the machine had nothing else to do, of all when there were none. */
function lateness({ windows }: Measured, pick: (served: Served) => number): number {
  const calm = windows.filter(({ value }) => value.control.p99 <= MAX_CONTROL_MS);
  return median((calm.length > 0 ? calm : windows).map(({ value }) => pick(value)));
}

function kibOf({ memory }: Measured): number {
  return median(memory);
}

function told(measured: Measured): string {
  const cpu = figure(measured, ({ cpuPercent }) => cpuPercent);
  const [p50, p99, max] = (['p50', 'p99', 'max'] as const).map((key) => lateness(measured, ({ late }) => late[key]));
  const late = [p50, p99, max].map((ms) => ms?.toFixed(1)).join('/');
  return `${cpu.toFixed(1)} % of a core, late ${late} ms, ${kibOf(measured).toFixed(1)} KiB each`;
}

function report(all: readonly Measured[]): PartReport {
  const shared = all.filter(({ name, isOwn }) => name === 'reseq' && !isOwn);
  const largest = all.filter(
    ({ sessions }) => sessions === Math.min(COMPARED, Math.max(...all.map((one) => one.sessions))),
  );
  const names = (isOwn: boolean): Measured[] => largest.filter((one) => one.isOwn === isOwn);
  const bars = (title: string, unit: string, isOwn: boolean, values: (one: Measured) => readonly number[]) => ({
    title,
    unit,
    reference: names(isOwn).some(({ name }) => name === FLOOR) ? FLOOR : 'reseq',
    subjects: names(isOwn).map((one) => ({ name: one.name, values: values(one) })),
  });
  const at = `${Math.min(COMPARED, largest[0]?.sessions ?? 0)} sessions`;
  return {
    part: 'capacity',
    title: 'Capacity: sessions at one message a second',
    bars: [
      bars(`${at} over ${SHARED_CONNECTIONS} connections: CPU`, '% of a core', false, ({ windows }) =>
        windows.map(({ value }) => value.cpuPercent),
      ),
      bars(`${at} over ${SHARED_CONNECTIONS} connections: lateness, 99th percentile`, 'ms', false, ({ windows }) =>
        windows.map(({ value }) => value.late.p99),
      ),
      bars(`${at} over ${SHARED_CONNECTIONS} connections: memory`, 'KiB/session', false, ({ memory }) => memory),
      bars(`${at} on own connections: CPU`, '% of a core', true, ({ windows }) =>
        windows.map(({ value }) => value.cpuPercent),
      ),
      bars(`${at} on own connections: memory`, 'KiB/session', true, ({ memory }) => memory),
    ],
    curves: curvesOf(shared),
    goals: [...shared.flatMap((one) => goalsOf(one, all)), ...ownGoals(all), ...growth(shared)],
    notes: notesOf(all),
  };
}

function curvesOf(shared: readonly Measured[]): Curves[] {
  const line = (name: string, pick: (served: Served) => number, of = lateness) => ({
    name,
    points: shared.map((one) => [one.sessions, of(one, pick)] as const),
  });
  return [
    {
      title: 'CPU of the reference server',
      xUnit: 'sessions',
      yUnit: '% of a core',
      lines: [line('reseq', ({ cpuPercent }) => cpuPercent, figure)],
    },
    {
      title: 'Lateness of its messages',
      xUnit: 'sessions',
      yUnit: 'ms',
      lines: [
        line('p50', ({ late }) => late.p50),
        line('p99', ({ late }) => late.p99),
        line('max', ({ late }) => late.max),
        line('p99 of a timer of the generator', ({ control }) => control.p99),
      ],
    },
  ];
}

function goalsOf(one: Measured, all: readonly Measured[]): Goal[] {
  const limit = GOALS[one.sessions];
  if (limit === undefined) return [];
  const floor = all.find(({ name, sessions, isOwn }) => name === FLOOR && sessions === one.sessions && !isOwn);
  const us = ({ windows }: Measured): number[] => windows.map(({ value }) => value.usPerMessage);
  const ratio = floor === undefined ? [] : [median(ratios(us(one), us(floor)))];
  const what = `${one.sessions} sessions at 1/s`;
  const memory: Goal[] =
    one.sessions === COMPARED
      ? [{ what: `${what}, shared connections: memory`, value: kibOf(one), limit: GOAL_SHARED_KIB, unit: 'KiB' }]
      : [];
  return [
    { what: `${what}: CPU`, value: figure(one, ({ cpuPercent }) => cpuPercent), limit: limit.cpu, unit: '% of a core' },
    ...ratio.map((value) => ({ what: `${what}: CPU against bare node:http2`, value, limit: limit.ratio, unit: 'x' })),
    { what: `${what}: lateness p99`, value: lateness(one, ({ late }) => late.p99), limit: limit.p99, unit: 'ms' },
    ...memory,
  ];
}

function ownGoals(all: readonly Measured[]): Goal[] {
  const of = (name: PeerName) => all.find((one) => one.isOwn && one.name === name && one.sessions === COMPARED);
  const [own, go] = [of('reseq'), of('go')];
  if (own === undefined) return [];
  const what = `${COMPARED} sessions at 1/s, own connections: memory`;
  const value = kibOf(own);
  return [
    { what, value, limit: GOAL_OWN_KIB, unit: 'KiB' },
    ...(go === undefined ? [] : [{ what: `${what}, against Go`, value, limit: kibOf(go), unit: 'KiB' }]),
  ];
}

/** The slope of log(CPU) over log(sessions), by least squares. */
export function exponent(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (axis: 0 | 1): number => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

function growth(shared: readonly Measured[]): Goal[] {
  if (shared.length < 2) return [];
  const points = shared.map((one) => [one.sessions, figure(one, ({ cpuPercent }) => cpuPercent)] as const);
  return [
    { what: 'growth of the CPU with sessions, exponent', value: exponent(points), limit: GOAL_EXPONENT, unit: '' },
  ];
}

function notesOf(all: readonly Measured[]): string[] {
  const disturbed = all.flatMap(({ windows }) => windows).filter(({ pressure }) => pressure > MAX_PRESSURE).length;
  const dearest = Math.max(...all.map((one) => figure(one, (served) => served.generatorUsPerMessage)));
  return [
    `lateness: arrival against the earliest phase of the same session in the window, at the generator; windows in which a timer of the generator was later than ${MAX_CONTROL_MS} ms once in a hundred times do not count, unless there are no others`,
    `the generator spends at most ${dearest.toFixed(1)} us on a message`,
    ...(disturbed === 0 ? [] : [`other processes disturbed ${disturbed} windows, which count all the same`]),
  ];
}
