/**
 * The report as text: a table for each measure, then the goals.
 */
import { median, quantile, spreadOf } from '../statistics.ts';
import { type Cell, table } from '../table.ts';
import { ratiosOf } from './bars.ts';
import type { Bars, Curves, Goal, PartReport } from './model.ts';

export function partText(part: PartReport): string {
  return [
    `\n== ${part.title} (--only ${part.part})\n`,
    ...part.bars.map(barsText),
    ...part.curves.map(curvesText),
    ...part.notes.map((note) => `note: ${note}\n`),
  ].join('');
}

export function goalsText(goals: readonly Goal[]): string {
  const rows = goals.map((goal): Cell[] => [
    goal.what,
    `${figure(goal.value)} ${goal.unit}`.trimEnd(),
    `<= ${goal.limit} ${goal.unit}`.trimEnd(),
    isMet(goal) ? 'met' : 'MISSED',
  ]);
  return `\n== Goals\n${table([['', 'measured', 'goal', ''], ...rows])}`;
}

export function isMet({ value, limit }: Goal): boolean {
  return value <= limit;
}

function barsText(bars: Bars): string {
  const rows = bars.subjects.map(({ name, values }): Cell[] => {
    const ratios = ratiosOf(bars, values);
    const ratio = ratios.length === 0 ? ['', ''] : [`${median(ratios).toFixed(2)}x`, spreadOf(ratios).toFixed(2)];
    return [`  ${name}`, figure(median(values)), figure(spreadOf(values)), ...ratio, values.length];
  });
  return table([[bars.title, bars.unit, 'IQR', `x ${bars.reference}`, 'IQR', 'rounds'], ...rows]);
}

function curvesText({ title, xUnit, yUnit, lines }: Curves): string {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))];
  const rows = lines.map(({ name, points }): Cell[] => [
    `  ${name}`,
    ...xs.map((x) => figure(points.find(([at]) => at === x)?.[1] ?? Number.NaN)),
  ]);
  return table([[`${title}, ${yUnit}`, ...xs.map((x) => `${x} ${xUnit}`)], ...rows]);
}

/** Three digits that mean something. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 || size === 0 ? value.toFixed(2) : value.toPrecision(2);
}

/** The middle half of the values. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}
