/**
 * What the process of healthy sessions tells, and how it is run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Target } from '../run/calls.ts';

/** Milliseconds that gaps between items were longer than the interval. */
export interface Lateness {
  readonly items: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface HealthReport {
  readonly sessions: number;
  readonly items: number;
  /** One for each session that was not right to its end. */
  readonly faults: readonly string[];
  /** By phase. */
  readonly lateness: Readonly<Record<string, Lateness>>;
  /** Longest time for which this process itself did not run: part of every lateness. */
  readonly ownLagMs: number;
}

export interface HealthySessions {
  /** What follows is counted under this name. */
  phase(name: string): void;
  /** Lets the running sessions end. Rejects when the process has failed. */
  finish(): Promise<HealthReport>;
  kill(): void;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** @param isSeeded the server takes seeds from client ids, so that values can be predicted */
export function startHealthy(target: Target, parallel: number, items: number, isSeeded: boolean): HealthySessions {
  const words = [target.host, target.port, parallel, items, isSeeded ? 'seeded' : 'unseeded'].map(String);
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  return {
    phase: (name) => child.stdin.write(`${name}\n`),
    finish: async () => {
      child.stdin.end();
      await closed;
      return parse(text, child);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function parse(text: string, { exitCode, signalCode }: ChildProcess): HealthReport {
  if (exitCode !== 0) throw new Error(`healthy sessions: their process ended with ${exitCode ?? signalCode}`);
  return JSON.parse(text) as HealthReport;
}
