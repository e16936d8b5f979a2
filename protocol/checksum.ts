/**
 * SHA-256 over the numbers of a stateful sequence, each as 4 bytes big-endian, in index order,
 * nothing between them. Spec: core.md, "The checksum".
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { MAX_COUNT } from './limits.ts';
import { plainFiller, wasmFiller } from './pcg32-wasm.ts';

const BYTES_PER_NUMBER = 4;
/** Order in which this machine keeps the bytes of a Uint32Array. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Hashing 64 numbers at once costs a tenth of hashing them one by one. */
const BATCH = 64;
const sequence = typeof WebAssembly === 'undefined' ? plainFiller() : wasmFiller();

/**
 * Checksum of the first `count` (0..65535) numbers of the sequence of `seed`, 32 bytes.
 * Regenerated rather than kept: 65,535 numbers take well under a millisecond.
 */
export function checksumOfSequence(seed: bigint, count: number): Uint8Array {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) {
    throw new RangeError(`count: expected 0..${MAX_COUNT}, got ${count}`);
  }
  const numbers = sequence.fill(seed, count);
  const bytes = Buffer.from(numbers.buffer, 0, numbers.byteLength);
  if (IS_LITTLE_ENDIAN) bytes.swap32();
  return hash('sha256', bytes, 'buffer');
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
