/**
 * Whether memory grows. Rule: the samples after the warm-up are cut into fifths; the median of the last one may lie above
 * that of the first by less than either limit: a share of it, or so many MiB. Medians forget single peaks; both limits
 * together let neither a small heap nor a large one fail for noise.
 */
import { median } from '../statistics.ts';

/** Fewer samples tell nothing. */
export const MIN_SAMPLES = 15;

/** Of one figure of one process. */
export interface Sample {
  /** Since the beginning. */
  readonly atMs: number;
  readonly mib: number;
}

export interface Limits {
  /** 0.1 = ten percent. */
  readonly share: number;
  readonly mib: number;
}

/** Heap after garbage collection is nearly free of noise, resident memory is not. */
export const HEAP_LIMITS: Limits = { share: 0.1, mib: 3 };
export const RSS_LIMITS: Limits = { share: 0.25, mib: 32 };

export interface Growth {
  /** Medians of the first and the last fifth. */
  readonly startMib: number;
  readonly endMib: number;
  /** Of the line through all samples (least squares). */
  readonly mibPerMinute: number;
  readonly hasGrown: boolean;
}

/** @returns undefined for fewer than {@link MIN_SAMPLES} */
export function growthOf(samples: readonly Sample[], limits: Limits): Growth | undefined {
  if (samples.length < MIN_SAMPLES) return undefined;
  const fifth = Math.floor(samples.length / 5);
  const startMib = median(samples.slice(0, fifth).map(({ mib }) => mib));
  const endMib = median(samples.slice(-fifth).map(({ mib }) => mib));
  const moreMib = endMib - startMib;
  return {
    startMib,
    endMib,
    mibPerMinute: slope(samples) * 60_000,
    hasGrown: moreMib > limits.mib && moreMib > limits.share * startMib,
  };
}

function slope(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const meanMs = mean(({ atMs }) => atMs);
  const meanMib = mean(({ mib }) => mib);
  const above = mean(({ atMs, mib }) => (atMs - meanMs) * (mib - meanMib));
  const below = mean(({ atMs }) => (atMs - meanMs) ** 2);
  return below === 0 ? 0 : above / below;
}
