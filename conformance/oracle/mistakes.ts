/**
 * The mistakes that spec/generation.md section 3 lists, each as a program that makes it, so that a failure
 * can be named for any seed and not only for the one of the table.
 */
import { sha256 } from './checksum.ts';
import { exactValue } from './doubling.ts';
import { INITSEQ, incrementOf, itemsOf, MULT, output, rotatedRight, seededState, step } from './pcg32.ts';
import { findSeed, PCG32, seedBehind, seedOfState, stepBack, type Variant } from './recover-seed.ts';

/** One known way to be wrong. */
export interface Mistake<Output> {
  /** Short permanent name. */
  readonly id: string;
  /** The sentence of the table. */
  readonly text: string;
  /** What such a program gives. */
  readonly output: Output;
}

export type ItemsMistake = Mistake<(seed: bigint, count: number) => number[]>;
export type ChecksumMistake = Mistake<(values: readonly number[]) => Uint8Array>;

const INC = incrementOf(INITSEQ);
const DEFAULT_INC = 1442695040888963407n;
const MASK_64 = (1n << 64n) - 1n;
const MASK_32 = (1n << 32n) - 1n;

function run(state: bigint, inc: bigint, count: number, out: (state: bigint) => number = output): number[] {
  let current = state;
  return Array.from({ length: count }, () => {
    const value = out(current);
    current = step(current, inc);
    return value;
  });
}

function rotatedLeft(state: bigint): number {
  const x = (((state >> 18n) ^ state) >> 27n) & MASK_32;
  return Number(rotatedRight(x, (32n - (state >> 59n)) % 32n));
}

function notCut(state: bigint): number {
  const x = ((state >> 18n) ^ state) >> 27n;
  return Number(rotatedRight(x, state >> 59n));
}

function signedShift(state: bigint): number {
  const x = BigInt.asIntN(32, ((state >> 18n) ^ state) >> 27n);
  return Number(rotatedRight(x, state >> 59n));
}

/** The state of a seeding whose numbers are doubles; they are cut to 64 bits only afterwards. */
function seededInDouble(seed: bigint): bigint {
  const sum = Number(INC) + Number(seed);
  return BigInt(sum * Number(MULT) + Number(INC)) & MASK_64;
}

/** Wrong generators. */
export const ITEMS_MISTAKES: readonly ItemsMistake[] = [
  {
    id: 'no-seeding',
    text: 'no seeding procedure: the seed was taken as the state',
    output: (seed, count) => run(seed, INC, count),
  },
  {
    id: 'seed-before-both-steps',
    text: 'the seed was added before both steps',
    output: (seed, count) => run(step(step(seed, INC), INC), INC, count),
  },
  {
    id: 'increment-not-shifted',
    text: 'inc is initseq, not shifted',
    output: (seed, count) => run(seededState(seed, INITSEQ), INITSEQ, count),
  },
  {
    id: 'increment-or-1',
    text: 'inc is initseq | 1, not shifted',
    output: (seed, count) => run(seededState(seed, INITSEQ | 1n), INITSEQ | 1n, count),
  },
  {
    id: 'arguments-swapped',
    text: 'seed and initseq swapped',
    output: (seed, count) => itemsOf(INITSEQ, count, 0, seed),
  },
  {
    id: 'default-increment',
    text: "a library's default increment",
    output: (seed, count) => run(seededState(seed, DEFAULT_INC), DEFAULT_INC, count),
  },
  {
    id: 'new-state',
    text: 'output of the new state instead of the old one',
    output: (seed, count) => itemsOf(seed, count, 1),
  },
  {
    id: 'rotated-left',
    text: 'rotated left',
    output: (seed, count) => run(seededState(seed, INC), INC, count, rotatedLeft),
  },
  {
    id: 'not-cut-to-32-bits',
    text: 'x not cut to 32 bits before the rotation',
    output: (seed, count) => run(seededState(seed, INC), INC, count, notCut),
  },
  {
    id: 'signed-shift',
    text: 'a signed shift; note that the first three pass',
    output: (seed, count) => run(seededState(seed, INC), INC, count, signedShift),
  },
  {
    id: 'state-in-double',
    text: 'the seeding ran in doubles',
    output: (seed, count) => run(seededInDouble(seed), INC, count),
  },
];

function bytesOf(values: readonly number[], width: number, write: (buffer: Buffer, value: number, at: number) => void) {
  const buffer = Buffer.alloc(values.length * width);
  values.forEach((value, index) => {
    write(buffer, value, index * width);
  });
  return buffer;
}

function bigEndian(values: readonly number[]): Uint8Array {
  return bytesOf(values, 4, (buffer, value, at) => buffer.writeUInt32BE(value, at));
}

/** Wrong checksums. */
export const CHECKSUM_MISTAKES: readonly ChecksumMistake[] = [
  {
    id: 'little-endian',
    text: 'little-endian bytes',
    output: (values) => sha256(bytesOf(values, 4, (buffer, value, at) => buffer.writeUInt32LE(value, at))),
  },
  {
    id: 'last-left-out',
    text: 'the last value left out',
    output: (values) => sha256(bigEndian(values.slice(0, -1))),
  },
  { id: 'decimal-texts', text: 'decimal texts instead of bytes', output: (values) => sha256(values.join('')) },
  { id: 'decimal-texts-commas', text: 'decimal texts with commas', output: (values) => sha256(values.join(',')) },
  {
    id: 'hexadecimal-texts',
    text: 'hexadecimal texts instead of bytes',
    output: (values) => sha256(values.map((value) => value.toString(16).padStart(8, '0')).join('')),
  },
  { id: 'reversed', text: 'order reversed', output: (values) => sha256(bigEndian([...values].reverse())) },
  {
    id: 'eight-bytes',
    text: '8 bytes a value',
    output: (values) => sha256(bytesOf(values, 8, (buffer, value, at) => buffer.writeBigUInt64BE(BigInt(value), at))),
  },
  { id: 'first-left-out', text: 'the first value left out', output: (values) => sha256(bigEndian(values.slice(1))) },
];

/** The mistake whose first values these are (at least four, from index 0), or undefined when none fits. */
export function diagnoseItems(seed: bigint, values: readonly number[]): ItemsMistake | undefined {
  if (values.length < 4) return undefined;
  return ITEMS_MISTAKES.find((mistake) => {
    const wrong = mistake.output(seed, values.length);
    return wrong.every((value, index) => value === values[index]);
  });
}

/** The mistake that makes `checksum` from the right `values`, or undefined when none fits. */
export function diagnoseChecksum(values: readonly number[], checksum: Uint8Array): ChecksumMistake | undefined {
  return CHECKSUM_MISTAKES.find((mistake) => Buffer.from(mistake.output(values)).equals(Buffer.from(checksum)));
}

/** Mistakes whose generator is another one of the same kind, so that its seed follows from its outputs. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  'increment-not-shifted': { ...PCG32, inc: INITSEQ },
  'increment-or-1': { ...PCG32, inc: INITSEQ | 1n },
  'default-increment': { ...PCG32, inc: DEFAULT_INC },
  'rotated-left': { ...PCG32, unrotated: rotatedRight, output: rotatedLeft },
};

/** More outputs make no surer of a seed. */
const SURE = 6;
/** Items that such mistakes leave right are looked for among so many. */
const WINDOWS = 24;

/**
 * The mistake whose first values these are, from index 0, whatever the seed; undefined when there are fewer than four, none fits, or the
 * seed cannot be found from them. (A wrong seeding procedure gives the right values of another seed: {@link diagnoseSeeding}.)
 */
export function diagnoseSeedless(values: readonly number[]): { mistake: ItemsMistake; seed: bigint } | undefined {
  if (values.length < 4) return undefined;
  const fitting = (
    seed: bigint | undefined,
    mistake: ItemsMistake,
  ): { mistake: ItemsMistake; seed: bigint } | undefined =>
    seed !== undefined && mistake.output(seed, values.length).every((value, i) => value === values[i])
      ? { mistake, seed }
      : undefined;
  for (const mistake of ITEMS_MISTAKES) {
    const variant = VARIANTS[mistake.id];
    const found = variant && fitting(findSeed(values.slice(0, SURE), variant), mistake);
    if (found !== undefined) return found;
  }
  for (let from = 0; from + 3 <= Math.min(values.length, WINDOWS); from++) {
    const seed = seedBehind(values.slice(from, from + 3), from);
    const found = ITEMS_MISTAKES.map((mistake) => fitting(seed, mistake)).find((one) => one !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Mistakes of the seeding: seeds of sessions whose values are those of `seed` when the seeding is done right. */
const SEEDINGS: Readonly<Record<string, (seed: bigint) => bigint>> = {
  'no-seeding': (seed) => seededState(seed, INC),
  'seed-before-both-steps': (seed) => stepBack(stepBack(seededState(seed, INC))),
  'new-state': (seed) => seedOfState(stepBack(seededState(seed, INC))),
};

/** The mistake that makes of another seed, which `isSeed` knows, the values of `seed`. */
export function diagnoseSeeding(seed: bigint, isSeed: (seed: bigint) => boolean): ItemsMistake | undefined {
  return ITEMS_MISTAKES.find(({ id }) => {
    const before = SEEDINGS[id];
    return before !== undefined && isSeed(before(seed));
  });
}

export type DoublingMistake = Mistake<(a: number, ratio: number, index: number) => bigint | undefined>;

/** A value of a stateless sequence as it was seen. */
export interface DoublingValue {
  readonly a: number;
  readonly ratio: number;
  readonly index: number;
  readonly value: bigint;
}

/** Every double above this index is infinite. */
const LAST_FINITE = 1_024;

function wholeOf(double: number): bigint | undefined {
  return Number.isFinite(double) ? BigInt(double) : undefined;
}

function cutTo(bits: number): (a: number, ratio: number, index: number) => bigint {
  return (a, ratio, index) => BigInt.asUintN(bits, exactValue(a, ratio, index));
}

/** Wrong stateless values. */
export const DOUBLING_MISTAKES: readonly DoublingMistake[] = [
  {
    id: 'rounded',
    text: 'values are rounded to 53 bits: computed in doubles',
    output: (a, ratio, index) => (index > LAST_FINITE ? undefined : wholeOf(Number(exactValue(a, ratio, index)))),
  },
  {
    id: 'rounded-at-each-step',
    text: 'values are rounded to 53 bits at each step: computed in doubles, item by item',
    output: (a, ratio, index) => {
      if (index > LAST_FINITE) return undefined;
      let value = a;
      for (let i = 0; i < index; i++) value *= ratio;
      return wholeOf(value);
    },
  },
  ...[31, 32, 53, 63, 64].map((bits) => ({
    id: `cut-${bits}`,
    text: `values are cut to ${bits} bits`,
    output: cutTo(bits),
  })),
];

/** The mistake that gives all of these values but those for which it has no number, and at least one that is wrong. */
export function diagnoseDoubling(values: readonly DoublingValue[]): DoublingMistake | undefined {
  return DOUBLING_MISTAKES.find((mistake) => {
    const told = values.flatMap(({ a, ratio, index, value }) => {
      const given = mistake.output(a, ratio, index);
      return given === undefined ? [] : [{ given, value, exact: exactValue(a, ratio, index) }];
    });
    return told.every(({ given, value }) => given === value) && told.some(({ value, exact }) => value !== exact);
  });
}
