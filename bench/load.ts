/**
 * `npm run load`: many stateful sessions at one time through one server, each on a connection of its own, every value and
 * checksum compared with what the seed predicts.
 *
 *     npm run load -- --sessions 1000 --count 20 --interval 1s
 *
 * Exit status: 0 when every session is complete and right; 1 otherwise; 2 for a command line that cannot be used.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parseDuration, parseIntIn } from '../protocol/cli.ts';
import { startServer } from '../reference-server/testing/server-process.ts';
import { runProgram } from './program.ts';
import { alternate, errorLines, isFlawless, runSession, seedOfClientId, summaryRows } from './session-run.ts';
import { table } from './table.ts';

interface Flags {
  readonly sessions: number;
  readonly count: number;
  readonly interval: number;
}

/** Linux counts CPU time in these. */
const TICK_MS = 10;

function loadCommand(): Command {
  return new Command('load')
    .description('Runs many sessions through one server and checks every value.')
    .option('--sessions <n>', 'sessions at one time', parseIntIn('sessions', 1, 10_000), 1_000)
    .option('--count <n>', 'items of each session', parseIntIn('count', 2, 65_535), 20)
    .option('--interval <duration>', 'time between two items', parseDuration, 1_000)
    .action(run);
}

async function run({ sessions, count, interval }: Flags): Promise<void> {
  const server = await startServer(['--port', '0', '--interval', `${interval}ms`, '--seed-from-client-id']);
  try {
    process.stderr.write(`${sessions} sessions of ${count} items, one each ${interval} ms, through one server\n`);
    const sinceMs = performance.now();
    const cpuBeforeMs = cpuMs(server.process.pid);
    const runs = await Promise.all(
      Array.from({ length: sessions }, () => runSession(alternate([server.port], 0), count, seedOfClientId)),
    );
    const tookMs = performance.now() - sinceMs;
    const cpu = (100 * (cpuMs(server.process.pid) - cpuBeforeMs)) / tookMs;
    process.stdout.write(
      table([
        ...summaryRows(runs),
        ['took', `${(tookMs / 1_000).toFixed(1)} s`],
        ['CPU of the server', `${cpu.toFixed(1)} % of a core`],
        ['memory of the server', `${Math.round(residentKib(server.process.pid) / 1_024)} MiB`],
      ]) + errorLines(runs),
    );
    process.exitCode = runs.every(isFlawless) ? 0 : 1;
  } finally {
    await server.kill();
  }
}

function cpuMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentKib(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

await runProgram(loadCommand());
