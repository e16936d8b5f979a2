/**
 * PCG32 (XSH RR 64/32) on the fixed stream 54, with jump-ahead. Spec: core.md, "The generator".
 *
 * The 64-bit state is two int32 limbs: about 25 times the speed of BigInt. Item k of a sequence is
 * the output of the state after k steps, so any index is reachable without the ones before it.
 * Source: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
 * Algorithms for Random Number Generation", and its minimal C implementation.
 */

/** The multiplier 0x5851f42d4c957f2d, as limbs. */
const MULT_HIGH = 0x5851f42d;
const MULT_LOW = 0x4c957f2d;
/** Scales by 32 bits, without rounding. */
const TWO_TO_MINUS_32 = 2 ** -32;
/** (54 << 1) | 1: its high limb is 0. */
const INCREMENT = 109;
const MAX_INDEX = 65_535;
/** Jumps go by hexadecimal digits, of which 65,536 steps have five. */
const RADIX = 16;
const RADIX_BITS = 4;
const DIGITS = 5;

/**
 * High 32 bits of the unsigned product of two 32-bit numbers. In doubles: the product is off by its rounding, at most 2^10,
 * and so is its difference to the low 32 bits, which are known exactly. What is left of both in the high bits, at most 2^-21,
 * falls off with the rounding at the end. Faster than products of 16 bits, since the integer units are left to the rest of a step.
 */
function multiplyHigh(x: number, y: number): number {
  const low = Math.imul(x, y) >>> 0;
  return (((x >>> 0) * (y >>> 0) - low) * TWO_TO_MINUS_32 + 0.5) | 0;
}

/** `steps` steps at once: state * mult + plus, all 64 bits as limbs. */
interface Jump {
  readonly multHigh: number;
  readonly multLow: number;
  readonly plusHigh: number;
  readonly plusLow: number;
}

function applyHigh(jump: Jump, high: number, low: number, newLow: number): number {
  const carry = newLow >>> 0 < jump.plusLow >>> 0 ? 1 : 0;
  const product = multiplyHigh(low, jump.multLow) + Math.imul(high, jump.multLow) + Math.imul(low, jump.multHigh);
  return (product + jump.plusHigh + carry) | 0;
}

function applyLow(jump: Jump, low: number): number {
  return (Math.imul(low, jump.multLow) + jump.plusLow) | 0;
}

/** One jump after the other: mult = first.mult * second.mult, plus = first.plus * second.mult + second.plus. */
function composed(first: Jump, second: Jump): Jump {
  const scale: Jump = { ...second, plusHigh: 0, plusLow: 0 };
  const multLow = applyLow(scale, first.multLow);
  const plusLow = applyLow(second, first.plusLow);
  return {
    multHigh: applyHigh(scale, first.multHigh, first.multLow, multLow),
    multLow,
    plusHigh: applyHigh(second, first.plusHigh, first.plusLow, plusLow),
    plusLow,
  };
}

function jumpTable(): readonly (readonly Jump[])[] {
  let unit: Jump = { multHigh: MULT_HIGH, multLow: MULT_LOW, plusHigh: 0, plusLow: INCREMENT };
  return Array.from({ length: DIGITS }, () => {
    const row: Jump[] = [{ multHigh: 0, multLow: 1, plusHigh: 0, plusLow: 0 }];
    let jump = unit;
    for (let digit = 1; digit < RADIX; digit++, jump = composed(jump, unit)) row.push(jump);
    unit = jump;
    return row;
  });
}

/** JUMPS[k][d] is d * 16^k steps: a jump multiplies once for each digit. */
const JUMPS = jumpTable();

/** A position in one sequence. */
export class Pcg32 {
  /** Limbs of the state whose output comes next. */
  #high: number;
  #low: number;

  constructor(high: number, low: number) {
    this.#high = high | 0;
    this.#low = low | 0;
  }

  /** The number at this position, a uint32; moves on by one. */
  next(): number {
    const one = scratch;
    this.fill(one);
    return one[0] ?? 0;
  }

  /** Writes the next `out.length` numbers and moves past them. */
  fill(out: Uint32Array): void {
    let high = this.#high;
    let low = this.#low;
    let unsignedLow = low >>> 0;
    for (let at = 0; at < out.length; at++) {
      // XSH: bits 27..58 of ((state >> 18) ^ state). RR: rotate right by the top five bits.
      const mixed = (high << 5) ^ (high >>> 13) ^ (low >>> 27);
      const turn = high >>> 27;
      out[at] = (mixed >>> turn) | (mixed << (32 - turn));

      // state = state * MULT + INCREMENT. The high word of the product as in multiplyHigh, with the carry of the increment.
      const product = unsignedLow * MULT_LOW;
      const newLow = (Math.imul(low, MULT_LOW) + INCREMENT) | 0;
      unsignedLow = newLow >>> 0;
      const carried = ((product - unsignedLow) * TWO_TO_MINUS_32 + 0.5) | 0;
      high = (carried + Math.imul(high, MULT_LOW) + Math.imul(low, MULT_HIGH)) | 0;
      low = newLow;
    }
    this.#high = high;
    this.#low = low;
  }
}

const MAX_SEED = (1n << 64n) - 1n;
/** Takes a seed apart without BigInt arithmetic, which would allocate. */
const limbs = new DataView(new ArrayBuffer(8));

/** One-element target of `next`, shared because it is read back before anyone else can write. */
const scratch = new Uint32Array(1);

/**
 * The generator of `seed` (0..2^64-1), positioned at item `index` (0..65535; 65535 is the end).
 * Throws RangeError for other values: a caller's mistake, peers' values are checked before.
 */
export function pcg32At(seed: bigint, index: number): Pcg32 {
  if (seed < 0n || seed > MAX_SEED) throw new RangeError(`seed: expected 0..2^64-1, got ${seed}`);
  if (!Number.isInteger(index) || index < 0 || index > MAX_INDEX) {
    throw new RangeError(`index: expected 0..65535, got ${index}`);
  }
  // Seeding: step(0) is the increment; add the seed; step once more.
  limbs.setBigUint64(0, seed);
  let low = (limbs.getInt32(4) + INCREMENT) | 0;
  let high = (limbs.getInt32(0) + (low >>> 0 < INCREMENT ? 1 : 0)) | 0;
  // index + 1 steps: the last one of the seeding, then one per item.
  for (let steps = index + 1, k = 0; steps !== 0; steps >>>= RADIX_BITS, k++) {
    const jump = JUMPS[k]?.[steps & (RADIX - 1)];
    if (jump === undefined) continue;
    const newLow = applyLow(jump, low);
    high = applyHigh(jump, high, low, newLow);
    low = newLow;
  }
  return new Pcg32(high, low);
}

/** Writes the items `fromIndex`, `fromIndex + 1`, ... of the sequence of `seed` into `out`. */
export function pcg32Fill(seed: bigint, fromIndex: number, out: Uint32Array): void {
  pcg32At(seed, fromIndex).fill(out);
}
