/**
 * What the parts of the benchmark give and the reports show.
 */

/** One measure of several subjects, side by side: `values[k]` of all of them come from round k. */
export interface Bars {
  readonly title: string;
  readonly unit: string;
  /** The subject that ratios are taken against. */
  readonly reference: string;
  readonly subjects: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** One measure that depends on another one. */
export interface Curves {
  readonly title: string;
  readonly xUnit: string;
  readonly yUnit: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

/** Met when `value` is at most `limit`. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
}

export interface PartReport {
  readonly part: string;
  readonly title: string;
  /** Shown as a table and as bars. */
  readonly bars: readonly Bars[];
  readonly curves: readonly Curves[];
  readonly goals: readonly Goal[];
  /** What a reader has to know, and what could not be measured. */
  readonly notes: readonly string[];
}

export interface Report {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly isPinned: boolean;
  readonly isQuick: boolean;
  readonly startedAt: string;
  readonly tookS: number;
  readonly parts: readonly PartReport[];
}

/** What a part is told. */
export interface Settings {
  /** Rounds that count. */
  readonly rounds: number;
  /** Smallest sizes and one short round: shows that everything works, and no figures to believe. */
  readonly isQuick: boolean;
  /** Progress. */
  readonly note: (line: string) => void;
}
