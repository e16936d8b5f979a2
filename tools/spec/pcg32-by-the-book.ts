/**
 * PCG32 word for word as spec/generation.md writes it, in BigInt and slow, with a place for each of the mistakes
 * of its diagnosis table. The tests hold the specification's figures against it.
 */

export const MULT = 6364136223846793005n;
const INITSEQ = 54n;
const word64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The steps of the generator, each replaceable by a wrong one. */
export interface Variant {
  readonly inc: bigint;
  readonly seeding: (seed: bigint, step: (s: bigint) => bigint) => bigint;
  readonly step: (s: bigint, inc: bigint) => bigint;
  readonly output: (s: bigint) => number;
  /** Which state an item is made of: the one before its step, or the one after. */
  readonly of: 'old' | 'new';
}

export function rotateRight(x: bigint, r: bigint): number {
  return Number(BigInt.asUintN(32, (x >> r) | (x << (-r & 31n))));
}

/** ((s >> 18) xor s) >> 27, not yet cut to 32 bits. */
export function xorShift(s: bigint): bigint {
  return ((s >> 18n) ^ s) >> 27n;
}

export const RIGHT: Variant = {
  inc: (INITSEQ << 1n) | 1n,
  seeding: (seed, step) => step(word64(step(0n) + seed)),
  step: (s, inc) => word64(s * MULT + inc),
  output: (s) => rotateRight(BigInt.asUintN(32, xorShift(s)), s >> 59n),
  of: 'old',
};

export function initialState(seed: bigint, variant: Variant = RIGHT): bigint {
  return variant.seeding(seed, (s) => variant.step(s, variant.inc));
}

/** The first `count` values. */
export function outputs(seed: bigint, count: number, variant: Variant = RIGHT): number[] {
  let s = initialState(seed, variant);
  return Array.from({ length: count }, () => {
    const old = s;
    s = variant.step(s, variant.inc);
    return variant.output(variant.of === 'old' ? old : s);
  });
}
