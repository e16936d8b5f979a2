/**
 * `npm run interop`: the implementations of three languages with each other, with the suite and with the vectors. See
 * independent/README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { runProgram } from '../../bench/program.ts';
import { killAllChildren } from '../../conformance/target/process.ts';
import { UsageError } from '../../protocol/cli.ts';
import { packageRoot } from '../../protocol/package-root.ts';
import { type RedisProcess, startRedis } from '../../reference-server/testing/redis-process.ts';
import { type Check, type Outcome, titleOf } from './check.ts';
import { handOverChecks } from './hand-over.ts';
import { ownChecks } from './own-checks.ts';
import { pairChecks } from './pairs.ts';
import { prepare } from './prepare.ts';
import { countedLine, exitCodeOf, matrixText, outcomeLine } from './report.ts';
import { runChecks } from './run.ts';
import { suiteChecks } from './suite.ts';

interface Flags {
  readonly only: readonly string[];
  readonly lines: boolean;
  readonly json: boolean;
}

const EXIT_INTERRUPTED = 130;

const HELP = `
Parts: vectors (golden vectors), tests (tests and formatters of Go and Python), pair (every server with every client
through a fault proxy), hand-over (TypeScript and Go servers on one Redis, killed in turn), suite (the conformance suite
judges each). --only takes parts, languages and any other piece of a title, such as
  npm run interop -- --only hand-over
  npm run interop -- --only "Go server, Python client"

Needs Go 1.26, Python 3.11 and redis-server; without one of them its checks are skipped, and fail where CI is set. Packages
of Go and Python are downloaded by go and pip.

Exit status: 0 all that was carried out is ok, 1 something failed, 2 command line, 3 something could not be told.`;

function interopCommand(): Command {
  return new Command('interop')
    .description('Shows that independent implementations work together.')
    .option('--only <words>', 'checks whose title has one of these; may be given several times', collectWords, [])
    .option('--lines', 'a line for each check too: ok, not ok or skipped', false)
    .option('--json', 'all outcomes as JSON on stdout', false)
    .addHelpText('after', HELP)
    .action(run);
}

/** Titles have commas and blanks: a text with a blank is a piece of one. */
function collectWords(text: string, before: readonly string[]): string[] {
  return [...before, ...(text.includes(' ') ? [text] : text.split(',').filter((word) => word !== ''))];
}

async function run(flags: Flags): Promise<void> {
  process.chdir(packageRoot());
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'reseq-interop-'));
  let redis: Promise<RedisProcess> | undefined;
  const end = async (): Promise<void> => {
    killAllChildren();
    rmSync(folder, { recursive: true, force: true });
    await redis?.then(
      (one) => one.stop(),
      () => undefined,
    );
  };
  // A check that begins while all this ends must not leave its programs behind.
  process.once('exit', killAllChildren);
  const interrupt = (): void => void end().finally(() => process.exit(EXIT_INTERRUPTED));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  try {
    const sinceMs = performance.now();
    note('building');
    const isCi = process.env['CI'] !== undefined;
    const { implementations, python, lacks } = await prepare(folder, join('node_modules', '.cache', 'interop'), isCi);
    const checks = chosen(flags.only, [
      ...ownChecks(python),
      ...pairChecks(implementations),
      ...handOverChecks(implementations, () => {
        redis ??= startRedis();
        return redis;
      }),
      ...suiteChecks(implementations),
    ]);
    let ended = 0;
    const outcomes = await runChecks(checks, lacks, (outcome, output) => {
      ended++;
      if (output !== '') note(output.trimEnd());
      note(`${ended}/${checks.length}  ${seconds(outcome.tookMs)}  ${outcomeLine(outcome)}`);
      if (flags.lines && !flags.json) process.stdout.write(`${countedLine(outcome)}\n`);
    });
    const tookMs = Math.round(performance.now() - sinceMs);
    process.stdout.write(flags.json ? `${JSON.stringify({ outcomes, tookMs })}\n` : textOf(outcomes, tookMs));
    process.exitCode = exitCodeOf(outcomes);
  } finally {
    await end();
  }
}

function chosen(words: readonly string[], checks: readonly Check[]): readonly Check[] {
  const of = checks.filter((check) => words.length === 0 || words.some((word) => titleOf(check).includes(word)));
  if (of.length === 0) throw new UsageError('only', 'a piece of a title, see --help', words.join(','));
  return of;
}

function textOf(outcomes: readonly Outcome[], tookMs: number): string {
  const right = outcomes.filter(({ verdict }) => verdict === 'ok').length;
  return `${matrixText(outcomes)}\n${right} of ${outcomes.length} ok, ${seconds(tookMs)}\n`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

await runProgram(interopCommand());
