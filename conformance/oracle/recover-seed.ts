/**
 * The seed of a PCG32 sequence from its first outputs, so that any server's generator can be judged without a test hook.
 * Spec: generation.md, section 1 (the note).
 *
 * Output permutes the upper 37 bits of the state reversibly once its rotation (5 bits) is guessed; the lower 27 bits are found
 * from the next output by solving a modular range problem with Euclid's algorithm; a third output confirms.
 * Source: own derivation; the range solver is the classic "first x with l <= a*x mod m <= r".
 */

import { INITSEQ, incrementOf, MULT, output, rotatedRight, seededState, step } from './pcg32.ts';

const MASK64 = (1n << 64n) - 1n;
const INC = incrementOf(INITSEQ);
const LOW_BITS = 27n;
const LOW_SIZE = 1n << LOW_BITS;
const ROTATIONS = Array.from({ length: 32 }, (_, rotation) => BigInt(rotation));

/** A generator that is PCG32 but for one thing. */
export interface Variant {
  readonly inc: bigint;
  /** `x` of an output with this rotation. */
  readonly unrotated: (output: bigint, rotation: bigint) => bigint;
  readonly output: (state: bigint) => number;
}

/** PCG32 as it is specified. */
export const PCG32: Variant = {
  inc: INC,
  unrotated: (value, rotation) => rotatedRight(value, (32n - rotation) % 32n),
  output,
};

/**
 * @param outputs at least 3 consecutive uint32 outputs from index 0 on; the more, the surer (3 leave a chance of about 2^-32 of a false answer).
 * @returns the 64-bit seed, or undefined when no PCG32 of this stream gives these outputs.
 */
export function recoverSeed(outputs: readonly number[]): bigint | undefined {
  if (outputs.length < 3) throw new RangeError(`outputs: expected at least 3, got ${outputs.length}`);
  const key = outputs.join();
  if (known.has(key)) return known.get(key);
  const seed = findSeed(outputs);
  if (known.size >= KNOWN_MOST) known.clear();
  known.set(key, seed);
  return seed;
}

/** Several checks ask about the same session. */
const known = new Map<string, bigint | undefined>();
const KNOWN_MOST = 10_000;

/** Like {@link recoverSeed}, of another generator, remembering nothing. */
export function findSeed(outputs: readonly number[], variant = PCG32): bigint | undefined {
  const [first = 0, second = 0] = outputs;
  for (const state of statesFor(BigInt(first), BigInt(second), variant)) {
    if (givesAll(state, outputs, variant)) return seedOfState(state, variant.inc);
  }
  return undefined;
}

/** The seed of a session of which these are the outputs from index `from` on. */
export function seedBehind(outputs: readonly number[], from: number): bigint | undefined {
  const seed = findSeed(outputs);
  if (seed === undefined) return undefined;
  let state = seededState(seed, INC);
  for (let i = 0; i < from; i++) state = stepBack(state, INC);
  return seedOfState(state);
}

/** The state before this one. */
export function stepBack(state: bigint, inc = INC): bigint {
  return ((state - inc) * MULT_INVERSE) & MASK64;
}

/** Every state whose output is `first` and whose successor's output is `second`. */
function* statesFor(first: bigint, second: bigint, { inc, unrotated }: Variant): Generator<bigint> {
  const nextHighs = ROTATIONS.map((rotation) => upperBits(unrotated(second, rotation), rotation));
  for (const rotation of ROTATIONS) {
    const high = upperBits(unrotated(first, rotation), rotation);
    for (const nextHigh of nextHighs) {
      // low * MULT + (high * MULT + INC) must lie in [nextHigh, nextHigh + 2^27) modulo 2^64.
      const from = (nextHigh - high * MULT - inc) & MASK64;
      for (const low of solutions(from)) yield high | low;
    }
  }
}

/** Bits 27..63 of the state with this `x` and this rotation; bits 0..26 are 0. */
function upperBits(x: bigint, rotation: bigint): bigint {
  // x = bits 27..58 of (s >> 18) ^ s, so from the top down each bit is known from those above it.
  let state = rotation << 59n;
  for (let i = 31n; i >= 0n; i--) {
    const bit = ((x >> i) ^ (state >> (i + 45n))) & 1n;
    state |= bit << (i + 27n);
  }
  return state;
}

/** All low in 0..2^27-1 with (low * MULT - from) mod 2^64 below 2^27. */
function* solutions(from: bigint): Generator<bigint> {
  let start = 0n;
  while (start < LOW_SIZE) {
    const lower = (from - start * MULT) & MASK64;
    const upper = (lower + LOW_SIZE - 1n) & MASK64;
    const skip = lower > upper ? 0n : firstInRange(MULT, MASK64 + 1n, lower, upper);
    if (skip === undefined || start + skip >= LOW_SIZE) return;
    yield start + skip;
    start += skip + 1n;
  }
}

/** Smallest x >= 0 with l <= a*x mod m <= r, for 0 <= l <= r < m. */
function firstInRange(a: bigint, m: bigint, l: bigint, r: bigint): bigint | undefined {
  if (l === 0n) return 0n;
  if (a === 0n) return undefined;
  const x = (l + a - 1n) / a;
  if (a * x <= r) return x;
  // A multiple of a must fall into [m*y + l, m*y + r] for some y > 0: the same question modulo a.
  const y = firstInRange(m % a, a, modulo(-r, a), modulo(-l, a));
  return y === undefined ? undefined : (m * y + l + a - 1n) / a;
}

function modulo(value: bigint, m: bigint): bigint {
  return ((value % m) + m) % m;
}

function givesAll(state: bigint, values: readonly number[], variant: Variant): boolean {
  let s = state;
  for (const value of values) {
    if (variant.output(s) !== value) return false;
    s = step(s, variant.inc);
  }
  return true;
}

/** The seeding procedure backwards: s0 = (inc + seed) * MULT + inc. */
export function seedOfState(s0: bigint, inc = INC): bigint {
  return (stepBack(s0, inc) - inc) & MASK64;
}

/** Inverse of an odd number modulo 2^64 by Newton's iteration, which doubles the right bits each time. */
function inverse(odd: bigint): bigint {
  let x = odd;
  for (let i = 0; i < 6; i++) x = (x * (2n - odd * x)) & MASK64;
  return x;
}

const MULT_INVERSE = inverse(MULT);
