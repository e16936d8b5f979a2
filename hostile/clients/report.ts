/**
 * What has come of a client among hostile servers.
 */
import { table } from '../../bench/table.ts';
import type { Verdict } from '../category.ts';
import type { ClientTally } from './run.ts';

export function clientsText(tallies: readonly ClientTally[]): string {
  const rows = tallies.map(({ name, expected, ended, dials, peakMib, rule, verdict }) => [
    name,
    expected.join(' | '),
    ended,
    dials,
    peakMib.toFixed(0),
    rule,
    verdict,
  ]);
  const count = (wanted: Verdict): number => tallies.filter(({ verdict }) => verdict === wanted).length;
  return (
    `${table([['server', 'expected exit', 'exit', 'dials', 'peak MiB', 'rule', 'verdict'], ...rows])}\n` +
    `hostile: ${count('PASS')} PASS, ${count('NON-STRICT')} NON-STRICT, ${count('FAIL')} FAIL, ${count('CRASH')} CRASH ` +
    `(a client among ${tallies.length} servers)\n`
  );
}

export function hasWithstood(tallies: readonly ClientTally[]): boolean {
  return tallies.every(({ verdict }) => verdict === 'PASS' || verdict === 'NON-STRICT');
}
