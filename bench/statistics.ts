/**
 * Figures out of measurements.
 */

/** @param share 0..1, 0.5 is the median. @throws RangeError when there is nothing */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (found === undefined) throw new RangeError('values: expected at least one');
  return found;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
