/**
 * The generator as spec/generation.md section 1 writes it: unsigned 64-bit arithmetic as BigInt, one line of
 * text per line of code. Slow and plain on purpose; shares nothing with any implementation under test.
 */

export const MULT = 6364136223846793005n;
/** The stream that the specification fixes. */
export const INITSEQ = 54n;
const MASK_64 = (1n << 64n) - 1n;
const MASK_32 = (1n << 32n) - 1n;

/** What belongs to one stream: `inc` = (initseq << 1) | 1. */
export function incrementOf(initseq: bigint): bigint {
  return ((initseq << 1n) | 1n) & MASK_64;
}

export function step(state: bigint, inc: bigint): bigint {
  return (state * MULT + inc) & MASK_64;
}

/** State before item 0. */
export function seededState(seed: bigint, inc: bigint): bigint {
  let state = 0n;
  state = step(state, inc);
  state = (state + seed) & MASK_64;
  return step(state, inc);
}

/** The state after `distance` steps. */
export function advance(state: bigint, distance: number, inc: bigint): bigint {
  let am = 1n;
  let ap = 0n;
  let cm = MULT;
  let cp = inc;
  for (let d = distance; d > 0; d = Math.floor(d / 2)) {
    if (d % 2 === 1) {
      am = (am * cm) & MASK_64;
      ap = (ap * cm + cp) & MASK_64;
    }
    cp = ((cm + 1n) * cp) & MASK_64;
    cm = (cm * cm) & MASK_64;
  }
  return (am * state + ap) & MASK_64;
}

/** The number that a state stands for, a uint32. */
export function output(state: bigint): number {
  const x = (((state >> 18n) ^ state) >> 27n) & MASK_32;
  return Number(rotatedRight(x, state >> 59n));
}

/** `x` of 32 bits, rotated right by 0..31. */
export function rotatedRight(x: bigint, by: bigint): bigint {
  return ((x >> by) | (x << (32n - by))) & MASK_32;
}

/** `count` items of the sequence of `seed`, from index `from` on. */
export function itemsOf(seed: bigint, count: number, from = 0, initseq: bigint = INITSEQ): number[] {
  const inc = incrementOf(initseq);
  let state = advance(seededState(seed, inc), from, inc);
  return Array.from({ length: count }, () => {
    const value = output(state);
    state = step(state, inc);
    return value;
  });
}

/** Item `index` of the sequence of `seed`. */
export function itemAt(seed: bigint, index: number): number {
  const inc = incrementOf(INITSEQ);
  return output(advance(seededState(seed, inc), index, inc));
}
