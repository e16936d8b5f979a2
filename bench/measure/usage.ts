/**
 * What a process has used, as Linux tells: CPU to the nanosecond, waiting for a CPU, resident memory.
 */
import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

export interface Usage {
  /** CPU of all threads, milliseconds. */
  readonly cpuMs: number;
  /** For how long the main thread could have run and had no CPU, milliseconds. */
  readonly waitedMs: number;
  readonly residentKib: number;
}

/** @throws Error when there is no such process */
export function usageOf(pid: number): Usage {
  let cpuNs = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) cpuNs += schedule(`${pid}/task/${task}`).ranNs;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuMs: cpuNs / NS_PER_MS,
    waitedMs: schedule(String(pid)).waitedNs / NS_PER_MS,
    residentKib: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}

/** A thread may end between the listing and here. */
function schedule(task: string): { readonly ranNs: number; readonly waitedNs: number } {
  try {
    const [ranNs = 0, waitedNs = 0] = readFileSync(`/proc/${task}/schedstat`, 'utf8').split(' ').map(Number);
    return { ranNs, waitedNs };
  } catch {
    return { ranNs: 0, waitedNs: 0 };
  }
}
