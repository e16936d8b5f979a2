/**
 * PCG32: ours against BigInt, npm's packages, WebAssembly and C; and jump-ahead. The time of a round is that of its fastest
 * call: whatever else runs on the machine can only add to a time. Rounds are many and short, all on one core, so that ratios
 * are between moments that are alike.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPcg32, getOutput, nextState } from 'pcg';
import PcgRandom from 'pcg-random';
import { pcg32At } from '../../protocol/pcg32.ts';
import { wasmFiller } from '../../protocol/pcg32-wasm.ts';
import { CAN_PIN, onCore, ROOT, SERVER_CORE } from '../measure/child.ts';
import { measureRounds } from '../measure/rounds.ts';
import { fastestOf, ratioOf } from '../report/bars.ts';
import type { Bars, PartReport, Settings } from '../report/model.ts';

const SEED = 42n;
const COUNT = 65_535;
const MULTIPLIER = 6_364_136_223_846_793_005n;
const INCREMENT = 109n;
/** The published demo: seed 42, stream 54. */
const FIRST = 0xa15c02b7;
const GOAL_WASM = 0.8;
const GOAL_JS = 3.2;
const GOAL_JUMP_NS = 300;
/** In one call. */
const JUMPS = 2_000;
/** Whatever --rounds says: a round takes half a second. */
const ROUNDS = 25;
/** For so long a subject is called in a round. */
const CALLS_MS = 50;
/** The program in C: runs in a round, numbers in a run. */
const C_RUNS = 4;
const C_COUNT = 1e7;

const IN_C = 'C, gcc -O2';

/** Makes `COUNT` numbers. @returns the first of a run that begins anew with each call */
type Maker = () => number;

const state0 = (SEED + INCREMENT) * MULTIPLIER + INCREMENT;

function makers(): Record<string, Maker> {
  const out = new Uint32Array(COUNT);
  const wasm = wasmFiller();
  return {
    'limbs, fill': () => {
      pcg32At(SEED, 0).fill(out);
      return out[0] ?? 0;
    },
    'limbs, one by one': () => {
      const generator = pcg32At(SEED, 0);
      for (let at = 0; at < COUNT; at++) out[at] = generator.next();
      return out[0] ?? 0;
    },
    WebAssembly: () => wasm.fill(SEED, COUNT).readUInt32BE(),
    BigInt: () => {
      let state = BigInt.asUintN(64, state0);
      for (let at = 0; at < COUNT; at++) {
        const mixed = Number(BigInt.asUintN(32, ((state >> 18n) ^ state) >> 27n));
        const turn = Number(state >> 59n);
        out[at] = (mixed >>> turn) | (mixed << (-turn & 31));
        state = BigInt.asUintN(64, state * MULTIPLIER + INCREMENT);
      }
      return out[0] ?? 0;
    },
    'npm pcg-random': () => {
      const generator = new PcgRandom(Number(SEED), 0, 54, 0);
      for (let at = 0; at < COUNT; at++) out[at] = generator.next32();
      return out[0] ?? 0;
    },
    'npm pcg': () => {
      let state = createPcg32({}, Number(SEED), 54);
      for (let at = 0; at < COUNT; at++) {
        out[at] = getOutput(state);
        state = nextState(state);
      }
      return out[0] ?? 0;
    },
  };
}

export function benchGenerators(settings: Settings): Promise<PartReport> {
  return onCore(SERVER_CORE, () => measureHere(settings));
}

/** On the core that the process has now. */
async function measureHere(settings: Settings): Promise<PartReport> {
  const made = makers();
  const wrong = Object.entries(made).filter(([, make]) => make() !== FIRST);
  const c = compileC();
  const names = [...(c === undefined ? [] : [IN_C]), ...Object.keys(made)];
  const { values } = await measureRounds(names, settings.isQuick ? 1 : ROUNDS, (name) => {
    const make = made[name];
    const value = make === undefined ? c?.(settings.isQuick ? 1 : C_RUNS) : fastestNs(make) / COUNT;
    return { value: value ?? Number.NaN, pressure: 0 };
  });
  const jumps = await measureRounds(['jump to 65,534', 'linear'], settings.isQuick ? 1 : ROUNDS, (name) => ({
    value: name === 'linear' ? fastestNs(made['limbs, fill'] ?? (() => 0)) : timeJump(),
    pressure: 0,
  }));
  c?.('end');
  const numbers: Bars = {
    title: 'PCG32, time of one number',
    unit: 'ns',
    reference: c === undefined ? 'WebAssembly' : IN_C,
    subjects: [...values].map(([name, list]) => ({ name, values: list })),
  };
  const jump: Bars = {
    title: 'to item 65,534',
    unit: 'ns',
    reference: 'jump to 65,534',
    subjects: [...jumps.values].map(([name, list]) => ({ name, values: list })),
  };
  return {
    part: 'pcg32',
    title: 'The generator',
    bars: [numbers, jump],
    curves: [],
    goals: [
      ...(c === undefined
        ? []
        : [
            {
              what: 'PCG32 in WebAssembly against C',
              value: ratioOf(numbers, 'WebAssembly'),
              limit: GOAL_WASM,
              unit: 'x',
            },
            {
              what: 'PCG32 in JavaScript, fill, against C',
              value: ratioOf(numbers, 'limbs, fill'),
              limit: GOAL_JS,
              unit: 'x',
            },
          ]),
      { what: 'jump-ahead', value: fastestOf(jump, 'jump to 65,534'), limit: GOAL_JUMP_NS, unit: 'ns' },
    ],
    notes: [
      ...(c === undefined ? ['there is no C compiler here: ratios are against WebAssembly'] : []),
      ...wrong.map(([name]) => `${name}: its first number is not that of the published demo`),
    ],
  };
}

/** Nanoseconds of the fastest call. */
function fastestNs(make: Maker): number {
  const untilMs = performance.now() + CALLS_MS;
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let nowMs = performance.now(); nowMs < untilMs; ) {
    make();
    const thenMs = performance.now();
    fastestMs = Math.min(fastestMs, thenMs - nowMs);
    nowMs = thenMs;
  }
  return 1e6 * fastestMs;
}

function timeJump(): number {
  let sink = 0;
  const jumpAll = (): number => {
    for (let k = 0; k < JUMPS; k++) sink ^= pcg32At(BigInt(k), 65_534).next();
    return sink;
  };
  return fastestNs(jumpAll) / JUMPS;
}

/** @returns what gives nanoseconds of one number in the fastest of some runs, undefined without a compiler; 'end' removes it */
function compileC(): ((runs: number | 'end') => number) | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'reseq-bench-'));
  const program = join(folder, 'pcg32');
  if (spawnSync('cc', ['-O2', '-o', program, join(ROOT, 'bench/peers/pcg32.c')]).status !== 0) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return (runs) => {
    if (runs === 'end') {
      rmSync(folder, { recursive: true });
      return 0;
    }
    return Math.min(...Array.from({ length: runs }, () => runC(program)));
  };
}

function runC(program: string): number {
  const words = CAN_PIN ? ['taskset', '-c', String(SERVER_CORE), program] : [program];
  const [file = '', ...rest] = [...words, String(C_COUNT)];
  const [first, ns = Number.NaN] = spawnSync(file, rest, { encoding: 'utf8' }).stdout.split(' ').map(Number);
  if (first !== FIRST) throw new Error(`pcg32.c: expected ${FIRST} first, got ${first}`);
  return ns;
}
