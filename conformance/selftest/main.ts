/**
 * `conformance selftest`: the suite judges models with known mistakes. A suite that passes a wrong program, fails a right one, or
 * finds something right about a program that does nothing is broken. Spec: none; this is about the suite itself.
 */

import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { allJobs, type Job, title } from './jobs.ts';
import { allKillers, WITHOUT_MUTANT } from './killers.ts';
import { runTasks } from './pool.ts';
import { isSound, type Row } from './verdicts.ts';

/** Workers sleep most of the time. */
const WORKERS_PER_CORE = 5;

type Rows = ReadonlyMap<Job, Row>;

export function selftestCommand(): Command {
  return new Command('selftest')
    .description('judge models with known mistakes: does the suite find every one, and nothing else?')
    .option('--only <text>', 'only models whose name contains this, or one of these, comma-separated')
    .option(
      '--everything',
      'drive each mutant through all scenarios, not only through those that it is declared to fail',
    )
    .option('--json', 'one JSON object per model')
    .action(async (options: { only?: string; json?: boolean; everything?: boolean }) => {
      const parts = (options.only ?? '').split(',');
      const jobs = allJobs().map((job) => ({ ...job, everything: options.everything === true }));
      const chosen = jobs.filter((job) => parts.some((part) => title(job).includes(part)));
      if (chosen.length === 0) {
        process.stderr.write(`--only: expected part of a model's name, got ${options.only}\n`);
        process.exitCode = 2;
        return;
      }
      const rows = await runAll(chosen);
      const idle = options.only === undefined ? idleChecks(rows) : [];
      process.stdout.write(
        options.json === true
          ? [...rows.values()].map((row) => `${JSON.stringify(row)}\n`).join('')
          : `${table([...rows.values()])}\n${gate(rows, idle, options.only)}${score(rows)}\n`,
      );
      process.exitCode = [...rows.values()].every(isSound) && idle.length === 0 ? 0 : 1;
    });
}

async function runAll(chosen: readonly Job[]): Promise<Rows> {
  const rows = new Map<Job, Row>();
  await runTasks(chosen, WORKERS_PER_CORE * availableParallelism(), (job, result) => {
    rows.set(job, rowOf(job, result));
    progress(rows.size, chosen.length);
  });
  // A machine with other work to do makes times wrong: what is not sound is judged once more, alone.
  const again = chosen.filter((job) => !isSound(rows.get(job) ?? UNJUDGED));
  for (const job of again) process.stderr.write(`once more, alone: ${title(job)}: ${rows.get(job)?.verdict}\n`);
  await runTasks(again, 1, (job, result) => rows.set(job, rowOf(job, result)));
  return new Map(chosen.map((job) => [job, rows.get(job) ?? UNJUDGED]));
}

const UNJUDGED: Row = { mutant: '', declared: [], failed: [], verdict: 'ERROR not judged' };

function rowOf(job: Job, result: Parameters<Parameters<typeof runTasks>[2]>[1]): Row {
  if (result instanceof Error) return { ...UNJUDGED, mutant: title(job), verdict: `ERROR ${result.message}` };
  return job.judge(result);
}

/** Elsewhere than on a terminal, models between two lines. */
const PLAIN_EVERY = 10;

function progress(done: number, all: number): void {
  const text = `${done}/${all} models judged`;
  if (process.stderr.isTTY) process.stderr.write(`\r${text}${done === all ? '\n' : ''}`);
  else if (done % PLAIN_EVERY === 0 || done === all) process.stderr.write(`${text}\n`);
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ mutant, declared, failed, verdict }) => [
    mutant,
    brief(declared),
    failed.length === 0 ? '-' : `${failed.length}`,
    verdict,
  ]);
  const lines = [['mutant', 'declared', 'failed', 'verdict'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

function brief(ids: readonly string[]): string {
  const [first = '-', ...more] = ids;
  return more.length === 0 ? first : `${first} +${more.length}`;
}

/** Checks that have killed no mutant in this run, and for which none is excused. */
function idleChecks(rows: Rows): string[] {
  const killed = new Set([...rows.values()].filter(isSound).map(({ mutant }) => mutant));
  return [...allKillers()]
    .filter(([id, kills]) => !(id in WITHOUT_MUTANT) && !kills.some(({ mutant }) => killed.has(mutant)))
    .map(([id]) => id);
}

function gate(rows: Rows, idle: readonly string[], only: string | undefined): string {
  if (only !== undefined) return '';
  const all = allKillers().size;
  const excused = Object.entries(WITHOUT_MUTANT).map(([id, why]) => `no mutant for ${id}: ${why}\n`);
  const found = idle.map((id) => `KILLS NOTHING ${id}\n`);
  const count = all - idle.length - excused.length;
  return `${excused.join('')}${found.join('')}checks that kill a mutant: ${count} of ${all}, ${rows.size} models\n`;
}

/** The last line; continuous integration reads it. */
function score(rows: Rows): string {
  const [mutants, nulls, rights] = (['mutant', 'null', 'right'] as const).map((is) =>
    [...rows].filter(([job]) => job.is === is).map(([, row]) => row),
  );
  const unsound = (of: readonly Row[] = []): number => of.filter((row) => !isSound(row)).length;
  const count = mutants?.length ?? 0;
  return `mutants killed ${count - unsound(mutants)} of ${count}, vacuous passes ${unsound(nulls)} of ${nulls?.length ?? 0} null peers, false failures ${unsound(rights)}`;
}
