/** `reseq proxy`: a relay in front of a server whose connections a person can cut and heal by hand. */

import { Command } from 'commander';
import { type HostPort, parseHostPort, parseIntIn, UsageError } from '../../protocol/cli.ts';
import { type CutKind, type Relay, type RelayEvent, startRelay } from './relay.ts';

interface ProxyOptions {
  readonly listen: number;
  readonly to: HostPort;
  readonly json?: boolean;
}

const KEYS: Readonly<Record<string, CutKind>> = { r: 'rst', f: 'fin', b: 'blackhole' };
const HELP = 'keys: r reset, f FIN, b black hole, d refuse new connections, h heal, q quit';

/** The `proxy` subcommand. */
export function proxyCommand(): Command {
  return new Command('proxy')
    .description('relay TCP connections and cut them by hand, to see a client survive')
    .requiredOption('--listen <port>', 'port on 127.0.0.1, 0 = any', parseIntIn('--listen', 0, 65_535))
    .requiredOption('--to <host:port>', 'server to relay to', parseHostPort)
    .option('--json', 'events as JSON lines on stderr')
    .action((options: ProxyOptions) => proxy(options));
}

async function proxy(options: ProxyOptions): Promise<void> {
  const relay = await startRelay({
    listenHost: '127.0.0.1',
    listenPort: options.listen,
    to: options.to,
    log: (event) => process.stderr.write(options.json === true ? `${JSON.stringify(event)}\n` : `${describe(event)}\n`),
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError('--listen', 'a port that can be listened on', reason);
  });
  process.stdout.write(`reseq-proxy listening on 127.0.0.1:${relay.port}\n`);
  const stop = (): void => {
    process.stdin.pause();
    void relay.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  listenToKeys(relay, stop);
}

function describe(event: RelayEvent): string {
  const who = event.connection === 0 ? 'all connections' : `connection ${event.connection}`;
  return `${who}: ${event.what}${event.detail === undefined ? '' : ` (${event.detail})`}`;
}

function listenToKeys(relay: Relay, stop: () => void): void {
  if (!process.stdin.isTTY) return;
  process.stderr.write(`${HELP}\n`);
  process.stdin.setRawMode(true);
  process.stdin.on('data', (bytes: Buffer) => {
    for (const key of bytes.toString('utf8')) press(relay, key, stop);
  });
}

function press(relay: Relay, key: string, stop: () => void): void {
  const kind = KEYS[key];
  if (kind !== undefined) relay.cut(kind);
  else if (key === 'd' || key === 'h') relay.refuse(key === 'd');
  else if (key === 'q' || key === '\u0003') stop();
  else process.stderr.write(`${HELP}\n`);
}
