/** Failures that have one cause: told on top, with the checks that it explains, and before failures that nothing explains. */

import type { ResultRecord } from './records.ts';

export interface Cause {
  readonly text: string;
  /** Ids, at least two. */
  readonly checks: readonly string[];
}

/** Causes of several failures, that of the most failures first. */
export function causesOf(results: readonly ResultRecord[]): Cause[] {
  const groups = new Map<string, string[]>();
  for (const { verdict, cause, check } of results) {
    if (cause === undefined || (verdict !== 'FAIL' && verdict !== 'WARN')) continue;
    groups.set(cause, [...(groups.get(cause) ?? []), check]);
  }
  return [...groups]
    .filter(([, checks]) => checks.length > 1)
    .map(([text, checks]) => ({ text, checks }))
    .sort((a, b) => b.checks.length - a.checks.length);
}

/** `likely cause: ... (explains 3 failures: a, b, c)` */
export function causeLine({ text, checks }: Cause): string {
  return `likely cause: ${text} (explains ${checks.length} failures: ${checks.join(', ')})`;
}

/** Failures that a diagnosis explains before the others, which may follow from them; else as they are. */
export function explainedFirst(results: readonly ResultRecord[]): ResultRecord[] {
  const rank = ({ verdict, diagnosis }: ResultRecord): number =>
    verdict === 'FAIL' ? (diagnosis === undefined ? 1 : 0) : 2;
  return [...results].sort((a, b) => rank(a) - rank(b));
}
