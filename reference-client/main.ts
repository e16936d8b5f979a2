/**
 * The command `reseq client`: its words, and the edge to the process. Spec: cli.md.
 */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { parseDuration, parseHostPort, parseIntIn, UsageError } from '../protocol/cli.ts';
import { parseClientId } from '../protocol/client-id.ts';
import { MAX_COUNT } from '../protocol/limits.ts';
import type { Profile } from '../protocol/messages.ts';
import { packageVersion } from '../protocol/package-root.ts';
import { systemClock, systemRandom } from '../protocol/real.ts';
import { grpcBinding, type TlsOptions } from './bindings/grpc.ts';
import { DEFAULT_CONNECT_ATTEMPTS } from './defaults.ts';
import { type DriverRun, runDriver } from './driver.ts';
import type { ClientFlags } from './flags.ts';
import { openSequence } from './index.ts';
import { EXIT_CODES } from './outcome.ts';
import { launchedAs } from './resume-command.ts';
import { type Console, runCommand } from './run.ts';

const HELP = `
Prints one line of JSON on stdout when the run ends; progress and advice go to stderr.
Dropped connections are resumed by themselves: no number is lost or received twice.

Examples:
  reseq client --server localhost:9000 --count 20
      a stateful sequence of 20 numbers under a random client id, verified by its SHA-256
  reseq client --server localhost:9000 --profile stateless --count 10
      10 doubling numbers and their exact sum
  reseq client --server localhost:9000 --count 1000 --state run.jsonl
      as above, and goes on where it was when started again, even after SIGKILL
  reseq client --server example.org:9000 --tls --cacert ca.pem
  reseq client --driver
      many runs in one process, told by JSON lines on stdin (spec/driver.md)

Exit status:
  0    complete: all items received and verified
  1    mismatch: a value, a checksum or the server's answer is wrong
  2    the command line cannot be used, or the state file
  3    incomplete: the server has discarded the session before the end
  4    rejected: another terminal error of the server
  5    unreachable: given up, see --give-up and --connect-attempts
  77   unsupported (this client supports everything)
  130  interrupted; the first Ctrl-C prints the command that resumes, the second one exits at once`;

/** Options that a driver, whose runs say what they want, does not take. */
const ONE_RUN_ONLY = [
  'profile',
  'count',
  'clientId',
  'ratio',
  'prefixChecksum',
  'state',
  'giveUp',
  'json',
  'tls',
  'cacert',
  'cert',
  'key',
] as const satisfies readonly (keyof ClientFlags)[];

/** The subcommand, without effect until it is parsed. */
export function clientCommand(): Command {
  return new Command('client')
    .description('Receive one sequence of numbers from a Reseq server, surviving dropped connections.')
    .addOption(
      new Option('--server <host:port>', 'where to connect, such as localhost:9000 or [::1]:9000')
        .env('RESEQ_SERVER')
        .makeOptionMandatory()
        .argParser(checkServer),
    )
    .option('--profile <profile>', 'stateful or stateless (default: stateful)', parseProfile)
    .option('--count <n>', `items to receive, 1..${MAX_COUNT} (default: random)`, parseIntIn('count', 1, MAX_COUNT))
    .option('--client-id <uuid>', 'stateful: name of the sequence (default: random)', parseId)
    .option('--ratio <2|3>', 'stateless: factor between two values (default: 2)', parseIntIn('ratio', 2, 3))
    .option('--no-confirm', 'stateful: do not ask for confirm-final')
    .option('--prefix-checksum', 'stateful: have what was received verified at each resume')
    .option('--state <file>', 'keep progress in this file, and continue the run that it holds')
    .option(
      '--give-up <duration>',
      'end after this long without a new item (default: 5m, or 4 intervals)',
      parseDuration,
    )
    .option(
      '--connect-attempts <k>',
      'end after k dials when none succeeded',
      parseIntIn('connect-attempts', 5, 1_000_000),
      DEFAULT_CONNECT_ATTEMPTS,
    )
    .option('--json', 'progress as JSON lines on stderr')
    .addOption(
      new Option('--driver', 'carry out runs told by JSON lines on stdin; takes no other option')
        // Each run names its own: a server on the command line is not mandatory then.
        .implies({ server: '' })
        .conflicts([...ONE_RUN_ONLY]),
    )
    .addOption(new Option('--tls', 'connect with TLS').env('RESEQ_TLS'))
    .addOption(new Option('--cacert <file>', 'PEM of the authorities to trust (implies --tls)').env('RESEQ_CACERT'))
    .addOption(new Option('--cert <file>', 'PEM of our certificate (implies --tls)').env('RESEQ_CERT'))
    .addOption(new Option('--key <file>', 'PEM of its private key').env('RESEQ_KEY'))
    .allowExcessArguments(false)
    .addHelpText('after', HELP)
    .action((flags: ClientFlags) => (flags.driver ? actAsDriver() : act(flags)));
}

function checkServer(text: string): string {
  parseHostPort(text);
  return text;
}

function parseProfile(text: string): Profile {
  if (text !== 'stateful' && text !== 'stateless') throw new UsageError('profile', 'stateful or stateless', text);
  return text;
}

function parseId(text: string): string {
  const id = parseClientId(text);
  if (!id.ok) throw new UsageError('client-id', 'UUID text of 36 characters, not nil', text);
  return id.value;
}

async function act(flags: ClientFlags): Promise<void> {
  const tls = readTls(flags);
  const exitCode = await runCommand(flags, {
    binding: grpcBinding({ server: parseHostPort(flags.server), tls }),
    clock: systemClock(),
    random: systemRandom(),
    launchedAs: launchedAs(process),
    console: processConsole(),
    onSignal: listenToSignals,
  });
  // Sockets of a peer that does not answer would keep the process for their time-outs.
  process.stdout.write('', () => process.exit(exitCode));
}

async function actAsDriver(): Promise<void> {
  await runDriver({
    input: process.stdin,
    write: (line) => process.stdout.write(line),
    implementation: `reseq ${packageVersion()}`,
    carryOut: (run, signal) => openRun(run, signal).drain(),
  });
  process.stdout.write('', () => process.exit(0));
}

function openRun({ profile, ratio, clientId, ...common }: DriverRun, signal: AbortSignal) {
  return profile === 'stateless'
    ? openSequence({ ...common, signal, profile, ratio })
    : openSequence({ ...common, signal, profile, clientId });
}

function readTls({ tls, cacert, cert, key }: ClientFlags): TlsOptions | undefined {
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('cert', '--cert and --key together', 'one of them');
  if (!tls && cacert === undefined && cert === undefined) return undefined;
  return { ca: readPem('cacert', cacert), cert: readPem('cert', cert), key: readPem('key', key) };
}

function readPem(flag: string, path: string | undefined): Uint8Array | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    throw new UsageError(flag, 'a file that can be read', path);
  }
}

function processConsole(): Console {
  const { env, stderr, stdout } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    isTerminal: stderr.isTTY === true,
    // A terminal may not know its width and say 0.
    columns: () => stderr.columns || 80,
    color: env['NO_COLOR'] === undefined || env['NO_COLOR'] === '',
  };
}

/** The first signal asks, the second one does not. @returns stops listening */
function listenToSignals(interrupt: () => void): () => void {
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals === 1) interrupt();
    else process.exit(EXIT_CODES.interrupted);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
}
