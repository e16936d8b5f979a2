/** Verdicts of checks added up to verdicts of requirements, and to one conclusion. */

import { isMust, type Requirement } from '../requirements/requirements.ts';
import { exitCodeOf, type VerdictName } from '../verdict.ts';
import type { ResultRecord } from './records.ts';

/** Worst first. The worst verdict of a requirement's checks decides. */
export const SEVERITY: readonly VerdictName[] = [
  'FAIL',
  'ERROR',
  'INCONCLUSIVE',
  'BLOCKED',
  'KNOWN',
  'WARN',
  'STALE',
  'PASS',
  'INFO',
  'UNSUPPORTED',
];
/** Of a MUST and of a SHOULD. A STALE entry of the baseline is about a check that passes. */
const MET: Readonly<Record<'must' | 'should', readonly VerdictName[]>> = {
  must: ['PASS', 'STALE', 'WARN'],
  should: ['PASS', 'STALE'],
};

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

/** How a run is to be concluded. */
export interface Terms {
  readonly truncated: boolean;
  /** A SHOULD that is not followed is as bad as a MUST. */
  readonly strict: boolean;
}

/** Of each requirement that was judged, the worst verdict. */
export function worstByRequirement(results: readonly ResultRecord[]): ReadonlyMap<string, VerdictName> {
  const worst = new Map<string, VerdictName>();
  for (const { requirements, verdict } of results) {
    for (const id of requirements) {
      const before = worst.get(id);
      if (before === undefined || SEVERITY.indexOf(verdict) < SEVERITY.indexOf(before)) worst.set(id, verdict);
    }
  }
  return worst;
}

export function summarise(
  results: readonly ResultRecord[],
  requirements: ReadonlyMap<string, Requirement>,
  { truncated, strict }: Terms,
): Summary {
  const judged = [...worstByRequirement(results)].flatMap(([id, worst]) => {
    const requirement = requirements.get(id);
    return requirement === undefined || worst === 'UNSUPPORTED' ? [] : [{ requirement, worst }];
  });
  const count = (level: 'must' | 'should'): Count => {
    const some = judged.filter(
      ({ requirement }) => isMust(requirement) === (level === 'must') && requirement.level !== 'MAY',
    );
    return { met: some.filter(({ worst }) => MET[level].includes(worst)).length, judged: some.length };
  };
  const verdicts: Partial<Record<VerdictName, number>> = {};
  for (const { verdict } of results) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  const exitCode = exitCodeOf(results.map(({ verdict }) => (strict && verdict === 'WARN' ? 'FAIL' : verdict)));
  return {
    must: count('must'),
    should: count('should'),
    verdicts,
    exitCode: exitCode === 0 && truncated ? 3 : exitCode,
  };
}

export const CONCLUSIONS = { 0: 'conforms', 1: 'does not conform', 3: 'could not tell' } as const;

/** `88 PASS, 1 UNSUPPORTED` */
export function verdictCounts({ verdicts }: Summary): string {
  return Object.entries(verdicts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** `MUST 85/85  SHOULD 4/4` */
export function levelCounts({ must, should }: Summary): string {
  return `MUST ${must.met}/${must.judged}  SHOULD ${should.met}/${should.judged}`;
}
