/**
 * Runs a client against each hostile server and looks how it ends, what it takes of memory and how often it dials.
 */
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientArguments } from '../../conformance/target/client.ts';
import { start } from '../../conformance/target/process.ts';
import { judge, type Verdict } from '../category.ts';
import { watchPeak } from '../run/observed.ts';
import { COUNT, type HostileServer } from './servers.ts';

/** Until a client that still tries is stopped: longer than it may wait for OPENED. */
const WATCH_MS = 9_000;
/** Above what a runtime takes for itself. */
const MAX_MIB = 400;
/** Of dials in the time above: with the shortest wait that a hint can ask for (RSQ-BAK-7). */
const MAX_DIALS = WATCH_MS / 125;
const AT_ONCE = 4;

export interface ClientTally {
  readonly name: string;
  readonly rule: string;
  readonly expected: readonly string[];
  /** Exit code, signal, or `trying`. */
  readonly ended: string;
  readonly dials: number;
  readonly peakMib: number;
  readonly verdict: Verdict;
}

/** @param argv the client's command, without the flags of the command-line clause */
export async function runClients(argv: readonly string[], servers: readonly HostileServer[]): Promise<ClientTally[]> {
  const tallies: ClientTally[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < servers.length; at = next++) {
      const server = servers[at];
      if (server !== undefined) tallies[at] = await runOne(argv, server);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return tallies;
}

async function runOne(argv: readonly string[], server: HostileServer): Promise<ClientTally> {
  const listener = await listen(server);
  const run = { host: '127.0.0.1', port: listener.port, profile: 'stateful', count: COUNT } as const;
  const client = start([...argv, ...clientArguments(run)]);
  const peak = watchPeak(client.pid ?? 0);
  try {
    const exit = await Promise.race([client.exited, sleep(WATCH_MS, undefined, { ref: false })]);
    const ended = exit === undefined ? 'trying' : String(exit.signal ?? exit.code);
    const dials = listener.dials();
    if (exit === undefined) client.signal('SIGINT');
    await client.exited;
    const peakMib = peak.stop();
    return {
      name: server.name,
      rule: server.rule,
      expected: server.right,
      ended,
      dials,
      peakMib,
      verdict: verdictOf(server, ended, dials, peakMib),
    };
  } finally {
    peak.stop();
    await client.stop();
    listener.close();
  }
}

/** @param ended as in ClientTally */
export function verdictOf(
  { right }: Pick<HostileServer, 'right'>,
  ended: string,
  dials: number,
  peakMib: number,
): Verdict {
  if (/^SIG/.test(ended)) return 'CRASH';
  if (peakMib > MAX_MIB || dials > MAX_DIALS) return 'FAIL';
  return judge({ right }, ended);
}

interface Listening {
  readonly port: number;
  readonly dials: () => number;
  close(): void;
}

async function listen({ serve, accept }: HostileServer): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  let dials = 0;
  const grpc = http2.createServer();
  grpc.on('session', (session) => session.on('error', () => undefined));
  grpc.on('sessionError', () => undefined);
  grpc.on('stream', (stream) => {
    stream.on('error', () => undefined).resume();
    serve?.(stream);
  });
  const server = net.createServer({ noDelay: true }, (socket) => {
    dials++;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (accept === undefined) grpc.emit('connection', socket);
    else accept(socket.resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    dials: () => dials,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
