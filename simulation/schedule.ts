/**
 * One schedule: who takes part, how slow and how skewed everything is, and the list of faults. Plain integers, so that
 * it can be drawn at speed, shrunk, and written as a token. The same schedule always runs the same way.
 */
import { UsageError } from '../protocol/cli.ts';
import type { Random } from '../protocol/random.ts';
import { seededRandom } from '../protocol/testing/seeded-random.ts';

/** What can go wrong. `who` names a client or server (modulo their number), `which` an ordinal or a mode. */
export const FAULT_KINDS = [
  /** The connection of client `who` is reset at `atMs`. */
  'cut',
  /** The connection of client `who` is reset under its message number `which`, or just behind it when `ms` is odd. */
  'cut-message',
  /** A black hole of `ms` on the connection of client `who`: both ways, up or down, for a time or for ever by `which`. */
  'hole',
  /** Request number `which` of client `who` reaches its server `ms` late, whatever the client does meanwhile. */
  'hold-open',
  /** CONFIRM number `which` of client `who` gets lost: the request, or the answer when `ms` is odd. */
  'lose-confirm',
  /** Client `who` is without a network for `ms`: what is connected stalls, what is new as well. */
  'offline',
  /** The same for server `who`. */
  'isolate',
  /** SIGSTOP for `ms`: it wakes up with an old belief. */
  'pause-server',
  'pause-client',
  /** SIGKILL; back after `ms`. */
  'crash-server',
  'crash-client',
  /** SIGKILL just before effect number `which`; back after `ms`. */
  'crash-server-at',
  'crash-client-at',
  /** SIGTERM; back after `ms`. */
  'drain',
  /** Ctrl-C, and the resume command after `ms`. */
  'interrupt',
  /** The taker of the items is busy for `ms`. */
  'slow-reader',
  /** What the server writes to client `who` stays in its buffers for `ms`. */
  'slow-flush',
  /** For `ms` the store refuses, is silent, or acts and is silent (by `which`), to server `who` or to all. */
  'store-outage',
  /** Store operation number `which` of the run goes wrong in a way that `who` tells; delays last `ms`. */
  'store-op',
  /** The store restarts empty. */
  'store-empty',
  /** A replica that lags by `ms` takes over: the last writes are gone. */
  'store-failover',
  /** A second client with the id of client `who` appears; with another n when `which` is odd. */
  'rival',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly who: number;
  readonly which: number;
  readonly ms: number;
}

/** Ranges of the numbers of a schedule, both ends included. */
export const RANGES = {
  /** Decides latencies, jitter, back-off, seeds and which server is dialled. */
  seed: [0, 0xffff_ffff],
  servers: [1, 3],
  clients: [1, 3],
  /** Items of each sequence. */
  n: [1, 8],
  intervalMs: [20, 8_000],
  /** Sometimes less than RSQ-RET-8 asks for. */
  retentionMs: [10_000, 40_000],
  /** 1: the sequence of the first client is stateless. */
  stateless: [0, 1],
  /** 1: clients ask for confirm-final. */
  confirm: [0, 1],
  /** 1: servers grant the extensions. */
  granted: [0, 1],
  /** 1: clients ask for prefix-checksum. */
  prefix: [0, 1],
  /** 1: clients keep a state file, so that a crash is not the end. */
  stateFile: [0, 1],
  latencyMs: [0, 400],
  jitterMs: [0, 400],
  storeLatencyMs: [0, 80],
  /** Clocks run at 1 plus or minus up to this many thousandths. */
  skewPermille: [0, 5],
  /** Alarms ring up to this late. */
  lagMs: [0, 20],
  /** 1: one server with its sessions in its own memory. */
  embedded: [0, 1],
  /** 1: a process that wakes up reads before it looks at its alarms. */
  readsFirst: [0, 1],
} as const;

export type Settings = { readonly [Name in keyof typeof RANGES]: number };

export interface Schedule extends Settings {
  readonly faults: readonly Fault[];
}

export const FAULT_RANGES = { atMs: [0, 60_000], who: [0, 7], which: [0, 60], ms: [0, 90_000] } as const;
export const MAX_FAULTS = 10;

const NAMES = Object.keys(RANGES) as (keyof typeof RANGES)[];
const FAULT_NAMES = Object.keys(FAULT_RANGES) as (keyof typeof FAULT_RANGES)[];

// ---------------------------------------------------------------- drawing

const INTERVALS = [20, 200, 1_000, 1_000, 3_000, 8_000];
const LATENCIES = [0, 0, 1, 20, 150, 400];
const JITTERS = [0, 0, 5, 100, 400];
const STORE_LATENCIES = [0, 0, 1, 10, 80];
/** Upper bounds of durations: what matters lies around the deadlines of the protocol. */
const DURATIONS = [1, 60, 400, 1_500, 6_000, 12_000, 29_000, 38_000, 60_000, 90_000];
/** How likely a kind of fault is to be in the mix of a schedule. */
const MIXES = [0.08, 0.2, 0.5];

/** Integer in 0..below-1. */
export function below(random: Random, limit: number): number {
  return Math.floor(random.uniform() * limit);
}

function pick(random: Random, values: readonly number[]): number {
  return values[below(random, values.length)] ?? 0;
}

function chance(random: Random, probability: number): 0 | 1 {
  return random.uniform() < probability ? 1 : 0;
}

/** The schedule of a seed. Each draws a mix of faults of its own (swarm): what hides in one mix shows in another. */
export function drawSchedule(seed: number): Schedule {
  const random = seededRandom(seed);
  const intervalMs = pick(random, INTERVALS);
  const n = 1 + below(random, random.uniform() < 0.7 ? 4 : 8);
  const servers = 1 + below(random, 3);
  const retentionMs = pick(random, [10_000, 15_000, 30_000, 40_000]);
  return {
    seed: seed >>> 0,
    servers,
    clients: random.uniform() < 0.75 ? 1 : 2 + below(random, 2),
    n,
    intervalMs,
    retentionMs,
    stateless: chance(random, 0.12),
    confirm: chance(random, 0.6),
    granted: chance(random, 0.85),
    prefix: chance(random, 0.3),
    stateFile: chance(random, 0.6),
    latencyMs: pick(random, LATENCIES),
    jitterMs: pick(random, JITTERS),
    storeLatencyMs: pick(random, STORE_LATENCIES),
    skewPermille: below(random, 6),
    lagMs: pick(random, [0, 1, 20]),
    embedded: servers === 1 ? chance(random, 0.6) : 0,
    readsFirst: chance(random, 0.5),
    faults: drawFaults(random, Math.max(6_000, 1.2 * n * intervalMs), retentionMs),
  };
}

function drawFaults(random: Random, horizonMs: number, retentionMs: number): Fault[] {
  const likelihood = pick(random, MIXES);
  const mix = FAULT_KINDS.filter(() => random.uniform() < likelihood);
  const faults: Fault[] = [];
  if (mix.length === 0) return faults;
  const count = below(random, 1 + below(random, MAX_FAULTS));
  while (faults.length < count) faults.push(drawFault(random, mix, Math.min(horizonMs, 60_000), retentionMs));
  return faults;
}

function drawFault(random: Random, mix: readonly FaultKind[], horizonMs: number, retentionMs: number): Fault {
  return {
    kind: mix[below(random, mix.length)] ?? 'cut',
    atMs: below(random, horizonMs),
    who: below(random, 8),
    which: below(random, random.uniform() < 0.7 ? 8 : 40),
    ms: random.uniform() < 0.2 ? aroundDeadline(random, retentionMs) : below(random, pick(random, DURATIONS)),
  };
}

/** Just before or behind the end of the retention, of a client's patience with silence, or of a wait for the store. */
function aroundDeadline(random: Random, retentionMs: number): number {
  const deadlineMs = pick(random, [1_000, 5_000, retentionMs, retentionMs, retentionMs + 1_000]);
  return Math.max(0, deadlineMs - 1_000 + below(random, 4_000));
}

// ---------------------------------------------------------------- tokens

const VERSION = '1';

/** A schedule as one word for a command line. */
export function encodeToken(schedule: Schedule): string {
  const numbers = NAMES.map((name) => schedule[name]);
  for (const fault of schedule.faults) {
    numbers.push(FAULT_KINDS.indexOf(fault.kind), ...FAULT_NAMES.map((name) => fault[name]));
  }
  return [VERSION, ...numbers.map((number) => number.toString(36))].join('-');
}

/** @throws UsageError for a word that `encodeToken` did not make */
export function decodeToken(token: string): Schedule {
  const [version, ...words] = token.split('-');
  const faultLength = 1 + FAULT_NAMES.length;
  const bad = (): never => {
    throw new UsageError('replay', 'a token that this version of the simulation printed', token);
  };
  if (version !== VERSION || words.length < NAMES.length || (words.length - NAMES.length) % faultLength !== 0) bad();
  const numbers = words.map((word) => (/^[0-9a-z]{1,7}$/.test(word) ? Number.parseInt(word, 36) : bad()));
  const read = (at: number, [min, max]: readonly [number, number]): number => {
    const number = numbers[at] ?? bad();
    return number >= min && number <= max ? number : bad();
  };
  const settings = Object.fromEntries(NAMES.map((name, at) => [name, read(at, RANGES[name])]));
  const faults: Fault[] = [];
  for (let at = NAMES.length; at < numbers.length; at += faultLength) {
    const kind = FAULT_KINDS[numbers[at] ?? -1] ?? bad();
    const fields = Object.fromEntries(
      FAULT_NAMES.map((name, offset) => [name, read(at + 1 + offset, FAULT_RANGES[name])]),
    );
    faults.push({ kind, ...(fields as Omit<Fault, 'kind'>) });
  }
  return { ...(settings as Settings), faults };
}
