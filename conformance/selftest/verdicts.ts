/** What a run of the suite said of one model, and what follows for the suite. */

import type { VerdictName } from '../verdict.ts';
import type { Declaration } from './bugs/declaration.ts';

/** Name of a model without a bug. */
export const RIGHT = 'right';

/** What a check said: message, expected, actual and diagnosis in one line. */
export interface Said {
  readonly id: string;
  readonly verdict: VerdictName;
  readonly text: string;
}

export type Verdicts = readonly Said[];

export interface Row {
  readonly mutant: string;
  /** Checks that have to fail. */
  readonly declared: readonly string[];
  readonly failed: readonly { readonly id: string; readonly text: string }[];
  /** `killed` and the like, or what is wrong with the suite. */
  readonly verdict: string;
}

function saidBy(verdicts: Verdicts, wanted: readonly VerdictName[]): { id: string; text: string }[] {
  return verdicts.filter(({ verdict }) => wanted.includes(verdict)).map(({ id, text }) => ({ id, text }));
}

function idsOf(verdicts: Verdicts, wanted: readonly VerdictName[]): string[] {
  return saidBy(verdicts, wanted).map(({ id }) => id);
}

/** A mutant has to fail all of its checks, with what they are declared to say, and none but those that are declared. */
export function judgeMutant(mutant: string, { fails, also = [] }: Declaration, verdicts: Verdicts): Row {
  const failed = saidBy(verdicts, ['FAIL', 'WARN']).filter(({ id }) => id in fails || !ALWAYS_WARNED.includes(id));
  const declared = Object.keys(fails);
  const missing = declared.filter((id) => !failed.some((one) => one.id === id));
  const otherwise = failed.filter(({ id, text }) => !text.includes(fails[id] ?? ''));
  const stray = failed.filter(({ id }) => ![...declared, ...also].some((one) => covers(one, id)));
  const faults = [
    ...missing.map((id) => `SURVIVES ${id}: ${verdicts.find((one) => one.id === id)?.verdict ?? 'not judged'}`),
    ...otherwise.map(({ id, text }) => `SAYS OTHERWISE ${id}: ${text}`),
    ...stray.map(({ id, text }) => `UNDECLARED ${id}: ${text}`),
  ];
  return { mutant, declared, failed, verdict: faults.join('; ') || 'killed' };
}

/** A declaration may end in `*`. */
export function covers(declared: string, id: string): boolean {
  return declared.endsWith('*') ? id.startsWith(declared.slice(0, -1)) : id === declared;
}

/** The models declare 3 s of retention, which is not what the specification recommends. */
const ALWAYS_WARNED: readonly string[] = ['retention-is-30-s'];

/** A right model must not fail anything, nor be warned. @param warned a SHOULD that it does not follow */
export function judgeRight(mutant: string, verdicts: Verdicts, warned: readonly string[] = []): Row {
  const allowed = [...ALWAYS_WARNED, ...warned];
  const failed = saidBy(verdicts, ['FAIL', 'WARN', 'ERROR', 'BLOCKED']).filter(({ id }) => !allowed.includes(id));
  const passed = idsOf(verdicts, ['PASS']).length;
  const faults = failed.map(({ id, text }) => `FALSE FAILURE ${id}: ${text}`).join('; ');
  const verdict = failed.length > 0 ? faults : passed === 0 ? 'NOTHING JUDGED' : `${passed} PASS`;
  return { mutant, declared: [], failed, verdict };
}

/** A null peer must not pass anything. */
export function judgeNullPeer(mutant: string, verdicts: Verdicts): Row {
  const passed = idsOf(verdicts, ['PASS']);
  const verdict = passed.length > 0 ? `VACUOUS PASS ${passed.join(' ')}` : '0 PASS';
  return { mutant, declared: [], failed: saidBy(verdicts, ['FAIL']), verdict };
}

/** Whether a row's verdict is what a sound suite gives. */
export function isSound(row: Row): boolean {
  return /^(killed|0 PASS|[1-9]\d* PASS)$/.test(row.verdict);
}
