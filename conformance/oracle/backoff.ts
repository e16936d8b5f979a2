/**
 * Bounds of a client's waits as spec/core.md section 9 writes them.
 */

export interface Bounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Bounds of retry `k`, 0 for the first one: 0.5 to 1 times min(5000 ms, 250 ms * 2^k). */
export function waitBounds(k: number): Bounds {
  const wholeMs = Math.min(5000, 250 * 2 ** k);
  return { minMs: 0.5 * wholeMs, maxMs: wholeMs };
}

/** Bounds when an error carried retry_after_ms: 1 to 1.25 times min(retry_after_ms, 60000 ms). */
export function retryAfterBounds(retryAfterMs: number): Bounds {
  const wholeMs = Math.min(retryAfterMs, 60_000);
  return { minMs: wholeMs, maxMs: 1.25 * wholeMs };
}
