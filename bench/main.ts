/**
 * `npm run bench`: measures this package. Tables on stdout, with --json one JSON object; progress on stderr.
 */
import { Command, CommanderError } from 'commander';
import { parseIntIn, UsageError } from '../protocol/cli.ts';
import { hasRedis } from '../reference-server/testing/redis-process.ts';
import { benchStore, formatStoreReport } from './store.ts';

interface Flags {
  readonly rounds: number;
  readonly json: boolean;
}

const EXIT_USAGE = 2;

function benchCommand(): Command {
  return new Command('bench')
    .description('Measures the session stores.')
    .option('--rounds <n>', 'rounds that count; the figures are their medians', parseIntIn('rounds', 1, 1_000), 7)
    .option('--json', 'all figures as JSON on stdout', false)
    .exitOverride()
    .action(run);
}

async function run({ rounds, json }: Flags): Promise<void> {
  if (!hasRedis()) throw new UsageError('redis-server', 'a command of this name', 'none');
  const store = await benchStore(rounds, (line) => void process.stderr.write(`${line}\n`));
  process.stdout.write(json ? `${JSON.stringify({ node: process.version, store })}\n` : formatStoreReport(store));
}

try {
  await benchCommand().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else if (error instanceof UsageError) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
  } else throw error;
}
