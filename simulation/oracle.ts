/**
 * What is right, by the suite's own oracle, which shares no code with the implementations. Computed once for each of
 * the seeds that schedules use.
 */
import { checksumOf } from '../conformance/oracle/checksum.ts';
import { valuesOf } from '../conformance/oracle/doubling.ts';
import { itemsOf } from '../conformance/oracle/pcg32.ts';
import { RANGES } from './schedule.ts';

const [, MAX_N] = RANGES.n;
/** A golden-ratio walk through 64 bits: seeds with all bits in use. */
const STRIDE = 0x9e37_79b9_7f4a_7c15n;
const SEEDS = 256;

/** One seed and what follows from it. */
export interface Sequence {
  readonly seed: bigint;
  readonly values: readonly number[];
  /** Lower-case hex of the checksum over the first 0, 1, ... items. */
  readonly checksums: readonly string[];
}

const sequences: Sequence[] = Array.from({ length: SEEDS }, (_none, at) => {
  const seed = BigInt.asUintN(64, STRIDE * BigInt(at + 1));
  const values = itemsOf(seed, MAX_N);
  const checksums = Array.from({ length: MAX_N + 1 }, (_nothing, n) => hexOf(checksumOf(values.slice(0, n))));
  return { seed, values, checksums };
});

/** Lower-case hex. */
export function hexOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex');
}

/** Sequence number `at` of the pool, which has 256. */
export function sequenceAt(at: number): Sequence {
  const sequence = sequences[at % SEEDS];
  if (sequence === undefined) throw new RangeError(`sequence: expected a whole number from 0 on, got ${at}`);
  return sequence;
}

const statelessValues = new Map<number, readonly bigint[]>();

/** Item `index` of the stateless sequence that begins with `a`, ratio 2. */
export function statelessValue(a: number, index: number): bigint | undefined {
  let values = statelessValues.get(a);
  if (values === undefined) {
    values = [...valuesOf(a, 2, MAX_N)];
    statelessValues.set(a, values);
  }
  return values[index];
}
