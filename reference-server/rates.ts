/**
 * How often something may happen: at most so many a second for each key, with a store of some seconds' worth for bursts.
 * Spec: core.md section 12.1. Keys come from peers, so what is kept for them is bounded.
 */

/** Keys that are remembered; a further one takes the place of the oldest. */
const MAX_KEYS = 100_000;
/** Keys that are looked at when one is added: more than one, so that those with nothing left to wait for go. */
const SWEPT_KEYS = 2;

export interface RateOptions {
  /** Times a second in the long run. */
  readonly perSecond: number;
  /** Times at once after a rest, at least 1. */
  readonly burst: number;
}

export class Rate {
  readonly #periodMs: number;
  readonly #burstMs: number;
  /** When the store of a key will be full again; a key whose time has passed is as good as unknown. */
  readonly #fullAtMs = new Map<string, number>();

  constructor({ perSecond, burst }: RateOptions) {
    this.#periodMs = 1_000 / perSecond;
    this.#burstMs = this.#periodMs * burst;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#fullAtMs.size;
  }

  /** @returns milliseconds until one more is within the rate, 0 when it is now */
  waitMs(key: string, now: number): number {
    const fullAtMs = this.#fullAtMs.get(key) ?? now;
    return Math.max(0, fullAtMs + this.#periodMs - now - this.#burstMs);
  }

  /** One more has happened. */
  count(key: string, now: number): void {
    const fullAtMs = Math.max(this.#fullAtMs.get(key) ?? now, now) + this.#periodMs;
    // At the end of the order: what has rested longest is looked at first.
    this.#fullAtMs.delete(key);
    this.#forget(now);
    this.#fullAtMs.set(key, fullAtMs);
  }

  #forget(now: number): void {
    let looked = 0;
    for (const [key, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs > now && this.#fullAtMs.size < MAX_KEYS) {
        if (++looked === SWEPT_KEYS) return;
      } else this.#fullAtMs.delete(key);
    }
  }
}
