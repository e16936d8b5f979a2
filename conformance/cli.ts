/** The command `reseq conformance`. Exit codes: 0 conforms, 1 does not, 2 usage, 3 could not tell. */

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { type HostPort, parseDuration, UsageError } from '../protocol/cli.ts';
import { compareCommand } from './compare.ts';
import { type ConformOptions, conformServer, conformStore, demandOf, planOfStore } from './conform.ts';
import { conformClient, conformDriver } from './conform-client.ts';
import { explainCommand, listCommand } from './explain.ts';
import { parseReplay, parseServerUrl, type ReplayToken } from './plan.ts';
import { rejudgeCommand } from './rejudge.ts';
import { addReportOptions, type ReportOptions } from './report/options.ts';
import { Progress } from './report/progress.ts';
import { type Ending, Reporter, type RunAbout } from './report/reporter.ts';
import { commandOf, type TargetOptions } from './reproduce.ts';
import type { RunResult } from './run.ts';
import { selftestCommand } from './selftest/main.ts';
import { interruptOn } from './signals.ts';
import { labOfServers, startLab } from './store/start-lab.ts';
import { type ExitInfo, killAllChildren, splitCommand } from './target/process.ts';
import { addressOf, startServer, TargetError } from './target/server.ts';

interface CliOptions extends TargetOptions, ReportOptions {
  readonly profile?: 'stateless' | 'stateful';
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly seed?: ReplayToken;
  readonly replay?: ReplayToken;
  readonly deadline?: number;
  readonly shrink?: number;
}

const EXIT_CODES = `
Exit codes: 0 conforms; 1 does not, or the baseline is stale; 2 wrong use; 3 could not tell (unreachable, inconclusive,
truncated); 130 at a second Ctrl-C (the first ends the run and writes all reports).`;

/** The `conformance` subcommand. */
export function conformanceCommand(): Command {
  const command = new Command('conformance')
    .description('judge a server or a client against the specification; without a target, the reference server')
    .option(
      '--server <address>',
      'a running server, HOST:PORT or grpc://HOST:PORT; given twice, two servers on one store',
      collectServers,
      [],
    )
    .option(
      '--server-cmd <command>',
      'a server that the suite starts, with {port} where its port goes and {store} where the URL of a shared store goes',
      parseServerCommand,
    )
    .option('--store <url>', 'the shared store, redis://HOST:PORT; the suite looks into it', parseStoreUrl)
    .option('--with-store', 'judge the shared store too; without --store the suite starts a Redis of its own')
    .option('--client-cmd <command>', 'a client that follows the command-line clause', splitWords)
    .option(
      '--client-driver <command>',
      'a client as one process that is told its runs in JSON lines (spec/driver.md)',
      splitWords,
    )
    .option('--seed-from-client-id', 'the server runs in the test mode in which seeds follow from client ids')
    .addOption(new Option('--profile <profile>', 'only this profile').choices(['stateless', 'stateful']))
    .addOption(
      new Option('--only <ids>', 'only these checks, scenarios or requirements, comma-separated, * allowed')
        .argParser(collectIds)
        .default([], 'all'),
    )
    .addOption(new Option('--skip <ids>', 'all but these').argParser(collectIds).default([], 'none'))
    .option('--seed <hex>', 'seed of all random choices', parseReplay)
    .option('--replay <token>', 'the random choices of an earlier run, as its report says', parseReplay)
    .option(
      '--shrink <duration>',
      'make a failing random case smaller for so long (default: 60s, 0s = not)',
      parseDuration,
    )
    .option('--deadline <duration>', 'end the run after this time', parseDuration)
    .addCommand(listCommand())
    .addCommand(explainCommand())
    .addCommand(rejudgeCommand())
    .addCommand(compareCommand())
    .addCommand(selftestCommand());
  return addReportOptions(command)
    .addHelpText('after', EXIT_CODES)
    .action(async (options: CliOptions) => {
      process.exitCode = await main(options);
    });
}

function collectIds(text: string, before: readonly string[]): string[] {
  return [...before, ...text.split(',').filter((word) => word !== '')];
}

function collectServers(text: string, before: readonly HostPort[]): HostPort[] {
  return [...before, parseServerUrl(text)];
}

function parseStoreUrl(text: string): string {
  if (/^rediss?:\/\/./.test(text)) return text;
  throw new UsageError('--store', 'redis://HOST:PORT or rediss://HOST:PORT', text);
}

function splitWords(text: string): string[] {
  try {
    return splitCommand(text);
  } catch (error) {
    throw new UsageError('command', 'a program with closed quotes', error instanceof Error ? text : error);
  }
}

function parseServerCommand(text: string): string[] {
  const argv = splitWords(text);
  if (!argv.some((word) => word.includes('{port}')))
    throw new UsageError('--server-cmd', 'a command with {port}', text);
  return argv;
}

async function main(options: CliOptions): Promise<number> {
  checkTargets(options);
  const token = options.replay ?? options.seed ?? { seed: randomBytes(4).readUInt32BE() };
  const reporter = new Reporter(options, aboutOf(options, token), process);
  const interrupt = interruptOn(process, (status) => process.exit(status));
  process.once('exit', killAllChildren);
  const progress = new Progress(process.stderr);
  const giveUp = (error: unknown): number => {
    progress.stop();
    return reportBreak(error, reporter);
  };
  // A bug of the suite in a callback must not take what was recorded with it.
  process.once('uncaughtException', (error) => leave(giveUp(error)));
  try {
    const result = await judgeTarget(options, conformOptions(options, token, interrupt.signal, progress, reporter));
    progress.stop();
    const status = reporter.end(result);
    leave(status);
    return status;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return giveUp(error);
  } finally {
    progress.stop();
    interrupt.release();
    killAllChildren();
  }
}

function aboutOf(options: CliOptions, token: ReplayToken): RunAbout {
  const { server, serverCmd, clientCmd, clientDriver } = options;
  const client = clientCmd ?? clientDriver;
  return {
    side: client === undefined ? 'server' : 'client',
    target: server.map(addressOf).join(' and ') || (client ?? serverCmd ?? referenceServer()).join(' '),
    command: commandOf(options, fromSource() ? 'npm run conformance --' : 'npx reseq conformance'),
    seed: token.seed.toString(16),
  };
}

/** The target cannot be reached, or the suite itself has failed: all reports come out with what there is. */
function reportBreak(error: unknown, reporter: Reporter): number {
  const isTarget = error instanceof TargetError;
  const text = error instanceof Error ? (isTarget ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
  const note = isTarget ? text : `a fault of the suite ended the run: ${text}`;
  return reporter.end({ truncated: true, notes: [note.trim()] });
}

/** @throws {UsageError} on targets that contradict each other */
function checkTargets({ server, serverCmd, clientCmd, clientDriver, store, withStore }: CliOptions): void {
  const given = [server.length > 0, serverCmd !== undefined, clientCmd !== undefined, clientDriver !== undefined];
  const kinds = given.filter(Boolean).length;
  if (kinds > 1) throw new UsageError('target', 'one of --server, --server-cmd, --client-cmd, --client-driver', kinds);
  if (server.length > 2) throw new UsageError('--server', 'one server, or two on one store', `${server.length}`);
  if (store === undefined && withStore !== true) return;
  if (clientCmd !== undefined || clientDriver !== undefined)
    throw new UsageError('--store', 'servers to judge', 'a client');
  if (server.length === 1) throw new UsageError('--server', 'two servers on the store', '1');
  if (serverCmd !== undefined && !usesStore(serverCmd))
    throw new UsageError('--server-cmd', 'a command with {store}', serverCmd.join(' '));
}

function usesStore(argv: readonly string[]): boolean {
  return argv.some((word) => word.includes('{store}'));
}

function conformOptions(
  options: CliOptions,
  token: ReplayToken,
  signal: AbortSignal,
  progress: Progress,
  reporter: Reporter,
): ConformOptions {
  return {
    selection: {
      only: options.only,
      skip: options.skip,
      ...(options.profile === undefined ? {} : { profile: options.profile }),
    },
    seed: token.seed,
    ...(token.only === undefined ? {} : { replay: token.only }),
    ...(options.deadline === undefined ? {} : { deadlineMs: options.deadline }),
    ...(options.shrink === undefined ? {} : { shrinkMs: options.shrink }),
    signal,
    planned: (plan) => {
      progress.planned(plan);
      reporter.planned(plan);
    },
    progress: (done) => progress.progress(done),
    again: (scenarios, longestMs) => progress.again(scenarios, longestMs),
    observer: reporter,
  };
}

async function judgeTarget(options: CliOptions, conform: ConformOptions): Promise<RunResult & Pick<Ending, 'notes'>> {
  const seedFromClientId = options.seedFromClientId ?? false;
  if (options.clientCmd !== undefined) return conformClient(options.clientCmd, conform);
  if (options.clientDriver !== undefined) return conformDriver(options.clientDriver, conform);
  const [first, second] = options.server;
  if (first !== undefined && second === undefined) return conformServer({ ...first, seedFromClientId }, conform);
  if (isAboutStore(options)) return judgeStore(options, conform);
  const server = await unlessAborted(startServer(options.serverCmd ?? referenceServer()), conform.signal);
  try {
    const result = await conformServer({ host: server.host, port: server.port, seedFromClientId }, conform);
    return server.child.running ? result : { ...result, notes: [whatEnded(await server.child.exited)] };
  } finally {
    await server.child.stop();
  }
}

/** @throws {TargetError} when the user has not waited for it */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new TargetError('interrupted before the server could be reached'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]);
}

/** What the reader has to know: from then on nothing can be judged. */
function whatEnded({ code, signal, stderr }: ExitInfo): string {
  const how = code === null ? `by ${signal}` : `with exit code ${code}`;
  const last = stderr.trim().split('\n').slice(-5).join('\n');
  return `the server has ended ${how} while it was judged${last === '' ? '' : `; its last words:\n${last}`}`;
}

function isAboutStore({ server, serverCmd, store, withStore }: CliOptions): boolean {
  return (
    server.length > 1 || store !== undefined || withStore === true || (serverCmd !== undefined && usesStore(serverCmd))
  );
}

async function judgeStore(options: CliOptions, conform: ConformOptions): Promise<RunResult> {
  const plan = planOfStore(conform.selection);
  const [a, b] = options.server;
  const command = options.serverCmd ?? [...referenceServer(), '--store', '{store}'];
  const lab =
    a !== undefined && b !== undefined
      ? await labOfServers(a, b, options.store)
      : await startLab(command, options.store, demandOf(plan));
  try {
    return await conformStore(lab, options.seedFromClientId ?? false, plan, conform);
  } finally {
    await lab.close();
  }
}

/** Whether the suite runs from its source, not from a build. */
function fromSource(): boolean {
  return import.meta.url.endsWith('.ts');
}

/** The reference server as a process of its own, at its default pace. */
function referenceServer(): string[] {
  const bin = fileURLToPath(new URL(`../bin/reseq.${fromSource() ? 'ts' : 'js'}`, import.meta.url));
  const loader = fromSource() ? ['--import', import.meta.resolve('tsx')] : [];
  return [process.execPath, ...loader, bin, 'server', '--port', '{port}'];
}

/** A peer may hold sockets, and with them the program, for as long as it likes. Ends it when all is written. */
function leave(status: number): void {
  process.stdout.write('', () => process.exit(status));
}
