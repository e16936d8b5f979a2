/**
 * Child processes as the suite runs them: no shell, an own process group, SIGTERM and then SIGKILL to the whole group, and a
 * cap on what is kept of their output.
 */

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** Bytes kept of each of stdout and stderr. */
export const OUTPUT_CAP_BYTES = 1 << 20;
/** Between SIGTERM and SIGKILL. */
export const KILL_GRACE_MS = 2_000;

export interface ExitInfo {
  /** Exit code, null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** More than the cap was written and dropped. */
  readonly truncated: boolean;
}

export interface ChildHandle {
  readonly argv: readonly string[];
  readonly pid: number | undefined;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  readonly running: boolean;
  /** Resolves when the process is gone and its output is read. Never rejects: a failed start is code 127 with the reason on stderr. */
  readonly exited: Promise<ExitInfo>;
  /** Send a signal to the whole group. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM to the group, after {@link KILL_GRACE_MS} SIGKILL. */
  stop(): Promise<ExitInfo>;
}

class Capture {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  truncated = false;

  add(chunk: Buffer): void {
    const room = OUTPUT_CAP_BYTES - this.#size;
    if (chunk.length > room) this.truncated = true;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    this.#chunks.push(kept);
    this.#size += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

const live = new Set<ChildHandle>();

/** Kill every child that still runs; for the end of the program, whatever way it ends. */
export function killAllChildren(): void {
  for (const child of live) child.signal('SIGKILL');
}

/** A program that is talked to. */
export interface TalkingChild extends ChildHandle {
  /** Write to its stdin; what it does not read is lost with it. */
  write(text: string): void;
  /** No more will come. */
  endInput(): void;
}

/** Start a program. @param argv program and arguments, passed on as they are. */
export function start(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildHandle {
  const [file, ...args] = argv;
  return handleOf(argv, spawn(file ?? '', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env }));
}

/** Start a program and talk to it. @param heard gets what it writes to stdout */
export function startTalking(argv: readonly string[], heard: (chunk: Uint8Array) => void): TalkingChild {
  const [file, ...args] = argv;
  const child = spawn(file ?? '', args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that ends with its stdin unread is told by its end.
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', heard);
  const handle = handleOf(argv, child);
  return Object.assign(handle, {
    write: (text: string) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
  });
}

function handleOf(
  argv: readonly string[],
  child: ChildProcessByStdio<Writable | null, Readable, Readable>,
): ChildHandle {
  const out = new Capture();
  const err = new Capture();
  child.stdout.on('data', (chunk: Buffer) => out.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.add(chunk));
  let running = true;
  const exited = waitFor(child, out, err).then((exit) => {
    running = false;
    live.delete(handle);
    return exit;
  });
  const handle: ChildHandle = {
    argv,
    pid: child.pid,
    stdout: () => out.text(),
    stderr: () => err.text(),
    get running() {
      return running;
    },
    exited,
    signal: (name) => signalGroup(child, name),
    stop: async () => {
      handle.signal('SIGTERM');
      const timer = setTimeout(() => handle.signal('SIGKILL'), KILL_GRACE_MS);
      const exit = await exited;
      clearTimeout(timer);
      // Children of the child that outlived it hold no pipe of ours; they are still in the group.
      signalGroup(child, 'SIGKILL');
      return exit;
    },
  };
  live.add(handle);
  return handle;
}

function waitFor(child: ChildProcess, out: Capture, err: Capture): Promise<ExitInfo> {
  return new Promise((resolve) => {
    const finish = (code: number | null, signal: string | null): void =>
      resolve({
        code,
        signal,
        stdout: out.text(),
        stderr: err.text(),
        truncated: out.truncated || err.truncated,
      });
    child.on('error', (cause) => {
      err.add(Buffer.from(`cannot start: ${cause.message}\n`));
      finish(127, null);
    });
    child.on('close', finish);
  });
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
  }
}

/**
 * Split a command line into argv the way a shell would with quotes and backslashes, but without any expansion.
 * @throws {Error} on an unclosed quote or an empty command
 */
export function splitCommand(line: string): string[] {
  const argv: string[] = [];
  const token = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;
  let end = 0;
  for (const match of line.matchAll(token)) {
    if (line.slice(end, match.index).trim() !== '') break;
    argv.push(match[0].replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, unquote));
    end = match.index + match[0].length;
  }
  if (argv.length === 0 || line.slice(end).trim() !== '') {
    throw new Error(`command: expected a program with closed quotes, got ${JSON.stringify(line)}`);
  }
  return argv;
}

function unquote(_all: string, escaped?: string, double?: string, single?: string): string {
  return escaped ?? double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? '';
}
