/**
 * Runs programs to their end, and servers until they are killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildHandle, start } from '../../conformance/target/process.ts';
import { Failure } from './check.ts';

/** From source a server takes a second or two, on a busy machine many times that. */
const START_MS = 30_000;
const POLL_MS = 10;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @throws {Failure} when it takes longer than `limitMs` */
export async function finish(argv: readonly string[], limitMs: number): Promise<Finished> {
  const child = start(argv);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void child.stop();
  }, limitMs);
  const exit = await child.exited;
  clearTimeout(timer);
  if (isLate) throw new Failure(`${argv.join(' ')}: no end within ${limitMs / 1_000} s`, exit.stdout + exit.stderr);
  return exit;
}

/** Runs a program that has to succeed. @returns its stdout @throws {Failure} with its last line */
export async function succeed(argv: readonly string[], limitMs: number): Promise<string> {
  const { code, stdout, stderr } = await finish(argv, limitMs);
  if (code === 0) return stdout;
  const last = `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '';
  throw new Failure(`${argv.join(' ')}: expected exit 0, got ${code}: ${last}`, stdout + stderr);
}

/** A server that has told its port. */
export interface Listening {
  readonly port: number;
  readonly child: ChildHandle;
}

/** Starts a server at any port. @param argv its first line on stdout has to end in the port @throws {Failure} */
export async function listen(argv: readonly string[]): Promise<Listening> {
  const child = start([...argv, '--port', '0']);
  const portOf = (): string | undefined => /^.*:(\d+)\r?\n/.exec(child.stdout())?.[1];
  const hasTold = await until(() => portOf() !== undefined || !child.running, START_MS);
  const port = portOf();
  if (port !== undefined) return { port: Number(port), child };
  const { code, stderr } = await child.stop();
  const why = hasTold ? `ended with ${code}` : `no address on stdout within ${START_MS / 1_000} s`;
  throw new Failure(`${argv.join(' ')}: ${why}`, stderr);
}

/** @returns whether it holds in time */
export async function until(holds: () => boolean, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadlineMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
