/** Processes that judge models one after the other: what one computes does not make the times of another wrong. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Verdicts } from './verdicts.ts';

export interface Task {
  readonly kind: string;
  readonly name: string;
  /** Drive a mutant through all scenarios, not only through those that its declaration is about. */
  readonly everything?: boolean;
}

/** What a worker answers a task with. */
export type Answer = { readonly verdicts: Verdicts } | { readonly error: string };

/** A worker that hangs is a fault of the suite. */
const TASK_LIMIT_MS = 150_000;

/** One process. It is started anew when it has ended or been stopped. */
export class Worker {
  #child: ChildProcess | undefined;

  /** Starts the process and waits until it can judge, or has ended. */
  async ready(): Promise<void> {
    const child = this.#child ?? this.#start();
    await new Promise<void>((resolve) => {
      child.once('message', () => resolve());
      child.once('exit', () => resolve());
    });
  }

  /** @throws {Error} when the worker fails, ends or hangs */
  async judge(task: Task): Promise<Verdicts> {
    if (this.#child === undefined) await this.ready();
    const child = this.#child ?? this.#start();
    return new Promise((resolve, reject) => {
      const settle = (done: () => void): void => {
        clearTimeout(timer);
        child.removeAllListeners('message');
        child.off('exit', ended);
        done();
      };
      const timer = setTimeout(() => {
        this.stop();
        settle(() => reject(new Error(`no answer within ${TASK_LIMIT_MS} ms`)));
      }, TASK_LIMIT_MS);
      const ended = (code: number | null): void => {
        settle(() => reject(new Error(`the worker ended with ${code}`)));
      };
      child.once('exit', ended);
      child.on('message', (answer) => {
        const { verdicts, error } = answer as { verdicts?: Verdicts; error?: string };
        settle(() => (verdicts === undefined ? reject(new Error(error)) : resolve(verdicts)));
      });
      child.send(task);
    });
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    return child;
  }
}

/**
 * Give each task to the next worker that is free, in this order.
 * @param report once per task, with the verdicts or with what went wrong
 */
export async function runTasks<T extends Task>(
  tasks: readonly T[],
  workers: number,
  report: (task: T, result: Verdicts | Error) => void,
): Promise<void> {
  const waiting = [...tasks];
  const work = async (worker: Worker): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      report(task, await worker.judge(task).catch(asError));
    }
    worker.stop();
  };
  const working: Promise<void>[] = [];
  for (let i = 0; i < Math.min(workers, tasks.length); i++) {
    const worker = new Worker();
    // One after the other: a program that starts takes all of a processor.
    await worker.ready();
    working.push(work(worker));
  }
  await Promise.all(working);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
