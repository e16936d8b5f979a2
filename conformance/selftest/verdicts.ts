/** What a run of the suite said of one model, and what follows for the suite. */

import type { VerdictName } from '../verdict.ts';
import type { Declaration } from './server-bugs.ts';

/** Name of a model without a bug. */
export const RIGHT = 'right';

export type Verdicts = readonly { readonly id: string; readonly verdict: VerdictName; readonly message: string }[];

export interface Row {
  readonly mutant: string;
  readonly declared: readonly string[];
  readonly failed: readonly string[];
  /** `ok`, or what is wrong with the suite. */
  readonly verdict: string;
}

function idsOf(verdicts: Verdicts, wanted: readonly VerdictName[]): string[] {
  return verdicts.filter(({ verdict }) => wanted.includes(verdict)).map(({ id }) => id);
}

/** A mutant has to fail all of its checks and none but those that are declared. */
export function judgeMutant(mutant: string, declaration: Declaration, verdicts: Verdicts): Row {
  const failed = idsOf(verdicts, ['FAIL', 'WARN']).filter((id) => !ALWAYS_WARNED.includes(id));
  const missing = declaration.fails.filter((id) => !failed.includes(id));
  const allowed = [...declaration.fails, ...(declaration.also ?? [])];
  const stray = failed.filter((id) => !allowed.some((one) => covers(one, id)));
  const faults = [
    ...(missing.length > 0 ? [`SURVIVES ${missing.join(' ')}`] : []),
    ...(stray.length > 0 ? [`UNDECLARED ${stray.join(' ')}`] : []),
  ];
  return { mutant, declared: declaration.fails, failed, verdict: faults.join('; ') || 'killed' };
}

/** A declaration may end in `*`. */
function covers(declared: string, id: string): boolean {
  return declared.endsWith('*') ? id.startsWith(declared.slice(0, -1)) : id === declared;
}

/** The models declare 3 s of retention, which is not what the specification recommends. */
const ALWAYS_WARNED: readonly string[] = ['retention-is-30-s'];

/** A right model must not fail anything. */
export function judgeRight(mutant: string, verdicts: Verdicts): Row {
  const failed = idsOf(verdicts, ['FAIL', 'ERROR', 'BLOCKED']);
  const passed = idsOf(verdicts, ['PASS']).length;
  const verdict =
    failed.length > 0 ? `FALSE FAILURE ${failed.join(' ')}` : passed === 0 ? 'NOTHING JUDGED' : `${passed} PASS`;
  return { mutant, declared: [], failed, verdict };
}

/** A null peer must not pass anything. */
export function judgeNullPeer(mutant: string, verdicts: Verdicts): Row {
  const passed = idsOf(verdicts, ['PASS']);
  const verdict = passed.length > 0 ? `VACUOUS PASS ${passed.join(' ')}` : '0 PASS';
  return { mutant, declared: [], failed: idsOf(verdicts, ['FAIL']), verdict };
}

/** Whether a row's verdict is what a sound suite gives. */
export function isSound(row: Row): boolean {
  return /^(killed|0 PASS|[1-9]\d* PASS)$/.test(row.verdict);
}
