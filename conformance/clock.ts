/** The time of a run: milliseconds since it began, sleeps that end with the run, and how late the event loop was. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Lag } from './trace.ts';

/** Milliseconds between two looks at the event loop: a stall is measured up to so much too short. */
export const LAG_SAMPLE_MS = 20;

export class RunClock {
  readonly #origin = performance.now();
  readonly #samples: { atMs: number; lagMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #expectedMs = 0;

  now(): number {
    return performance.now() - this.#origin;
  }

  /** @throws an AbortError when the signal aborts */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await wait(Math.max(0, ms), undefined, { signal });
  }

  /** Begin to measure the event loop's lag. */
  watch(): void {
    this.#expectedMs = this.now() + LAG_SAMPLE_MS;
    this.#timer = setTimeout(() => this.#sample(), LAG_SAMPLE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  lagSince(atMs: number): Lag {
    const lags = this.#samples.filter((sample) => sample.atMs >= atMs).map((sample) => sample.lagMs);
    if (lags.length === 0) return { maxMs: 0, meanMs: 0 };
    return { maxMs: Math.max(...lags), meanMs: lags.reduce((sum, lag) => sum + lag, 0) / lags.length };
  }

  #sample(): void {
    const atMs = this.now();
    this.#samples.push({ atMs, lagMs: Math.max(0, atMs - this.#expectedMs) });
    this.watch();
  }
}
