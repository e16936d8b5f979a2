/**
 * Processes of a benchmark: pinned to a core where that can be done, and ended with the benchmark.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const CAN_PIN = cpus().length >= 2 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
/** Servers on the first core, whoever drives them on the second. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a program on one core. */
export function spawnPinned(core: number, command: readonly string[], options: SpawnOptions): ChildProcess {
  const [file = '', ...words] = CAN_PIN ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(file, words, { cwd: ROOT, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** This process on one core while something runs: what it measures by itself is to have the core that the servers have. */
export async function onCore<Value>(core: number, run: () => Promise<Value>): Promise<Value> {
  if (!CAN_PIN) return run();
  const pid = String(process.pid);
  const before = spawnSync('taskset', ['-cp', pid], { encoding: 'utf8' }).stdout.split(': ')[1]?.trim() ?? '';
  spawnSync('taskset', ['-cp', String(core), pid]);
  try {
    return await run();
  } finally {
    // Children that are started later inherit it.
    spawnSync('taskset', ['-cp', before, pid]);
  }
}

/** Ends it and waits until it is gone. @param signal SIGTERM: it may write down what it still has to */
export async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** The first line that a server writes on stdout. @throws Error when it ends before */
export async function firstLine(child: ChildProcess, name: string): Promise<string> {
  if (child.stdout === null) throw new Error(`${name}: expected a pipe for stdout`);
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const lines = createInterface(child.stdout);
  const exited = once(child, 'exit').then(() => [undefined]);
  const [line] = await Promise.race([once(lines, 'line'), exited]);
  if (line === undefined) throw new Error(`${name}: ended before its first line: ${text}`);
  return String(line);
}
