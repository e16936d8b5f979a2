/**
 * Figures of subjects that were measured side by side.
 */
import { median, quantile } from '../statistics.ts';
import type { Bars } from './model.ts';

/** Ratio to the reference, round by round. */
export function ratiosOf(bars: Bars, values: readonly number[]): number[] {
  return ratios(values, valuesOf(bars, bars.reference));
}

/** Each against the one that was measured beside it. */
export function ratios(values: readonly number[], against: readonly number[]): number[] {
  return values.flatMap((value, k) => {
    const other = against[k];
    return other === undefined ? [] : [value / other];
  });
}

/** Median of a subject's ratios to the reference, or to another one. @throws RangeError when nothing was measured */
export function ratioOf(bars: Bars, name: string, against = bars.reference): number {
  return median(ratios(valuesOf(bars, name), valuesOf(bars, against)));
}

/** The limit of the fastest tenth of the rounds: the fastest of all is luck. @throws RangeError when nothing was measured */
export function fastestOf(bars: Bars, name: string): number {
  return quantile(valuesOf(bars, name), 0.1);
}

function valuesOf({ subjects }: Bars, name: string): readonly number[] {
  return subjects.find((subject) => subject.name === name)?.values ?? [];
}
