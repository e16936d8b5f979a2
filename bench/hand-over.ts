/**
 * `npm run hand-over`: sessions that outlive their servers, shown with real processes on one Redis.
 *
 *     npm run hand-over -- --sessions 200 --count 400 --interval 50ms --kill-every 3s
 *
 * Exit status: 0 when nothing was lost, twice or wrong; 1 otherwise; 2 for a command line that cannot be used.
 */
import { Command } from 'commander';
import { parseDuration, parseIntIn, UsageError } from '../protocol/cli.ts';
import { hasRedis, startRedis } from '../reference-server/testing/redis-process.ts';
import { type KillingReport, killInTurn } from './hand-over/killing.ts';
import { wakeZombie, type ZombieReport } from './hand-over/zombie.ts';
import { runProgram } from './program.ts';
import { errorLines, isFlawless, summaryRows } from './session-run.ts';
import { table } from './table.ts';

interface Flags {
  readonly sessions: number;
  readonly count: number;
  readonly interval: number;
  readonly killEvery: number;
  readonly zombies: number;
  readonly json: boolean;
}

function handOverCommand(): Command {
  return new Command('hand-over')
    .description('Kills servers under running sessions and shows that nothing is lost.')
    .option('--sessions <n>', 'sessions at one time', parseIntIn('sessions', 1, 5_000), 200)
    .option('--count <n>', 'items of each session', parseIntIn('count', 2, 65_535), 400)
    .option('--interval <duration>', 'time between two items', parseDuration, 50)
    .option('--kill-every <duration>', 'time between two SIGKILLs', parseDuration, 3_000)
    .option('--zombies <n>', 'sessions of the second part', parseIntIn('zombies', 2, 200), 20)
    .option('--json', 'all figures as JSON on stdout', false)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  if (!hasRedis()) throw new UsageError('redis-server', 'a command of this name', 'none');
  const redis = await startRedis();
  try {
    const note = (line: string): void => void process.stderr.write(`${line}\n`);
    const { sessions, count, interval, killEvery } = flags;
    const redisPort = redis.port;
    note(`two servers, one Redis, ${sessions} sessions of ${count} items, one each ${interval} ms`);
    const killed = await killInTurn({
      redisPort,
      sessions,
      count,
      intervalMs: interval,
      killEveryMs: killEvery,
      note,
    });
    note(`a server is stopped, ${flags.zombies} sessions move, it is continued`);
    const zombies = await wakeZombie({ redisPort, sessions: flags.zombies });
    process.stdout.write(
      flags.json ? `${JSON.stringify({ killed, zombies })}\n` : `${killedTable(killed)}\n${zombieTable(zombies)}`,
    );
    const isRight = killed.runs.every(isFlawless) && zombies.every(({ faults }) => faults.length === 0);
    process.exitCode = isRight ? 0 : 1;
  } finally {
    await redis.stop();
  }
}

function killedTable({ runs, kills, tookMs }: KillingReport): string {
  const rows = [...summaryRows(runs), ['servers killed', kills], ['took', `${(tookMs / 1_000).toFixed(1)} s`]] as const;
  return `${table(rows)}${errorLines(runs)}`;
}

function zombieTable(zombies: readonly ZombieReport[]): string {
  const examples = [true, false].flatMap((isDetached) => zombies.find((one) => one.isDetached === isDetached) ?? []);
  const shown = examples.flatMap(({ clientId, isDetached, before, after }) => [
    `reseq:1:{${clientId}}  ${isDetached ? 'detached' : 'streaming from the other server'}`,
    `  HGETALL before ${JSON.stringify(before.fields)}`,
    `          after  ${JSON.stringify(after.fields)}`,
    `  PTTL    before ${before.ttlMs}`,
    `          after  ${after.ttlMs}, ${Math.round(after.atMs - before.atMs)} ms later`,
  ]);
  const drifts = zombies.flatMap(({ driftMs }) => driftMs ?? []);
  const rows = table([
    ['sessions of the stopped server', zombies.length],
    ['records deleted by it', zombies.filter(({ after }) => after.ttlMs < 0).length],
    ['largest move of a time to live', `${Math.max(0, ...drifts).toFixed(1)} ms`],
    ['messages that it still sent', zombies.reduce((all, { zombieItems }) => all + zombieItems, 0)],
    ['its streams ended as taken over', zombies.filter(({ zombieEnd }) => zombieEnd === '105').length],
    ['completed elsewhere, values right', zombies.filter(({ isComplete }) => isComplete).length],
  ]);
  const faults = [...new Set(zombies.flatMap((one) => one.faults))];
  return `${shown.join('\n')}\n${rows}${faults.map((fault) => `fault: ${fault}\n`).join('')}`;
}

await runProgram(handOverCommand());
