/**
 * `npm run hostile`: bad inputs by the tens of thousands against a server over loopback, while other sessions run.
 *
 *     npm run hostile                                       # starts the reference server and tries 100,000 inputs
 *     npm run hostile -- --inputs 20000 --seed 7 --json
 *     npm run hostile -- --server localhost:9000            # one that runs already
 *     npm run hostile -- --client-cmd "node --import tsx bin/reseq.ts client"   # hostile servers against a client
 *
 * Exit status: 0 when every answer is the right one, every healthy session is right, and memory and sessions have come
 * back; 1 otherwise; 2 for a command line that cannot be used; 3 when it could not tell (nobody answers at --server, or
 * this machine was too busy).
 */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { runProgram } from '../bench/program.ts';
import { killAllChildren, splitCommand } from '../conformance/target/process.ts';
import { type HostPort, parseDuration, parseHostPort, parseIntIn } from '../protocol/cli.ts';
import { startServer } from '../reference-server/testing/server-process.ts';
import { clientsText, hasWithstood } from './clients/report.ts';
import { runClients } from './clients/run.ts';
import { SERVERS } from './clients/servers.ts';
import { asJson, asText, outcomeOf } from './report.ts';
import { type RunOptions, runHostile } from './run/program.ts';

interface Flags {
  readonly seed: number;
  readonly inputs: number;
  readonly server?: HostPort;
  readonly clientCmd?: string;
  readonly patience?: number;
  readonly heap: number;
  readonly json: boolean;
}

const EXITS = { withstood: 0, failed: 1, unclear: 3 } as const;
const HEALTHY_SESSIONS = 40;
const HEALTHY_MS = 2_000;
/** Short times, so that what the server has to give up is given up within the run. */
const INTERVAL_MS = 50;
const SERVER_FLAGS = [
  '--port',
  '0',
  '--interval',
  `${INTERVAL_MS}ms`,
  '--retention',
  '2s',
  '--metrics-port',
  '0',
  '--seed-from-client-id',
];
const TIMEOUTS = [
  '--handshake-timeout',
  '2s',
  '--idle-timeout',
  '2s',
  '--request-timeout',
  '4s',
  '--read-timeout',
  '3s',
];

/** Times of the server's flags, on a machine that is busy with nothing but this. */
const OWN_PATIENCE_MS = 40_000;
/** Above the 30 s of RSQ-LIM-14, and the time to say goodbye. */
const FOREIGN_PATIENCE_MS = 60_000;

function hostileCommand(): Command {
  return new Command('hostile')
    .description('Tries bad inputs on a server, judges each answer, and looks whether other sessions notice.')
    .option('--seed <n>', 'of the inputs; the same one makes the same inputs', parseIntIn('seed', 0, 0xffff_ffff))
    .option('--inputs <n>', 'how many', parseIntIn('inputs', 1_000, 100_000_000), 100_000)
    .option('--server <host:port>', 'a server that runs already, in place of the reference server', parseHostPort)
    .option('--client-cmd <command>', 'a client in place of a server: hostile servers are tried on it')
    .option(
      '--patience <duration>',
      'how long it may keep what is of no use (default: 60s, 40s for our own)',
      parseDuration,
    )
    .option(
      '--heap <mib>',
      'heap of the reference server: it dies when it needs more',
      parseIntIn('heap', 32, 65_536),
      256,
    )
    .option('--json', 'the result as JSON', false)
    .action((flags: Omit<Flags, 'seed'> & { readonly seed?: number }) =>
      flags.clientCmd === undefined
        ? run({ ...flags, seed: flags.seed ?? randomBytes(4).readUInt32BE() })
        : runForClient(flags.clientCmd, flags.json),
    );
}

async function run(flags: Flags): Promise<void> {
  const { seed, inputs, json } = flags;
  const { options, stop } =
    flags.server === undefined
      ? await ownServer(flags)
      : { options: foreignServer(flags.server), stop: () => undefined };
  const progress = (text: string): void => void process.stderr.write(`${text}\n`);
  progress(`${inputs} inputs for ${options.target.host}:${options.target.port}, seed ${seed}`);
  const interrupted = (): void => {
    stop();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const result = await runHostile({
      ...options,
      seed,
      inputs,
      patienceMs: flags.patience ?? options.patienceMs,
      progress,
    });
    process.stdout.write(json ? asJson(result, seed) : asText(result, seed));
    process.exitCode = EXITS[outcomeOf(result)];
  } catch (error) {
    progress(`could not tell: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = EXITS.unclear;
  } finally {
    stop();
  }
}

async function runForClient(command: string, json: boolean): Promise<void> {
  process.once('SIGINT', killAllChildren).once('SIGTERM', killAllChildren);
  const tallies = await runClients(splitCommand(command), SERVERS);
  process.stdout.write(json ? `${JSON.stringify(tallies)}\n` : clientsText(tallies));
  process.exitCode = hasWithstood(tallies) ? EXITS.withstood : EXITS.failed;
}

type Options = Omit<RunOptions, 'seed' | 'inputs' | 'progress'>;

async function ownServer({ heap }: Flags): Promise<{ options: Options; stop: () => void }> {
  const server = await startServer([...SERVER_FLAGS, ...TIMEOUTS], [`--max-old-space-size=${heap}`]);
  const metricsUrl = /"url":"([^"]+)"/.exec(server.log())?.[1];
  const child = server.process;
  return {
    options: {
      target: { host: '127.0.0.1', port: server.port },
      healthySessions: HEALTHY_SESSIONS,
      healthyItems: HEALTHY_MS / INTERVAL_MS,
      isSeeded: true,
      patienceMs: OWN_PATIENCE_MS,
      pid: child.pid,
      metricsUrl,
      hasCrashed: () => child.exitCode !== null || child.signalCode !== null,
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

function foreignServer(target: HostPort): Options {
  return {
    target,
    healthySessions: HEALTHY_SESSIONS,
    healthyItems: 5,
    isSeeded: false,
    patienceMs: FOREIGN_PATIENCE_MS,
    hasCrashed: () => false,
  };
}

await runProgram(hostileCommand());
