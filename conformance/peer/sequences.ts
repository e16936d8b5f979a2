/** The numbers of a peer's streams, out of the suite's own oracle, in the form that the player sends. */

import { checksumOf, sequenceChecksum } from '../oracle/checksum.ts';
import { bigEndianBytes, exactValue } from '../oracle/doubling.ts';
import { itemAt, itemsOf } from '../oracle/pcg32.ts';
import type { Sequence } from './player.ts';

/** n outputs of PCG32. */
export function statefulSequence(seed: bigint, n: number): Sequence {
  return sequenceOf(itemsOf(seed, n));
}

/** A stateful sequence of these numbers. */
export function sequenceOf(values: readonly number[]): Sequence {
  return {
    profile: 'stateful',
    count: values.length,
    value: (index) => values[index] ?? 0,
    checksum: (count) => checksumOf(values.slice(0, count)),
  };
}

/** As {@link statefulSequence}, for streams that are left long before their end: only what is sent is computed. */
export function lazySequence(seed: bigint, n: number): Sequence {
  return {
    profile: 'stateful',
    count: n,
    value: (index) => itemAt(seed, index),
    checksum: (count) => sequenceChecksum(seed, count),
  };
}

/** All 65,535 items of a * ratio^k. */
export function statelessSequence(a: number, ratio: number): Sequence {
  return {
    profile: 'stateless',
    count: 65_535,
    value: (index) => (ratio === 2 ? shifted(a, index) : bigEndianBytes(exactValue(a, ratio, index))),
    checksum: () => new Uint8Array(),
  };
}

/** a * 2^k without arithmetic on large numbers: a full-length stream needs thousands of them per second. */
function shifted(a: number, k: number): Uint8Array {
  const head = bigEndianBytes(BigInt(a << (k % 8)));
  return Buffer.concat([head, Buffer.alloc(Math.floor(k / 8))]);
}
