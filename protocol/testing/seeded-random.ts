/**
 * Reproducible randomness for tests and simulations.
 */
import type { Random } from '../random.ts';

/** The same draws for the same `seed` (uint32). Not cryptographic. Source: mulberry32, T. Ettinger. */
export function seededRandom(seed: number): Random {
  return new Mulberry(seed);
}

/** A class, since simulations make a hundred thousand a second. */
class Mulberry implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  uniform(): number {
    const state = (this.#state + 0x6d2b79f5) | 0;
    this.#state = state;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.uniform() * 256));
  }
}
