/**
 * Stateless sequences: item k is a * ratio^k, exactly. Spec: core.md, "Stateless sequences".
 * A double is exact up to 2^53 only and a 64-bit word is 0 after 64 doublings, hence bigint.
 */
import type { Ratio } from './messages.ts';

/** Item `index` (0..65534) of the sequence that starts with `a` (1..255). */
export function valueAt(a: number, ratio: Ratio, index: number): bigint {
  return BigInt(a) * powerOf(ratio, index);
}

/** Sum of the first `count` items: a * (ratio^count - 1) / (ratio - 1). */
export function sumOf(a: number, ratio: Ratio, count: number): bigint {
  return (BigInt(a) * (powerOf(ratio, count) - 1n)) / BigInt(ratio - 1);
}

function powerOf(ratio: Ratio, exponent: number): bigint {
  return ratio === 2 ? 1n << BigInt(exponent) : 3n ** BigInt(exponent);
}

/** Unsigned big-endian bytes without a leading zero byte. `value` is at least 1, else RangeError. */
export function encodeInteger(value: bigint): Uint8Array {
  if (value < 1n) throw new RangeError(`value: expected at least 1, got ${value}`);
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}

/** The inverse of encodeInteger, or undefined for bytes that are empty or begin with a zero byte. */
export function decodeInteger(bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0 || bytes[0] === 0) return undefined;
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);
}
