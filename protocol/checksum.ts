/**
 * SHA-256 over the numbers of a stateful sequence, each as 4 bytes big-endian, in index order,
 * nothing between them. Spec: core.md, "The checksum".
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { MAX_COUNT } from './limits.ts';
import { sequenceFiller } from './pcg32-wasm.ts';

const BYTES_PER_NUMBER = 4;
/** Hashing 64 numbers at once costs a tenth of hashing them one by one. */
const BATCH = 64;
const sequence = sequenceFiller();

/**
 * Checksum of the first `count` (0..65535) numbers of the sequence of `seed`, 32 bytes.
 * Regenerated rather than kept: 65,535 numbers take well under a millisecond.
 */
export function checksumOfSequence(seed: bigint, count: number): Uint8Array {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) {
    throw new RangeError(`count: expected 0..${MAX_COUNT}, got ${count}`);
  }
  return hash('sha256', sequence.fill(seed, count), 'buffer');
}

/** The same checksum, number by number as they arrive. */
export class RunningChecksum {
  /** Made for the first full batch: a short sequence needs none, and a hash under way is dear to collect. */
  #hash: Hash | undefined;
  readonly #batch = Buffer.alloc(BATCH * BYTES_PER_NUMBER);
  #filled = 0;

  /** `value`: uint32. Throws RangeError for anything else. */
  add(value: number): void {
    this.#filled = this.#batch.writeUInt32BE(value, this.#filled);
    if (this.#filled < this.#batch.length) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(this.#batch);
    this.#filled = 0;
  }

  /** Checksum of all numbers so far, 32 bytes. More may be added afterwards. */
  digest(): Uint8Array {
    const rest = this.#batch.subarray(0, this.#filled);
    return this.#hash === undefined ? hash('sha256', rest, 'buffer') : this.#hash.copy().update(rest).digest();
  }
}
