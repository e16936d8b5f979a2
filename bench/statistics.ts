/**
 * Figures out of measurements.
 */

/** @param share 0..1, 0.5 is the median. @throws RangeError when there is nothing */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const found = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (found === undefined) throw new RangeError('values: expected at least one');
  return found;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Distance between the quartiles. */
export function spreadOf(values: readonly number[]): number {
  return quantile(values, 0.75) - quantile(values, 0.25);
}
