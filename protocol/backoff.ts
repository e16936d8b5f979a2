/**
 * How long a client waits before it dials again. Spec: core.md, "Back-off".
 */
import { BACKOFF_BASE_MS, BACKOFF_CAP_MS, RETRY_AFTER_CAP_MS } from './limits.ts';
import type { Random } from './random.ts';

/** Jitter takes the delay from [half, whole), so that clients cut off together do not come back together. */
const JITTER_FLOOR = 0.5;
/** A server's retry_after_ms is never undercut, and stretched by up to this part for the same reason. */
const RETRY_AFTER_STRETCH = 0.25;

/** Bounds in milliseconds of retry `k`, where 0 is the first retry after a new item: min <= delay < max. */
export function backoffBoundsMs(k: number): { readonly min: number; readonly max: number } {
  const max = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** k);
  return { min: max * JITTER_FLOOR, max };
}

/** Delay in milliseconds before retry `k` = 0, 1, 2... */
export function backoffDelayMs(k: number, random: Random): number {
  const { min, max } = backoffBoundsMs(k);
  return min + random.uniform() * (max - min);
}

/** Delay in milliseconds that replaces the back-off when the server asked for `ms`; more than 60 s counts as 60 s. */
export function retryAfterDelayMs(ms: number, random: Random): number {
  return Math.min(ms, RETRY_AFTER_CAP_MS) * (1 + RETRY_AFTER_STRETCH * random.uniform());
}
