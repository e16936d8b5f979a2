/**
 * What the matrix consists of: checks, what they need, and how they ended.
 */

/** The languages of the implementations. */
export type Language = 'TypeScript' | 'Go' | 'Python';
/** What a check cannot be without. */
export type Need = Language | 'Redis';

export const PARTS = ['vectors', 'tests', 'pair', 'hand-over', 'suite'] as const;
export type Part = (typeof PARTS)[number];

export interface Check {
  readonly part: Part;
  readonly row: string;
  readonly column: string;
  readonly needs: readonly Need[];
  /** @returns a few words for the table @throws {Failure} when it fails, {Unclear} when nothing can be said */
  readonly run: () => Promise<string>;
}

export type Verdict = 'ok' | 'FAIL' | 'skipped' | 'unclear';

export interface Outcome {
  readonly part: Part;
  readonly row: string;
  readonly column: string;
  readonly verdict: Verdict;
  /** A few words when it is ok, else the reason. */
  readonly note: string;
  readonly tookMs: number;
}

/** A check has failed. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** All that a program wrote, where one failed. */
  readonly output: string;

  constructor(reason: string, output = '') {
    super(reason);
    this.output = output;
  }
}

/** Nothing can be said, such as on a machine that is too busy. */
export class Unclear extends Failure {}

/** `pair: Go server, Python client, stateless` */
export function titleOf({ part, row, column }: Pick<Check, 'part' | 'row' | 'column'>): string {
  return `${part}: ${row}, ${column}`;
}
