/**
 * `npm run soak`: sessions for minutes through fault proxies, while servers are killed and stopped and Redis is interrupted.
 * Every value and checksum is compared with what the seed predicts, and the memory of every process is watched.
 *
 *     npm run soak -- --minutes 10
 *
 * Exit status: 0 when nothing was lost, twice, out of order, wrong or falsely refused, and memory is flat; 1 otherwise; 2 for
 * a command line that cannot be used; 3 when it could not be told.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { durationText, parseDuration, parseIntIn, UsageError } from '../protocol/cli.ts';
import { hasRedis } from '../reference-server/testing/redis-process.ts';
import { runProgram } from './program.ts';
import { exitCodeOf, reportText } from './soak/report.ts';
import { soak } from './soak/run.ts';

interface Flags {
  readonly minutes: number;
  readonly sessions: number;
  readonly interval: number;
  readonly seed?: number;
  readonly store: 'redis' | 'memory';
  readonly mean: number;
  readonly mishapEvery: number;
  readonly json: boolean;
}

const MAX_SEED = 0xffff_fffe;
/** Nothing that happens lasts long enough for a session to end: that takes as long as sessions are kept. */
const RETENTION_MS = 30_000;

const HELP = `
Two reference servers on a Redis of their own, a fault proxy in front of each, and clients that receive one sequence after
the other, each connection at the other server. The proxies reset, stall, slow down, slice and refuse connections at random
moments; servers get SIGKILL, SIGTERM and SIGSTOP, Redis SIGSTOP and CLIENT KILL. Nothing of it lasts as long as a session is
kept, so that every session has to be completed.

How many faults: about sessions x time / mean, and at most time / mishap-every that happen to processes (each waits until the
one before it is over). The defaults give some 1,900 in ten minutes; --mean 4s --mishap-every 2s gives some 3,600.

Memory, of every process that lives through all of it: heap after garbage collection and resident size. It has grown when
the median of the last fifth of the samples lies above that of the first fifth by more than 10 % and 3 MiB (heap), or by more
than 25 % and 32 MiB (resident). The first fifth of the time is warm-up.

Exit status: 0 all well, 1 something was lost or has grown, 2 command line, 3 could not tell.`;

function soakCommand(): Command {
  return new Command('soak')
    .description('Runs sessions under faults for minutes and shows that nothing is lost and memory is flat.')
    .option('--minutes <m>', 'how long', parseMinutes, 10)
    .option('--sessions <n>', 'sessions at one time', parseIntIn('sessions', 1, 2_000), 24)
    .addOption(durationOption('interval', 'time between two items', 50))
    .option('--seed <n>', 'all chance follows from it (default: random)', parseIntIn('seed', 0, MAX_SEED))
    .option('--store <store>', 'redis, or memory: one server, never killed', parseStore, 'redis')
    .addOption(durationOption('mean', 'mean time between two faults of a connection', 8_000))
    .addOption(durationOption('mishap-every', 'mean time between two mishaps of processes', 5_000))
    .option('--json', 'all figures as JSON on stdout', false)
    .addHelpText('after', HELP)
    .action(run);
}

function durationOption(name: string, what: string, standardMs: number): Option {
  const option = new Option(`--${name} <duration>`, what).argParser(parseDuration);
  return option.default(standardMs, durationText(standardMs));
}

function parseMinutes(text: string): number {
  const minutes = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(minutes >= 0.1)) throw new UsageError('minutes', 'a number from 0.1 on, such as 10 or 0.5', text);
  return minutes;
}

function parseStore(text: string): Flags['store'] {
  if (text !== 'redis' && text !== 'memory') throw new UsageError('store', 'redis or memory', text);
  return text;
}

async function run(flags: Flags): Promise<void> {
  if (flags.store === 'redis' && !hasRedis()) {
    throw new UsageError('redis-server', 'a command of this name, or --store memory', 'none');
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const seed = flags.seed ?? randomBytes(4).readUInt32BE() % MAX_SEED;
  const report = await soak({
    ...flags,
    seed,
    durationMs: flags.minutes * 60_000,
    intervalMs: flags.interval,
    retentionMs: RETENTION_MS,
    meanMs: flags.mean,
    mishapEveryMs: flags.mishapEvery,
    signal: stop.signal,
    note: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : reportText(report));
  process.exitCode = exitCodeOf(report);
  // What a killed process leaves behind must not keep this one.
  await sleep(100);
}

await runProgram(soakCommand());
