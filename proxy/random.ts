/**
 * Chance that does not depend on the order of events: each stream of draws follows from the seed and its own label, so that
 * connection 7 meets the same faults whatever connection 6 does.
 */
import { createHash } from 'node:crypto';

/** Uniform in [0, 1). */
export type Draw = () => number;

/** The same draws for the same `seed` and `label`. Draw k is the first 48 bits of SHA-256 of `seed/label/k`. */
export function drawsOf(seed: number, label: string): Draw {
  let k = 0;
  return () => {
    const digest = createHash('sha256').update(`${seed}/${label}/${k++}`).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  };
}
