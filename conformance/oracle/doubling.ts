/**
 * Stateless sequences as spec/core.md section 4.1 writes them, by repeated multiplication and addition
 * rather than by formula.
 */

/** Items 0..count-1: a, then each `ratio` times the one before. */
export function* valuesOf(a: number, ratio: number, count: number): Generator<bigint> {
  let value = BigInt(a);
  for (let index = 0; index < count; index++) {
    yield value;
    value *= BigInt(ratio);
  }
}

/** Item `index`: a * ratio^index. */
export function exactValue(a: number, ratio: number, index: number): bigint {
  return BigInt(a) * BigInt(ratio) ** BigInt(index);
}

/** Exact sum of the first `count` items. */
export function exactSum(a: number, ratio: number, count: number): bigint {
  let sum = 0n;
  for (const value of valuesOf(a, ratio, count)) sum += value;
  return sum;
}

/** Unsigned big-endian bytes of a value of at least 1, no leading zero byte. */
export function bigEndianBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.from(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
}
