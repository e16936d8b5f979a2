/**
 * Reproducible randomness for tests and simulations.
 */
import type { Random } from '../random.ts';

/** The same draws for the same `seed` (uint32). Not cryptographic. Source: mulberry32, T. Ettinger. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => Math.floor(uniform() * 256));
  return { uniform, bytes };
}
