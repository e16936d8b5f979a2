/**
 * Benchmark of the session stores: operations per second, time of one operation, and what a store adds to an open. Memory
 * and Redis take turns in each round, in changing order; the figures are medians of the rounds.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../protocol/real.ts';
import { createRedisStore, createServer, MemoryStore, type SessionStore } from '../reference-server/index.ts';
import { Caller } from '../reference-server/testing/caller.ts';
import { command, startRedis } from '../reference-server/testing/redis-process.ts';
import { median, quantile } from './statistics.ts';
import { type Cell, table } from './table.ts';

const STORES = ['memory', 'redis'] as const;
const OPERATIONS = ['start', 'lookup', 'attach', 'renew', 'finish'] as const;
const OPENS = ['START', 'RESUME'] as const;
/** Goal: what Redis adds to the median time of an open, against memory. */
const GOAL_ADDED_MS = 1;
const TTL_MS = 60_000;
const N = 100;
const SEED = 42n;
/** Operations under way at one time, when throughput is measured. */
const IN_FLIGHT = 64;
const SAMPLES = 2_000;
const ALONE_SAMPLES = 400;
const OPEN_SAMPLES = 200;

type StoreName = (typeof STORES)[number];
type Operation = (typeof OPERATIONS)[number];
type OpenKind = (typeof OPENS)[number];

/** Of one store in one round, or the medians of all rounds. */
interface OperationFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface OpenFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Round {
  readonly operations: Record<Operation, OperationFigures>;
  readonly opens: Record<OpenKind, OpenFigures>;
}

export interface StoreReport {
  readonly rounds: number;
  readonly stores: Record<StoreName, Round>;
  /** Redis beyond memory: medians of the differences within the rounds. */
  readonly added: Record<OpenKind, OpenFigures>;
  readonly goalAddedMs: number;
  readonly isGoalMet: boolean;
}

/** Starts a Redis server of its own. The first round warms up and does not count. */
export async function benchStore(rounds: number, note: (line: string) => void): Promise<StoreReport> {
  const redis = await startRedis();
  const shared = await createRedisStore(`redis://127.0.0.1:${redis.port}`);
  const memory = new MemoryStore(systemClock(), Number.MAX_SAFE_INTEGER);
  const stores = { memory, redis: shared };
  const measured: Record<StoreName, Round[]> = { memory: [], redis: [] };
  try {
    await untilReady(shared);
    for (let round = 0; round <= rounds; round++) {
      const order = round % 2 === 0 ? STORES : [...STORES].reverse();
      for (const name of order) {
        const figures = await measure(stores[name]);
        if (round > 0) measured[name].push(figures);
        await command(redis.port, ['FLUSHALL']);
      }
      note(round === 0 ? 'store: warmed up' : `store: round ${round} of ${rounds}`);
    }
  } finally {
    shared.close();
    memory.close();
    await redis.stop();
  }
  return reportOf(rounds, measured);
}

export function formatStoreReport({ rounds, stores, added, goalAddedMs, isGoalMet }: StoreReport): string {
  const operationRows = OPERATIONS.map((name): Cell[] => {
    const [memory, redis] = STORES.map((store) => stores[store].operations[name]);
    if (memory === undefined || redis === undefined) throw new Error('both stores have been measured');
    return [
      name,
      memory.perSecond.toFixed(0),
      redis.perSecond.toFixed(0),
      (memory.perSecond / redis.perSecond).toFixed(1),
      ...[memory.p50Ms, redis.p50Ms, memory.p99Ms, redis.p99Ms].map((ms) => ms.toFixed(3)),
    ];
  });
  const openRows = OPENS.map((kind): Cell[] => {
    const [memory, redis] = STORES.map((store) => stores[store].opens[kind]);
    if (memory === undefined || redis === undefined) throw new Error('both stores have been measured');
    return [
      kind,
      ...[memory.p50Ms, redis.p50Ms, added[kind].p50Ms].map((ms) => ms.toFixed(3)),
      (redis.p50Ms / memory.p50Ms).toFixed(2),
      ...[memory.p99Ms, redis.p99Ms, added[kind].p99Ms].map((ms) => ms.toFixed(3)),
    ];
  });
  return [
    `store operations, medians of ${rounds} rounds (${IN_FLIGHT} under way for the rate, one for the times in ms)\n`,
    table([
      ['', 'memory/s', 'redis/s', 'ratio', 'memory p50', 'redis p50', 'memory p99', 'redis p99'],
      ...operationRows,
    ]),
    '\nfrom the request to OPENED over gRPC, in ms, one at a time\n',
    table([['', 'memory p50', 'redis p50', 'added p50', 'ratio', 'memory p99', 'redis p99', 'added p99'], ...openRows]),
    `\ngoal: Redis adds at most ${goalAddedMs} ms to the median open: ${isGoalMet ? 'met' : 'missed'}\n`,
  ].join('');
}

async function measure(store: SessionStore): Promise<Round> {
  return { operations: await measureOperations(store), opens: await measureOpens(store) };
}

async function measureOperations(store: SessionStore): Promise<Record<Operation, OperationFigures>> {
  const crowd = Array.from({ length: SAMPLES }, () => randomUUID());
  const single = Array.from({ length: ALONE_SAMPLES }, () => randomUUID());
  const figures: Partial<Record<Operation, OperationFigures>> = {};
  // In this order each operation finds the sessions as the one before has left them.
  for (const name of OPERATIONS) {
    const times: number[] = [];
    for (const clientId of single) {
      const sinceMs = performance.now();
      await perform(store, name, clientId);
      times.push(performance.now() - sinceMs);
    }
    const tookMs = await throughput(crowd, (clientId) => perform(store, name, clientId));
    const perSecond = (1_000 * crowd.length) / tookMs;
    figures[name] = { perSecond, p50Ms: median(times), p99Ms: quantile(times, 0.99) };
  }
  return figures as Record<Operation, OperationFigures>;
}

/** @throws Error when the store does not do what it has been asked */
async function perform(store: SessionStore, operation: Operation, clientId: string): Promise<void> {
  const isDone = await doIt(store, operation, clientId);
  if (!isDone) throw new Error(`${operation}: the store has refused`);
}

async function doIt(store: SessionStore, operation: Operation, clientId: string): Promise<boolean> {
  switch (operation) {
    case 'start':
      return (await store.start(clientId, N, SEED, 1, TTL_MS)).kind === 'created';
    case 'lookup':
      return (await store.lookup(clientId)) !== undefined;
    case 'attach':
      return (await store.attach(clientId, SEED, 2, TTL_MS)).kind === 'attached';
    case 'renew':
      return (await store.renew(clientId, SEED, 2, TTL_MS)) === 'ok';
    case 'finish':
      return (await store.finish(clientId, SEED, 2)) === 'ok';
  }
}

/** @returns milliseconds that all of them took */
async function throughput(clientIds: readonly string[], perform: (clientId: string) => Promise<void>): Promise<number> {
  const queue = clientIds.values();
  const sinceMs = performance.now();
  const lane = async (): Promise<void> => {
    for (const clientId of queue) await perform(clientId);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return performance.now() - sinceMs;
}

async function measureOpens(store: SessionStore): Promise<Record<OpenKind, OpenFigures>> {
  const server = createServer({ store, intervalMs: 1_000 });
  await server.listen();
  const caller = new Caller(`127.0.0.1:${server.port}`);
  const times: Record<OpenKind, number[]> = { START: [], RESUME: [] };
  try {
    for (let k = 0; k < OPEN_SAMPLES; k++) {
      const clientId = randomUUID();
      const first = await timeOpen(caller, { statefulStart: { clientId, n: N } });
      times.START.push(first.tookMs);
      const { resumeKey } = first;
      const second = await timeOpen(caller, { statefulResume: { clientId, resumeKey, nextIndex: 1 } });
      times.RESUME.push(second.tookMs);
    }
  } finally {
    caller.close();
    await server.close();
  }
  const figures = (kind: OpenKind): OpenFigures => ({
    p50Ms: median(times[kind]),
    p99Ms: quantile(times[kind], 0.99),
  });
  return { START: figures('START'), RESUME: figures('RESUME') };
}

async function timeOpen(
  caller: Caller,
  request: Parameters<Caller['open']>[0],
): Promise<{ readonly tookMs: number; readonly resumeKey: Uint8Array }> {
  const sinceMs = performance.now();
  const stream = await caller.open(request).received(1);
  const tookMs = performance.now() - sinceMs;
  const { resumeKey } = stream;
  stream.cancel();
  const { status, details } = await stream.ended;
  if (resumeKey.length === 0) throw new Error(`Open: expected OPENED, got ${status} ${details}`);
  return { tookMs, resumeKey };
}

function reportOf(rounds: number, measured: Record<StoreName, Round[]>): StoreReport {
  const { memory, redis } = measured;
  const differences = (kind: OpenKind, figure: keyof OpenFigures): number =>
    median(redis.map((round, k) => round.opens[kind][figure] - (memory[k]?.opens[kind][figure] ?? Number.NaN)));
  const addedTo = (kind: OpenKind): OpenFigures => ({
    p50Ms: differences(kind, 'p50Ms'),
    p99Ms: differences(kind, 'p99Ms'),
  });
  const added = { START: addedTo('START'), RESUME: addedTo('RESUME') };
  return {
    rounds,
    stores: { memory: medianOf(memory), redis: medianOf(redis) },
    added,
    goalAddedMs: GOAL_ADDED_MS,
    isGoalMet: OPENS.every((kind) => added[kind].p50Ms <= GOAL_ADDED_MS),
  };
}

function medianOf(rounds: readonly Round[]): Round {
  const operation = (name: Operation): OperationFigures => ({
    perSecond: median(rounds.map(({ operations }) => operations[name].perSecond)),
    p50Ms: median(rounds.map(({ operations }) => operations[name].p50Ms)),
    p99Ms: median(rounds.map(({ operations }) => operations[name].p99Ms)),
  });
  const open = (kind: OpenKind): OpenFigures => ({
    p50Ms: median(rounds.map(({ opens }) => opens[kind].p50Ms)),
    p99Ms: median(rounds.map(({ opens }) => opens[kind].p99Ms)),
  });
  return {
    operations: {
      start: operation('start'),
      lookup: operation('lookup'),
      attach: operation('attach'),
      renew: operation('renew'),
      finish: operation('finish'),
    },
    opens: { START: open('START'), RESUME: open('RESUME') },
  };
}

/** The connection is made in the background. */
async function untilReady(store: SessionStore): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const isReady = await store.lookup(randomUUID()).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Redis does not answer');
}
