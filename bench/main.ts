/**
 * `npm run bench`: measures this package. Tables on stdout, with --json one JSON object; progress on stderr.
 */
import { Command } from 'commander';
import { parseIntIn, UsageError } from '../protocol/cli.ts';
import { hasRedis } from '../reference-server/testing/redis-process.ts';
import { runProgram } from './program.ts';
import { benchStore, formatStoreReport } from './store.ts';

interface Flags {
  readonly rounds: number;
  readonly json: boolean;
}

function benchCommand(): Command {
  return new Command('bench')
    .description('Measures the session stores.')
    .option('--rounds <n>', 'rounds that count; the figures are their medians', parseIntIn('rounds', 1, 1_000), 7)
    .option('--json', 'all figures as JSON on stdout', false)
    .action(run);
}

async function run({ rounds, json }: Flags): Promise<void> {
  if (!hasRedis()) throw new UsageError('redis-server', 'a command of this name', 'none');
  const store = await benchStore(rounds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify({ node: process.version, store })}\n` : formatStoreReport(store));
}

await runProgram(benchCommand());
