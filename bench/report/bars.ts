/**
 * Figures of subjects that were measured side by side.
 */
import { median, quantile } from '../statistics.ts';
import type { Bars } from './model.ts';

/** Ratio to the reference, round by round. */
export function ratiosOf({ subjects, reference }: Bars, values: readonly number[]): number[] {
  const against = subjects.find(({ name }) => name === reference)?.values ?? [];
  return values.flatMap((value, round) => {
    const other = against[round];
    return other === undefined ? [] : [value / other];
  });
}

/** Median of a subject's ratios to the reference. @throws RangeError when nothing was measured */
export function ratioOf(bars: Bars, name: string): number {
  return median(ratiosOf(bars, valuesOf(bars, name)));
}

/** @throws RangeError when nothing was measured */
export function medianOf(bars: Bars, name: string): number {
  return median(valuesOf(bars, name));
}

/** The least of all rounds. @throws RangeError when nothing was measured */
export function fastestOf(bars: Bars, name: string): number {
  return quantile(valuesOf(bars, name), 0);
}

function valuesOf({ subjects }: Bars, name: string): readonly number[] {
  return subjects.find((subject) => subject.name === name)?.values ?? [];
}
