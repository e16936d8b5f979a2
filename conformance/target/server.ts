/** A server under test: where it listens, and, when the suite starts it, its process. */

import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildHandle, start } from './process.ts';

export interface ServerTarget {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, an IPv6 address in brackets, as `--server` takes it. */
export function addressOf({ host, port }: ServerTarget): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A server that this suite has started. */
export interface StartedServer extends ServerTarget {
  readonly child: ChildHandle;
}

/** A started server gets this long to listen. */
export const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

/** The program under test cannot be reached or started: nothing can be said about it. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/**
 * Start a server command on a free port and wait until the port accepts.
 * @param argv with `{port}` in at least one word
 * @param storeUrl stands where `{store}` is
 * @throws {TargetError} when it ends or does not listen in time
 */
export async function startServer(argv: readonly string[], storeUrl = ''): Promise<StartedServer> {
  const port = await freePort();
  const child = start(argv.map((word) => word.replaceAll('{port}', String(port)).replaceAll('{store}', storeUrl)));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (child.running && performance.now() < deadline) {
    for (const host of ['127.0.0.1', '::1']) {
      if (await accepts(host, port)) return { host, port, child };
    }
    await wait(POLL_MS);
  }
  const exit = await child.stop();
  const why = exit.code === null ? 'does not listen' : `ended with exit code ${exit.code}`;
  throw new TargetError(`server command: ${argv.join(' ')} ${why}\n${exit.stderr.slice(-2_000)}`);
}

/** Whether something accepts TCP connections there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const settle = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
