/**
 * Real Redis for tests: Debian's redis-server on a free port of this machine, one or a cluster of three.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';

/** Whether this machine has redis-server. In CI its absence is a failure, elsewhere the reason is printed. */
export function hasRedis(): boolean {
  const isThere = spawnSync('redis-server', ['--version']).status === 0;
  if (isThere) return true;
  if (process.env['CI'] !== undefined) throw new Error('redis-server is not installed: in CI its tests must run');
  process.stderr.write('skipped: the tests with a real Redis need the command redis-server (Debian: redis-server)\n');
  return false;
}

export interface RedisProcess {
  readonly port: number;
  readonly process: ChildProcess;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Starts one server and waits until it answers. @param flags further words of its command line */
export async function startRedis(flags: readonly string[] = [], port?: number): Promise<RedisProcess> {
  const chosen = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'reseq-redis-'));
  const fixed = ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn('redis-server', [...fixed, ...flags], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswering(chosen);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: chosen, process: child, stop };
}

export interface RedisClusterProcesses {
  readonly ports: readonly number[];
  readonly nodes: readonly RedisProcess[];
  stop(): Promise<void>;
}

/** Three masters that share the slots. */
export async function startRedisCluster(): Promise<RedisClusterProcesses> {
  const nodes = await Promise.all(
    [0, 1, 2].map(() => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'])),
  );
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('no node');
  const slots = 16_384;
  const share = Math.ceil(slots / nodes.length);
  for (const [k, { port }] of nodes.entries()) {
    const last = Math.min(slots, (k + 1) * share) - 1;
    await command(port, ['CLUSTER', 'ADDSLOTSRANGE', String(k * share), String(last)]);
  }
  for (const { port } of others) await command(first.port, ['CLUSTER', 'MEET', '127.0.0.1', String(port)]);
  for (const { port } of nodes) {
    await until(async () =>
      /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await command(port, ['CLUSTER', 'INFO']))),
    );
  }
  return {
    ports: nodes.map(({ port }) => port),
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** Sends one command on a connection of its own. */
export async function command(port: number, words: readonly string[]): Promise<unknown> {
  const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand([...words]);
  } finally {
    client.destroy();
  }
}

function untilAnswering(port: number): Promise<void> {
  return until(async () => (await command(port, ['PING'])) === 'PONG');
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 15_000;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadlineMs) throw new Error('Redis did not become ready within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
