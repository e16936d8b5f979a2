/**
 * Chance for the inputs: the same seed gives the same inputs.
 */
import { seededRandom } from '../protocol/testing/seeded-random.ts';

export class Draw {
  readonly #random: ReturnType<typeof seededRandom>;

  /** `name` keeps the inputs of one category the same whatever runs beside it. */
  constructor(seed: number, name: string) {
    let mixed = seed >>> 0;
    for (const byte of Buffer.from(name)) mixed = Math.imul(mixed ^ byte, 0x0100_0193) >>> 0;
    this.#random = seededRandom(mixed);
  }

  /** An integer in low..high, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#random.uniform() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.#random.uniform() < share;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.int(0, choices.length - 1)] ?? choices[0];
  }

  bytes(count: number): Buffer {
    return Buffer.from(this.#random.bytes(count));
  }

  /** A right client id: random, not nil. */
  clientId(): string {
    const hex = this.bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** Text of printable ASCII. */
  text(length: number): string {
    return Array.from({ length }, () => String.fromCharCode(this.int(0x21, 0x7e))).join('');
  }
}
