/** Sequences with the mistakes that implementers make in arithmetic and checksums. */

import { createHash } from 'node:crypto';
import { bigEndianBytes } from '../oracle/doubling.ts';
import { ITEMS_MISTAKES } from '../oracle/mistakes.ts';
import type { Sequence } from '../peer/player.ts';
import type { ServerBug } from './bugs/server.ts';

/** The sequence as this bug makes it, or as it is. */
export function wrongSequence(right: Sequence, bug: ServerBug | undefined): Sequence {
  switch (bug) {
    case 'checksum-without-last':
      return { ...right, checksum: (count) => right.checksum(count - 1) };
    case 'checksum-missing':
      return { ...right, checksum: () => new Uint8Array() };
    case 'checksum-little-endian':
      return { ...right, checksum: (count) => hash(numbers(right, count).map(littleEndian)) };
    case 'checksum-of-decimals':
      return { ...right, checksum: (count) => hash(numbers(right, count).map((value) => Buffer.from(String(value)))) };
    case 'doubling-wraps-at-32-bits':
      return widths(right, (value) => BigInt.asUintN(32, value));
    case 'doubling-wraps-at-31-bits':
      return widths(right, (value) => BigInt.asUintN(31, value));
    case 'doubling-wraps-at-64-bits':
      return widths(right, (value) => BigInt.asUintN(64, value));
    case 'values-with-leading-zeros':
      return right.profile === 'stateful' ? right : { ...right, value: (index) => padded(right.value(index)) };
    case 'numbers-as-bytes':
      return right.profile === 'stateless' ? right : { ...right, value: (index) => asBytes(right, index) };
    case 'stateless-goes-on':
      return right.profile === 'stateful' ? right : { ...right, count: right.count + 1 };
    case 'doubling-in-doubles':
      return widths(right, (value) => nearestDouble(value));
    default:
      return right;
  }
}

const WRONG_GENERATOR = 'generator-';

/** The numbers of a session by a wrong generator, if that is the bug. */
export function wrongNumbers(seed: bigint, n: number, bug: ServerBug | undefined): readonly number[] | undefined {
  if (bug?.startsWith(WRONG_GENERATOR) !== true) return undefined;
  const id = bug.slice(WRONG_GENERATOR.length);
  const mistake = ITEMS_MISTAKES.find((one) => one.id === id);
  if (mistake === undefined) throw new Error(`${bug}: expected the id of a known mistake`);
  return mistake.output(seed, n);
}

const WIDTH_64 = 8;

function padded(value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === 'number' ? bigEndianBytes(BigInt(value)) : value;
  return Buffer.concat([Buffer.alloc(Math.max(1, WIDTH_64 - bytes.length)), bytes]);
}

/** All but the last, which FINAL carries as a number. */
function asBytes(right: Sequence, index: number): number | Uint8Array {
  const value = right.value(index);
  return typeof value === 'number' && index < right.count - 1 ? bigEndianBytes(BigInt(value)) : value;
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
