/**
 * The command `reseq proxy`: its words, and the edge to the process.
 */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { type HostPort, parseDuration, parseHostPort, parseIntIn, UsageError } from '../protocol/cli.ts';
import { systemClock } from '../protocol/real.ts';
import { parseListen } from './address.ts';
import { describeEvent, isForPeople } from './events.ts';
import { FAULT_KINDS } from './faults/index.ts';
import { type Fault, parseFault, parseRandomFaults } from './grammar.ts';
import { Hands } from './hands.ts';
import { KEY_HELP, KEY_LINES, pressKey } from './keys.ts';
import { DEFAULT_BUFFER_BYTES, type FaultProxy, type ProxyEvent, startProxy } from './proxy.ts';
import { Terminal } from './terminal.ts';
import { SIZE } from './units.ts';

interface Flags {
  readonly listen: HostPort;
  readonly to: HostPort;
  readonly fault: readonly string[];
  readonly random?: readonly Fault[];
  readonly mean: number;
  readonly randomPer: 'connection' | 'proxy';
  readonly seed?: number;
  readonly buffer: number;
  readonly json: boolean;
}

const MAX_SEED = 0xffff_ffff;

const HELP = `
A fault is [up:|down:]NAME=VALUE{,KEY=VALUE}; up is from the client to the server; without either both ways.
${FAULT_KINDS.map(({ help }) => `  ${help}`).join('\n')}

Every amount may be a range, 50ms..2s, from which the seed draws. Keys that every fault knows:
  at=5s             begins so long after the connection did (with per=proxy: after the proxy did)
  for=3s            lasts so long
  every=10s         comes again, from beginning to beginning
  after=1234B       time runs only once so many bytes have passed in its direction of the connection
  after=3messages   the same, counted in gRPC messages
  chance=30%        hits this share of the connections
  per=proxy         time, rates and limits are those of the whole proxy, not of each connection

--random begins one of its faults at random moments, each connection for itself. A bare name there has these amounts:
${FAULT_KINDS.map(({ atRandom }) => `  ${atRandom}`).join('\n')}

By hand, on a terminal (elsewhere lines on stdin):
  ${KEY_LINES.join('\n  ')}
A cut cable lets nothing pass, new connections neither; what is under way arrives when it is healed.

Examples:
  reseq proxy --listen 9100 --to localhost:9000
  reseq proxy --listen 9100 --to localhost:9000 --fault latency=200ms,jitter=50ms --fault bandwidth=10KBps
  reseq proxy --listen 0 --to localhost:9000 --fault down:timeout=0,after=3messages,for=8s --fault slicer=1..10B
  reseq proxy --listen 0 --to localhost:9000 --fault reset_peer,every=10s,per=proxy --json > events.jsonl
  reseq proxy --listen 0 --to localhost:9000 --random "reset_peer|timeout|latency" --mean 3s --seed 7

stdout has the address, with --json all events as JSON lines; stderr the rest. The same seed and the same traffic meet the
same faults. Exit status: 0 when it was stopped, 2 for a command line that cannot be used.`;

/** The subcommand, without effect until it is parsed. */
export function proxyCommand(): Command {
  return new Command('proxy')
    .description('Stands between client and server and hurts their connections, by plan, by chance or by hand.')
    .requiredOption('--listen <[host:]port>', 'where clients connect; a port alone is localhost, 0 = any', parseListen)
    .requiredOption('--to <host:port>', 'server to pass on to', parseHostPort)
    .option('--fault <fault>', 'see below; may be given several times', collectFault, [])
    .option('--random <faults>', 'faults that begin at random moments, with | between them', parseRandomFaults)
    .option('--mean <duration>', 'mean time between two random faults', parseMean, 3_000)
    .option(
      '--random-per <scope>',
      'connection: each meets its own; proxy: all meet the same',
      parseScope,
      'connection',
    )
    .option('--seed <n>', 'all chance follows from it (default: random)', parseIntIn('seed', 0, MAX_SEED))
    .option('--buffer <size>', 'bytes that may wait, each way of a connection', parseBuffer, DEFAULT_BUFFER_BYTES)
    .option('--json', 'events as JSON lines on stdout', false)
    .allowExcessArguments(false)
    .addHelpText('after', HELP)
    .action((flags: Flags) => proxy(flags));
}

function collectFault(text: string, faults: readonly string[]): readonly string[] {
  parseFault(text);
  return [...faults, text];
}

function parseScope(text: string): Flags['randomPer'] {
  if (text !== 'connection' && text !== 'proxy') throw new UsageError('random-per', 'connection or proxy', text);
  return text;
}

function parseMean(text: string): number {
  const meanMs = parseDuration(text);
  if (meanMs === 0) throw new UsageError('mean', 'a duration above 0', text);
  return meanMs;
}

function parseBuffer(text: string): number {
  const bytes = SIZE.parse(text);
  if (bytes === undefined) throw new UsageError('buffer', SIZE.expected, text);
  return bytes;
}

async function proxy(flags: Flags): Promise<void> {
  const seed = flags.seed ?? randomBytes(4).readUInt32BE();
  const hands = new Hands(systemClock());
  // Before the address is told: whoever reads it may stop the proxy at once.
  const end = endOnSignal();
  const terminal = new Terminal(process.stdin, process.stderr, () => ({
    route: `${flags.listen.host}:${running.port} -> ${flags.to.host}:${flags.to.port}`,
    connections: running.connections,
    totals: running.totals,
    troubles: hands.troubles,
  }));
  const random = flags.random && { faults: flags.random, meanMs: flags.mean, per: flags.randomPer };
  const running = await startProxy({
    listen: flags.listen,
    to: flags.to,
    faults: flags.fault,
    random,
    seed,
    bufferBytes: flags.buffer,
    log: (event) => {
      hands.learn(event);
      tell(event, flags.json, terminal);
    },
  }).catch((error: unknown) => {
    throw error instanceof UsageError ? error : unusable(flags.listen, error);
  });
  if (flags.random !== undefined || flags.fault.length > 0) terminal.say(`seed ${seed}`);
  serve(running, terminal, end);
}

function unusable({ host, port }: HostPort, error: unknown): UsageError {
  return new UsageError(
    '--listen',
    `an address that is free (${host}:${port})`,
    error instanceof Error ? error.message : error,
  );
}

function tell(event: ProxyEvent, isJson: boolean, terminal: Terminal): void {
  if (isJson) process.stdout.write(`${JSON.stringify(event)}\n`);
  else if (event.event === 'listening') process.stdout.write(`reseq-proxy listening on ${event.detail}\n`);
  else if (isForPeople(event)) terminal.say(describeEvent(event));
}

/** Until somebody wants it to end. */
function serve(running: FaultProxy, terminal: Terminal, end: End): void {
  void end.wanted.then(() => running.close()).then(() => terminal.close());
  process.once('exit', () => terminal.close());
  terminal.say(KEY_HELP);
  terminal.open((key) => {
    const wish = pressKey(running, key);
    if (wish === 'quit') end.want();
    if (wish === 'help') terminal.say(KEY_HELP);
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface End {
  readonly wanted: Promise<void>;
  want(): void;
}

/** The first signal is a wish, a second one does not wait. */
function endOnSignal(): End {
  let want = (): void => undefined;
  const wanted = new Promise<void>((resolve) => {
    want = () => {
      for (const signal of SIGNALS) process.off(signal, want);
      resolve();
    };
  });
  for (const signal of SIGNALS) process.once(signal, want);
  return { wanted, want };
}
