/**
 * `conformance selftest`: the suite judges models with known mistakes. A suite that passes a wrong program, fails a right one, or
 * finds something right about a program that does nothing is broken. Spec: none; this is about the suite itself.
 */

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { CLIENT_BUGS } from './client-bugs.ts';
import { NULL_PEERS } from './null-peers.ts';
import { type Declaration, SERVER_BUGS } from './server-bugs.ts';
import { STORE_BUGS } from './store-bugs.ts';
import { isSound, judgeMutant, judgeNullPeer, judgeRight, RIGHT, type Row, type Verdicts } from './verdicts.ts';

/** One model to be judged. */
interface Job {
  readonly kind: 'server' | 'store' | 'client' | 'null';
  readonly name: string;
  judge(verdicts: Verdicts): Row;
}

/** A worker that hangs is a fault of the suite. */
const WORKER_LIMIT_MS = 150_000;
/** Workers sleep most of the time. */
const WORKERS_PER_CORE = 2;

function jobs(): Job[] {
  const mutants = (kind: 'server' | 'store' | 'client', bugs: Readonly<Record<string, Declaration>>): Job[] =>
    Object.entries(bugs).map(([name, declaration]) => ({
      kind,
      name,
      judge: (verdicts) => judgeMutant(`${kind} ${name}`, declaration, verdicts),
    }));
  return [
    ...(['server', 'store', 'client'] as const).map(
      (kind): Job => ({ kind, name: RIGHT, judge: (verdicts) => judgeRight(`${kind} ${RIGHT}`, verdicts) }),
    ),
    ...mutants('server', SERVER_BUGS),
    ...mutants('store', STORE_BUGS),
    ...mutants('client', CLIENT_BUGS),
    ...NULL_PEERS.map(
      (name): Job => ({ kind: 'null', name, judge: (verdicts) => judgeNullPeer(`null ${name}`, verdicts) }),
    ),
  ];
}

export function selftestCommand(): Command {
  return new Command('selftest')
    .description('judge models with known mistakes: does the suite find every one, and nothing else?')
    .option('--only <text>', 'only models whose name contains this')
    .option('--json', 'one JSON object per model')
    .action(async (options: { only?: string; json?: boolean }) => {
      const chosen = jobs().filter(({ kind, name }) => `${kind} ${name}`.includes(options.only ?? ''));
      if (chosen.length === 0) {
        process.stderr.write(`--only: expected part of a model's name, got ${options.only}\n`);
        process.exitCode = 2;
        return;
      }
      const rows = await runAll(chosen);
      process.stdout.write(
        options.json === true ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : table(rows),
      );
      process.exitCode = rows.every(isSound) ? 0 : 1;
    });
}

async function runAll(chosen: readonly Job[]): Promise<Row[]> {
  const rows = new Map<Job, Row>();
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      rows.set(job, await judgeOne(job));
      progress(rows.size, chosen.length);
    }
  };
  await Promise.all(Array.from({ length: WORKERS_PER_CORE * availableParallelism() }, work));
  const again = [...rows].filter(([, row]) => !isSound(row)).map(([job]) => job);
  for (const job of again)
    process.stderr.write(`once more, alone: ${job.kind} ${job.name}: ${rows.get(job)?.verdict}\n`);
  // A machine with other work to do makes times wrong: what is not sound is judged once more, alone.
  for (const job of again) rows.set(job, await judgeOne(job));
  return chosen.flatMap((job) => rows.get(job) ?? []);
}

/** Elsewhere than on a terminal, models between two lines. */
const PLAIN_EVERY = 10;

function progress(done: number, all: number): void {
  const text = `${done}/${all} models judged`;
  if (process.stderr.isTTY) process.stderr.write(`\r${text}${done === all ? '\n' : ''}`);
  else if (done % PLAIN_EVERY === 0 || done === all) process.stderr.write(`${text}\n`);
}

async function judgeOne(job: Job): Promise<Row> {
  try {
    return job.judge(await runWorker(job));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { mutant: `${job.kind} ${job.name}`, declared: [], failed: [], verdict: `ERROR ${text}` };
  }
}

function runWorker({ kind, name }: Job): Promise<Verdicts> {
  const file = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, file, kind, name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), WORKER_LIMIT_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(stdout) as Verdicts);
      else reject(new Error(`worker ended with ${code}: ${stderr.trim().split('\n').slice(-3).join(' | ')}`));
    });
  });
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
  return `${[...text, '', score(rows)].join('\n')}\n`;
}

function brief(ids: readonly string[]): string {
  const [first = '-', ...more] = ids;
  return more.length === 0 ? first : `${first} +${more.length}`;
}

function score(rows: readonly Row[]): string {
  const mutants = rows.filter(({ mutant }) => !mutant.endsWith(` ${RIGHT}`) && !mutant.startsWith('null '));
  const killed = mutants.filter(isSound).length;
  const nulls = rows.filter(({ mutant }) => mutant.startsWith('null '));
  const vacuous = nulls.filter((row) => !isSound(row)).length;
  const falseFailures = rows.filter(
    ({ mutant, verdict }) => mutant.endsWith(` ${RIGHT}`) && !/PASS$/.test(verdict),
  ).length;
  return `mutants killed ${killed} of ${mutants.length}, vacuous passes ${vacuous} of ${nulls.length} null peers, false failures ${falseFailures}`;
}
