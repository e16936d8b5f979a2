/**
 * The result of a soak as text, one line `ok` or `not ok` for each promise and a closing line for all, and as an exit status.
 */
import { table } from '../table.ts';
import type { MemoryReport, SoakReport } from './run.ts';
import type { Victim } from './stage.ts';

type Verdict = 'ok' | 'not ok' | 'unknown';

const EXIT_CODES = { ok: 0, 'not ok': 1, unknown: 3 } as const;

interface Promised {
  readonly verdict: Verdict;
  readonly text: string;
  /** What more there is to say, too long for the closing line. */
  readonly detail?: string;
}

/** 0 all well, 1 something is wrong, 3 something could not be told. */
export function exitCodeOf(report: SoakReport): number {
  return EXIT_CODES[verdictOf(promisesOf(report))];
}

function verdictOf(promises: readonly Promised[]): Verdict {
  const verdicts = promises.map(({ verdict }) => verdict);
  if (verdicts.includes('not ok')) return 'not ok';
  return verdicts.includes('unknown') ? 'unknown' : 'ok';
}

export function reportText(report: SoakReport): string {
  const { tally, faults, memory, victim } = report;
  const figures = table([
    ['sessions', tally.sessions],
    ['completed', tally.completed],
    ['expired lawfully', tally.expired],
    ['items checked', tally.items],
    ['reconnects', tally.reconnects],
    ['faults survived', faultsOf(report)],
    ...Object.entries(faults).map(([kind, count]) => [`  ${kind}`, count] as const),
    ['took', `${(report.tookMs / 1_000).toFixed(0)} s`],
    ['seed', report.seed],
  ]);
  const memoryTable = table([['memory in MiB', 'start', 'end', 'per minute'], ...memory.map(memoryRow)]);
  const lines = promisesOf(report).map(
    ({ verdict, text, detail = '' }) => `${`${verdict} ${text} ${detail}`.trim()}\n`,
  );
  const examples = tally.examples.map((example) => `  ${example}\n`);
  return `${figures}\n${memoryTable}${victimLine(victim)}\n${lines.join('')}${examples.join('')}\n${closingLine(report)}\n`;
}

function faultsOf({ faults }: SoakReport): number {
  return Object.values(faults).reduce((all, count) => all + count, 0);
}

/** Else a reader of the table would miss it. */
function victimLine(victim: Victim | undefined): string {
  if (victim === undefined) return '';
  const { name, restarts } = victim;
  const times = restarts === 1 ? 'once' : `${restarts} times`;
  const why = restarts === 0 ? 'could have been killed at any time' : `was killed and restarted ${times}`;
  return `${name} ${why}: not compared\n`;
}

/** All in one line, the last one. It begins with neither `ok` nor `not ok`, so that no script counts it as a promise. */
function closingLine(report: SoakReport): string {
  const promises = promisesOf(report);
  const verdict = verdictOf(promises);
  if (verdict === 'ok') return `passed: ${faultsOf(report)} faults, nothing lost, memory flat`;
  const reasons = promises.filter((promise) => promise.verdict === verdict).map(({ text }) => text);
  return `${verdict === 'not ok' ? 'failed' : 'could not tell'}: ${reasons.join('; ')}`;
}

function memoryRow({ process, figure, growth }: MemoryReport): readonly string[] {
  const cell = (mib: number | undefined): string => (mib === undefined ? '-' : mib.toFixed(1));
  return [
    `${process}, ${figure}`,
    cell(growth?.startMib),
    cell(growth?.endMib),
    growth?.mibPerMinute.toFixed(2) ?? '-',
  ];
}

function promisesOf({ tally, faults, memory, fallen, isFinished }: SoakReport): readonly Promised[] {
  const counts: readonly [string, number][] = [
    ['lost', tally.lost],
    ['twice', tally.twice],
    ['out of order', tally.outOfOrder],
    ['with a wrong value', tally.wrong],
  ];
  const items = counts.map(([what, count]) => promised(count === 0, `${count} items ${what}`));
  const nothing = tally.completed === 0 || Object.keys(faults).length === 0 || memory.length === 0;
  return [
    ...(nothing
      ? [
          {
            verdict: 'unknown' as const,
            text: 'no session was completed, there were no faults, or memory was not measured',
          },
        ]
      : []),
    ...items,
    promised(tally.wrongChecksums === 0, `${tally.wrongChecksums} sessions with a wrong checksum`),
    promised(tally.falselyRefused === 0, `${tally.falselyRefused} sessions falsely refused`),
    promised(tally.failed === 0, `${tally.failed} sessions failed otherwise`),
    {
      ...promised(fallen.length === 0, `${fallen.length} processes ended by themselves`),
      detail: fallen.join('; '),
    },
    promised(isFinished, isFinished ? 'all sessions came to an end' : 'sessions still ran long after the last fault'),
    ...memory.map(memoryPromise),
  ];
}

function memoryPromise({ process, figure, samples, growth }: MemoryReport): Promised {
  if (growth === undefined)
    return { verdict: 'unknown', text: `${process}, ${figure}: ${samples} samples are too few` };
  const { startMib, endMib, hasGrown } = growth;
  const change = `${startMib.toFixed(1)} -> ${endMib.toFixed(1)} MiB`;
  return promised(!hasGrown, `${process}, ${figure} ${hasGrown ? 'has grown' : 'flat'}: ${change}`);
}

function promised(isKept: boolean, text: string): Promised {
  return { verdict: isKept ? 'ok' : 'not ok', text };
}
