/**
 * The matrix as text: a table for each part, then the reasons of all that is not ok.
 */
import { table } from '../../bench/table.ts';
import { type Outcome, PARTS, type Part, titleOf } from './check.ts';

const TITLES: Readonly<Record<Part, string>> = {
  vectors: 'Golden vectors',
  tests: 'Tests of their own',
  pair: 'Every server with every client, connections reset in the middle',
  'hand-over': 'Hand-over in the middle: whichever serves is killed; items from each of the three',
  suite: 'Judged by the suite',
};
/** What an implementation does not have. */
const NONE = '-';

/** All tables, with a blank line between them. */
export function matrixText(outcomes: readonly Outcome[]): string {
  const tables = PARTS.flatMap((part) => {
    const own = outcomes.filter((one) => one.part === part);
    return own.length === 0 ? [] : [partText(part, own)];
  });
  const reasons = outcomes.filter(({ verdict }) => verdict !== 'ok').map((one) => `${outcomeLine(one)}\n`);
  return [...tables, ...(reasons.length === 0 ? [] : [reasons.join('')])].join('\n');
}

function partText(part: Part, outcomes: readonly Outcome[]): string {
  const rows = [...new Set(outcomes.map(({ row }) => row))];
  const columns = [...new Set(outcomes.map(({ column }) => column))];
  const cell = (row: string, column: string): string => {
    const one = outcomes.find((outcome) => outcome.row === row && outcome.column === column);
    if (one === undefined) return NONE;
    return one.verdict === 'ok' ? `ok ${one.note}`.trim() : one.verdict;
  };
  const body = rows.map((row) => [row, ...columns.map((column) => cell(row, column))]);
  return `${TITLES[part]}\n${table([['', ...columns], ...body])}`;
}

/** `FAIL pair: Go server, Python client, stateless: reason` */
export function outcomeLine(outcome: Outcome): string {
  const { verdict, note } = outcome;
  return `${verdict} ${titleOf(outcome)}${note === '' ? '' : `: ${note}`}`;
}

/** A line that counts in CI: `ok TITLE`, `not ok TITLE`, `skipped TITLE`. */
export function countedLine(outcome: Outcome): string {
  const { verdict, note } = outcome;
  const word = verdict === 'ok' || verdict === 'skipped' ? verdict : 'not ok';
  return `${word} ${titleOf(outcome)}${note === '' ? '' : ` (${note})`}`;
}

/** 0 all that was carried out is ok, 1 something failed, 3 something could not be told, or nothing was carried out. */
export function exitCodeOf(outcomes: readonly Outcome[]): number {
  const has = (verdict: Outcome['verdict']): boolean => outcomes.some((one) => one.verdict === verdict);
  if (has('FAIL')) return 1;
  return has('unclear') || !has('ok') ? 3 : 0;
}
