/**
 * One process of a soak: started from source, with its memory measured from outside (RSS) and inside (heap after garbage
 * collection).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MEASURE } from './heap-probe.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROBE = fileURLToPath(new URL('./heap-probe.ts', import.meta.url));
/** A process that is stopped or busy does not answer in time: that measurement is left out. */
const ANSWER_MS = 2_000;

export interface PartOptions {
  /** `proxy A` */
  readonly name: string;
  /** Script and its words. */
  readonly words: readonly string[];
  /** Each line of stdout. */
  readonly said: (line: string) => void;
}

/** MiB. */
export interface Memory {
  readonly rss: number;
  readonly heap: number | undefined;
}

export class Part {
  readonly name: string;
  readonly child: ChildProcess;
  /** Settles when it has ended, with what it was: a status or a signal. */
  readonly ended: Promise<string>;
  #isRunning = true;
  #complaints = '';

  constructor({ name, words, said }: PartOptions) {
    this.name = name;
    const flags = ['--expose-gc', '--import', 'tsx', '--import', PROBE];
    // In a group of its own: a Ctrl-C is for the soak alone, which decides what ends when.
    const child = spawn(process.execPath, [...flags, ...words], {
      detached: true,
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.ended = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        this.#isRunning = false;
        resolve(String(signal ?? code));
      }),
    );
    if (child.stdout !== null) createInterface(child.stdout).on('line', said);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2_000);
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The end of what it has written on stderr. */
  get complaints(): string {
    return this.#complaints;
  }

  /** Kills it and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }

  /** @returns undefined when it is gone */
  async memory(): Promise<Memory | undefined> {
    if (!this.#isRunning) return undefined;
    const heap = await this.#heap();
    const rss = residentMib(this.child.pid);
    return rss === undefined ? undefined : { rss, heap };
  }

  #heap(): Promise<number | undefined> {
    return new Promise((resolve) => {
      const heard = (message: unknown): void => {
        if (message === null || typeof message !== 'object' || !('heapBytes' in message)) return;
        settle(Number(message.heapBytes) / 2 ** 20);
      };
      const settle = (mib: number | undefined): void => {
        clearTimeout(timer);
        this.child.off('message', heard);
        resolve(mib);
      };
      const timer = setTimeout(() => settle(undefined), ANSWER_MS);
      this.child.on('message', heard);
      this.child.send(MEASURE, (error) => {
        if (error !== null) settle(undefined);
      });
    });
  }
}

/** @returns MiB of memory that a process holds, undefined when it is not there */
export function residentMib(pid: number | undefined): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined;
  }
}
