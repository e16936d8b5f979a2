/** A Redis that the suite starts for itself: on a free port, in a folder of its own, without anything kept on disk. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildHandle, start } from '../target/process.ts';
import { accepts, freePort, TargetError } from '../target/server.ts';

export interface OwnRedis {
  readonly url: string;
  readonly child: ChildHandle;
  /** Ends it, also when it is stopped by SIGSTOP, and removes its folder. */
  stop(): Promise<void>;
}

const PROGRAM = 'redis-server';
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** Why no Redis can be started on this machine, undefined when one can. */
export async function whyNoRedis(): Promise<string | undefined> {
  const exit = await start([PROGRAM, '--version']).exited;
  return exit.code === 0 ? undefined : `${PROGRAM} is not installed`;
}

/** @throws {TargetError} when it does not listen in time */
export async function startRedis(): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'reseq-suite-redis-'));
  const port = await freePort();
  const argv = `${PROGRAM} --port ${port} --bind 127.0.0.1 --appendonly no --maxmemory-policy noeviction`.split(' ');
  const child = start([...argv, '--dir', folder, '--save', '']);
  const stop = async (): Promise<void> => {
    child.signal('SIGCONT');
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (child.running && performance.now() < deadline) {
    if (await accepts('127.0.0.1', port)) return { url: `redis://127.0.0.1:${port}`, child, stop };
    await wait(POLL_MS);
  }
  await stop();
  const why = child.stdout().trim().split('\n').at(-1) ?? '';
  throw new TargetError(`${PROGRAM}: does not listen on port ${port}: ${why}${child.stderr()}`);
}
