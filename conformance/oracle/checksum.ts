/**
 * The checksum as spec/generation.md section 2 writes it: SHA-256 over 4 bytes big-endian a value, nothing between.
 */
import { createHash } from 'node:crypto';
import { itemsOf } from './pcg32.ts';

/** 4 bytes, most significant first. */
export function bigEndian32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** SHA-256 of `bytes`, 32 bytes. */
export function sha256(bytes: Uint8Array | string): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** Checksum over these values in this order. */
export function checksumOf(values: readonly number[]): Uint8Array {
  return sha256(Uint8Array.from(values.flatMap(bigEndian32)));
}

/** Checksum of the first `count` items of the sequence of `seed`. */
export function sequenceChecksum(seed: bigint, count: number): Uint8Array {
  return checksumOf(itemsOf(seed, count));
}
