/**
 * The baseline: checks that are known to fail and do not fail the run. One id a line, `#` begins a comment. An entry that is not
 * needed any more is STALE and does fail the run, so that the list cannot rot.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { UsageError } from '../../protocol/cli.ts';
import type { VerdictName } from '../verdict.ts';
import type { ResultRecord } from './records.ts';

/** What an entry excuses. What the suite itself could not do is never excused. */
const EXCUSED: readonly VerdictName[] = ['FAIL', 'WARN', 'BLOCKED'];
const GOOD: readonly VerdictName[] = ['PASS', 'INFO', 'UNSUPPORTED'];

/** Ids of checks that are known to fail. */
export type Baseline = ReadonlySet<string>;

/** @throws {UsageError} when the file cannot be read or has a line that is no id */
export function readBaseline(file: string): Baseline {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError('--baseline', 'a file that can be read', error instanceof Error ? error.message : file);
  }
  return parseBaseline(text);
}

/** @throws {UsageError} */
export function parseBaseline(text: string): Baseline {
  const ids = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const wrong = ids.find((id) => !/^[a-z0-9-]*$/.test(id));
  if (wrong !== undefined) throw new UsageError('--baseline', 'one id of a check a line, # for comments', wrong);
  return new Set(ids.filter((id) => id !== ''));
}

/** The result as the baseline wants it: KNOWN or STALE where it has an entry. */
export function excused(result: ResultRecord, baseline: Baseline): ResultRecord {
  if (!baseline.has(result.check)) return result;
  const { verdict, message } = result;
  if (EXCUSED.includes(verdict)) return { ...result, verdict: 'KNOWN', said: verdict };
  if (!GOOD.includes(verdict)) return result;
  const advice = `in the baseline, but ${verdict}: take it out`;
  return { ...result, verdict: 'STALE', said: verdict, message: `${advice} (${message})` };
}

/** STALE results for entries that no check has ever heard of. @param known ids of all checks of the suite */
export function strayEntries(baseline: Baseline, known: ReadonlySet<string>): ResultRecord[] {
  return [...baseline]
    .filter((id) => !known.has(id))
    .map((check) => ({
      type: 'result',
      check,
      title: 'an entry of the baseline',
      profile: 'any',
      scenario: 'baseline',
      requirements: [],
      verdict: 'STALE',
      message: 'in the baseline, but no check has this id (see `list`): take it out',
    }));
}

/** Write what would excuse this run. @param strict whether WARN fails it */
export function writeBaseline(file: string, results: readonly ResultRecord[], strict: boolean): void {
  const lines = results
    .filter(({ verdict, said }) => {
      const own = said ?? verdict;
      return EXCUSED.includes(own) && (own !== 'WARN' || strict);
    })
    .map(
      ({ check, verdict, said, message }) => `${check}  # ${said ?? verdict}: ${message.split('\n')[0]?.slice(0, 120)}`,
    );
  writeFileSync(file, `${['# Checks that are known to fail.', ...lines].join('\n')}\n`);
}
