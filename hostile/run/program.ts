/**
 * The hostile run from its beginning to its end: healthy sessions beside it, all categories, memory before and after.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallCategory, type ConnectionCategory, enter, type Tally, tallyFor, worse } from '../category.ts';
import { Draw } from '../draw.ts';
import { type HealthReport, startHealthy } from '../healthy/report.ts';
import { CALLS } from '../inputs/calls.ts';
import { CONNECTIONS, HARMLESS } from '../inputs/frames.ts';
import { PROTOBUF } from '../inputs/protobuf.ts';
import { STATES, VALUES } from '../inputs/values.ts';
import { CallLane, type Target } from './calls.ts';
import { tryConnection } from './connections.ts';
import { type Held, lowestMib, residentMib, settle, watchPeak } from './observed.ts';
import { openUnread } from './unread.ts';
import { type RunningVictim, startVictim } from './victim.ts';

export const CALL_CATEGORIES: readonly CallCategory[] = [...PROTOBUF, ...VALUES, ...STATES, ...CALLS];
export const CONNECTION_CATEGORIES: readonly ConnectionCategory[] = [...CONNECTIONS, ...HARMLESS];

/** Of all inputs: connections, and sessions that never read; the others are calls. */
const CONNECTION_SHARE = 0.08;
const UNREAD_SHARE = 0.02;
/** Memory below this multiple of what it was before is not waited for any longer than this. */
const CALM_FACTOR = 1.25;
const CALM_MS = 10_000;
/** Of all inputs, sent before the memory is looked at for the first time: code and caches are there then. */
const WARM_UP_SHARE = 0.1;
const LANES = 4;
const CALLS_OF_A_LANE = 24;
const CONNECTIONS_AT_ONCE = 500;
const QUIET_MS = 2_000;
const HARMLESS_MS = 300;
const EXAMPLE_BYTES = 120;

export interface RunOptions {
  readonly target: Target;
  readonly seed: number;
  readonly inputs: number;
  readonly healthySessions: number;
  readonly healthyItems: number;
  /** The server takes seeds from client ids. */
  readonly isSeeded: boolean;
  /** How long the server may keep a connection that says nothing, or does not read. */
  readonly patienceMs: number;
  /** Of the server, when it runs on this machine. */
  readonly pid?: number | undefined;
  /** Metrics of the server, when it has any. */
  readonly metricsUrl?: string | undefined;
  /** Whether the server process has ended. */
  readonly hasCrashed: () => boolean;
  readonly progress: (text: string) => void;
}

export interface RunResult {
  readonly tallies: readonly Tally[];
  readonly inputs: number;
  readonly tookMs: number;
  readonly health: HealthReport;
  /** Why the session whose id was abused has ended, undefined when it was alive to the end. */
  readonly victim: string | undefined;
  /** MiB. */
  readonly memory: { readonly before: number; readonly peak: number; readonly after: number } | undefined;
  /** What was held when all was over. */
  readonly left: Held | undefined;
  readonly crashed: boolean;
}

export async function runHostile(options: RunOptions): Promise<RunResult> {
  const { target, inputs, progress, pid, hasCrashed } = options;
  const sinceMs = performance.now();
  const healthy = startHealthy(target, options.healthySessions, options.healthyItems, options.isSeeded);
  try {
    const victim = await startVictim(target, new Draw(options.seed, 'victim'));
    const run = new Round(options, victim);
    await sleep(QUIET_MS);
    healthy.phase('quiet');
    await sleep(QUIET_MS);
    healthy.phase('warm-up');
    await run.send(Math.round(inputs * WARM_UP_SHARE), { isHasty: true });
    await settled(options);
    const before = pid === undefined ? undefined : residentMib(pid);
    progress(`warm after ${run.inputs} inputs`);
    const peak = pid === undefined ? undefined : watchPeak(pid);
    healthy.phase('under fire');
    await run.send(inputs - run.inputs);
    healthy.phase('after');
    await settled(options);
    const memory =
      pid === undefined || before === undefined || peak === undefined || hasCrashed()
        ? undefined
        : { before, peak: peak.stop(), after: await lowestMib(pid, CALM_FACTOR * before, CALM_MS) };
    const ended = victim.ended();
    victim.close();
    const health = await healthy.finish();
    const left =
      options.metricsUrl === undefined
        ? undefined
        : await settled(options, { connections: 0, sockets: 0, sessions: 0 });
    return {
      tallies: run.tallies,
      inputs: run.inputs,
      tookMs: performance.now() - sinceMs,
      health,
      victim: ended,
      memory,
      left,
      crashed: hasCrashed(),
    };
  } finally {
    healthy.kill();
  }
}

/** Waits until the server holds the healthy sessions and the victim alone. */
function settled(
  { metricsUrl, healthySessions, patienceMs, hasCrashed }: RunOptions,
  lawful: Held = { connections: healthySessions + 1, sockets: healthySessions + 1, sessions: 2 * healthySessions + 1 },
): Promise<Held | undefined> {
  if (metricsUrl === undefined || hasCrashed()) return Promise.resolve(undefined);
  return settle(metricsUrl, lawful, 2 * patienceMs);
}

/** Sends inputs of all categories and keeps their tallies. */
class Round {
  readonly tallies: readonly Tally[];
  inputs = 0;
  readonly #options: RunOptions;
  readonly #victim: RunningVictim;
  readonly #calls = CALL_CATEGORIES.map((category) => ({ category, tally: tallyFor(category) }));
  readonly #connections = CONNECTION_CATEGORIES.map((category) => ({ category, tally: tallyFor(category) }));
  readonly #unread = {
    name: 'sessions that never read',
    rule: 'RSQ-LIM-14',
    weight: 1,
    right: ['reset', 'closed'],
  } as const;
  readonly #unreadTally = tallyFor(this.#unread);
  #rounds = 0;

  constructor(options: RunOptions, victim: RunningVictim) {
    this.#options = options;
    this.#victim = victim;
    this.tallies = [...this.#calls, ...this.#connections].map(({ tally }) => tally).concat(this.#unreadTally);
  }

  /** `isHasty`: without what takes long. */
  async send(inputs: number, { isHasty = false } = {}): Promise<void> {
    this.#rounds++;
    const connections = Math.round(inputs * CONNECTION_SHARE);
    const unread = Math.round(inputs * UNREAD_SHARE);
    await Promise.all([
      this.#sendCalls(inputs - connections - unread),
      this.#sendConnections(connections, isHasty),
      this.#sendUnread(unread),
    ]);
  }

  #draw(name: string): Draw {
    return new Draw(this.#options.seed + this.#rounds, name);
  }

  async #sendCalls(count: number): Promise<void> {
    const shares = portions(
      this.#calls.map(({ category }) => category.weight),
      count,
    );
    for (const [k, { category, tally }] of this.#calls.entries()) {
      const draw = this.#draw(category.name);
      const lanes = Array.from({ length: LANES }, () => new CallLane(this.#options.target));
      const one = async (worker: number): Promise<void> => {
        const input = category.make(draw, this.#victim);
        const lane = lanes[worker % LANES] ?? new CallLane(this.#options.target);
        const answer = await lane.send(input);
        this.#enter(tally, category, answer, () => `${input.path} ${hex(input.body)}`);
      };
      await inParallel(shares[k] ?? 0, LANES * CALLS_OF_A_LANE, one, this.#options.hasCrashed);
      for (const lane of lanes) lane.close();
    }
  }

  async #sendConnections(count: number, isHasty: boolean): Promise<void> {
    const weights = this.#connections.map(({ category }) =>
      isHasty && category.isSlow === true ? 0 : category.weight,
    );
    const shares = portions(weights, count);
    const { target, patienceMs, hasCrashed } = this.#options;
    const jobs = this.#connections.flatMap(({ category, tally }, k) => {
      const draw = this.#draw(category.name);
      return Array.from({ length: shares[k] ?? 0 }, () => async () => {
        const pieces = category.make(draw);
        const limitMs = category.right[0] === 'open' ? HARMLESS_MS : patienceMs;
        const answer = await tryConnection(target, pieces, limitMs);
        this.#enter(tally, category, answer, () => hex(Buffer.concat(pieces)));
      });
    });
    // In the order of their categories a flood would meet itself only.
    const mixed = shuffled(jobs, this.#draw('order of connections'));
    let next = 0;
    await inParallel(mixed.length, CONNECTIONS_AT_ONCE, () => mixed[next++]?.() ?? Promise.resolve(), hasCrashed);
  }

  async #sendUnread(count: number): Promise<void> {
    const { target, patienceMs } = this.#options;
    const answers = await openUnread(target, this.#draw(this.#unread.name), count, patienceMs);
    for (const answer of answers) this.#enter(this.#unreadTally, this.#unread, answer, () => 'a window of 0');
  }

  #enter(tally: Tally, category: Parameters<typeof enter>[1], answer: string, describe: () => string): void {
    this.inputs++;
    enter(tally, category, answer, describe);
    if (this.#options.hasCrashed()) tally.verdict = worse(tally.verdict, 'CRASH');
  }
}

/** Whole numbers that add up to `count`, in proportion to the weights. */
export function portions(weights: readonly number[], count: number): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let given = 0;
  let weightSoFar = 0;
  return weights.map((weight) => {
    weightSoFar += weight;
    const portion = Math.round((count * weightSoFar) / all) - given;
    given += portion;
    return portion;
  });
}

async function inParallel(
  count: number,
  workers: number,
  job: (worker: number) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  let begun = 0;
  const work = async (worker: number): Promise<void> => {
    while (begun < count && !isOver()) {
      begun++;
      await job(worker);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, count) }, (_, worker) => work(worker)));
}

function shuffled<T>(values: readonly T[], draw: Draw): T[] {
  return values
    .map((value) => ({ value, at: draw.int(0, 0xffff_ffff) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

function hex(bytes: Buffer): string {
  const text = bytes.subarray(0, EXAMPLE_BYTES).toString('hex');
  return bytes.length > EXAMPLE_BYTES ? `${text}… (${bytes.length} bytes)` : text;
}
