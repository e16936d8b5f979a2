/**
 * The reference server as processes of its own, for tests that kill them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ServerProcess {
  readonly process: ChildProcess;
  readonly port: number;
  /** What it has written on stderr. */
  readonly log: () => string;
  /** Process ids of its workers that are there now. */
  readonly workers: () => readonly number[];
  /** Kills it, if it still runs, and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Runs `reseq server` from source and waits for its first line.
 * @param flags without --json
 * @param nodeFlags of the runtime
 */
export async function startServer(flags: readonly string[], nodeFlags: readonly string[] = []): Promise<ServerProcess> {
  const words = [...nodeFlags, '--import', 'tsx', 'bin/reseq.ts', 'server', '--json', ...flags];
  const child = spawn(process.execPath, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([once(lines, 'line'), exited.then(() => [undefined])]);
  if (line === undefined) throw new Error(`the server has ended before its first line: ${text}`);
  const { port } = JSON.parse(String(line)) as { port: number };
  return {
    process: child,
    port,
    log: () => text,
    workers: () => childrenOf(child.pid),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Whether a process is there; one that has ended and not been waited for is not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
