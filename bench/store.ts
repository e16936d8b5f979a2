/**
 * Benchmark of the session stores: operations per second, time of one operation, and what a store adds to an open. Memory
 * and Redis take turns in each round, in changing order; the figures are medians of the rounds.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../protocol/real.ts';
import { createRedisStore, createServer, MemoryStore, type SessionStore } from '../reference-server/index.ts';
import { Caller } from '../reference-server/testing/caller.ts';
import { command, hasRedis, startRedis } from '../reference-server/testing/redis-process.ts';
import type { Bars, PartReport, Settings } from './report/model.ts';
import { median, quantile } from './statistics.ts';

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

const NOTHING: PartReport = { part: 'store', title: 'The stores', bars: [], curves: [], goals: [], notes: [] };

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

/** Starts a Redis server of its own. The first round warms up and does not count. */
export async function benchStore({ rounds, isQuick, note }: Settings): Promise<PartReport> {
  if (!hasRedis()) return { ...NOTHING, notes: ['there is no redis-server here'] };
  const count = isQuick ? 1 : rounds;
  const redis = await startRedis();
  const shared = await createRedisStore(`redis://127.0.0.1:${redis.port}`);
  const memory = new MemoryStore(systemClock(), Number.MAX_SAFE_INTEGER);
  const stores = { memory, redis: shared };
  const measured: Record<StoreName, Round[]> = { memory: [], redis: [] };
  try {
    await untilReady(shared);
    for (let round = 0; round <= count; round++) {
      const order = round % 2 === 0 ? STORES : [...STORES].reverse();
      for (const name of order) {
        const figures = await measure(stores[name]);
        if (round > 0) measured[name].push(figures);
        await command(redis.port, ['FLUSHALL']);
      }
      note(round === 0 ? 'store: warmed up' : `store: round ${round} of ${count}`);
    }
  } finally {
    shared.close();
    memory.close();
    await redis.stop();
  }
  return reportOf(measured);
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

function reportOf(measured: Record<StoreName, Round[]>): PartReport {
  const bars = (title: string, unit: string, pick: (round: Round) => number): Bars => ({
    title,
    unit,
    reference: 'memory',
    subjects: STORES.map((name) => ({ name, values: measured[name].map(pick) })),
  });
  return {
    part: 'store',
    title: 'The stores, and what Redis adds to an open',
    bars: [
      ...OPERATIONS.map((name) =>
        bars(`${name}, ${IN_FLIGHT} under way`, 'operations/s', (round) => round.operations[name].perSecond),
      ),
      ...OPENS.map((kind) => bars(`open with ${kind}, median`, 'ms', (round) => round.opens[kind].p50Ms)),
    ],
    curves: [],
    goals: OPENS.map((kind) => ({
      what: `open with ${kind}: Redis beyond memory, median`,
      value: median(
        measured.redis.map(({ opens }, k) => opens[kind].p50Ms - (measured.memory[k]?.opens[kind].p50Ms ?? 0)),
      ),
      limit: GOAL_ADDED_MS,
      unit: 'ms',
    })),
    notes: [],
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
