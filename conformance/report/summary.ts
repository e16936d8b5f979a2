/** Verdicts of checks added up to verdicts of requirements. */

import type { CheckResult } from '../judge.ts';
import { isMust, pinnedId, type Requirement } from '../requirements/requirements.ts';
import { exitCodeOf, type VerdictName } from '../verdict.ts';

/** The worst verdict of a requirement's checks decides. */
const SEVERITY: readonly VerdictName[] = [
  'FAIL',
  'ERROR',
  'INCONCLUSIVE',
  'BLOCKED',
  'WARN',
  'PASS',
  'INFO',
  'UNSUPPORTED',
];

export interface Count {
  readonly met: number;
  readonly judged: number;
}

export interface Summary {
  readonly must: Count;
  readonly should: Count;
  /** Checks by verdict. */
  readonly verdicts: Readonly<Partial<Record<VerdictName, number>>>;
  readonly exitCode: 0 | 1 | 3;
}

export function summarise(
  results: readonly CheckResult[],
  requirements: ReadonlyMap<string, Requirement>,
  truncated: boolean,
): Summary {
  const byRequirement = new Map<string, VerdictName[]>();
  for (const { check, verdict } of results) {
    for (const id of check.requirements.map(pinnedId)) {
      byRequirement.set(id, [...(byRequirement.get(id) ?? []), verdict.verdict]);
    }
  }
  const judged = [...byRequirement].flatMap(([id, verdicts]) => {
    const requirement = requirements.get(id);
    const worst = SEVERITY.find((name) => verdicts.includes(name));
    return requirement === undefined || worst === undefined || worst === 'UNSUPPORTED' ? [] : [{ requirement, worst }];
  });
  const count = (must: boolean): Count => {
    const some = judged.filter(({ requirement }) => isMust(requirement) === must && requirement.level !== 'MAY');
    return {
      met: some.filter(({ worst }) => worst === 'PASS' || (must && worst === 'WARN')).length,
      judged: some.length,
    };
  };
  const verdicts: Partial<Record<VerdictName, number>> = {};
  for (const { verdict } of results) verdicts[verdict.verdict] = (verdicts[verdict.verdict] ?? 0) + 1;
  const exitCode = exitCodeOf(results.map(({ verdict }) => verdict.verdict));
  return { must: count(true), should: count(false), verdicts, exitCode: exitCode === 0 && truncated ? 3 : exitCode };
}
