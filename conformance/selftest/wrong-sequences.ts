/** Sequences with the mistakes that implementers make in arithmetic and checksums. */

import { createHash } from 'node:crypto';
import { bigEndianBytes } from '../oracle/doubling.ts';
import type { Sequence } from '../peer/player.ts';
import type { ServerBug } from './server-bugs.ts';

/** The sequence as this bug makes it, or as it is. */
export function wrongSequence(right: Sequence, bug: ServerBug | undefined): Sequence {
  switch (bug) {
    case 'checksum-without-last':
      return { ...right, checksum: (count) => right.checksum(count - 1) };
    case 'checksum-little-endian':
      return { ...right, checksum: (count) => hash(numbers(right, count).map(littleEndian)) };
    case 'checksum-of-decimals':
      return { ...right, checksum: (count) => hash(numbers(right, count).map((value) => Buffer.from(String(value)))) };
    case 'doubling-wraps-at-32-bits':
      return widths(right, (value) => BigInt.asUintN(32, value));
    case 'doubling-in-doubles':
      return widths(right, (value) => nearestDouble(value));
    default:
      return right;
  }
}

function numbers(sequence: Sequence, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number(sequence.value(index)));
}

function hash(parts: readonly Uint8Array[]): Uint8Array {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function littleEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function widths(right: Sequence, cut: (value: bigint) => bigint): Sequence {
  if (right.profile === 'stateful') return right;
  return {
    ...right,
    value: (index) => {
      const bytes = right.value(index);
      const exact = typeof bytes === 'number' ? BigInt(bytes) : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
      return bigEndianBytes(cut(exact));
    },
  };
}

/** Doubles hold powers of two exactly: what is lost are the low bits of a product by three, and all beyond 2^1023. */
function nearestDouble(value: bigint): bigint {
  const double = Number(value);
  return Number.isFinite(double) ? BigInt(double) : BigInt(Number.MAX_VALUE);
}
