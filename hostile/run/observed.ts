/**
 * What can be seen of a server from beside it: its memory, and what it says it has open.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 200;
const LOOK_MS = 250;

/** What a server holds, as its metrics say. */
export interface Held {
  readonly connections: number;
  readonly sockets: number;
  readonly sessions: number;
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** The lowest memory in MiB within `patienceMs`, or the first below `enough`: garbage is collected when V8 finds the time. */
export async function lowestMib(pid: number, enough: number, patienceMs: number): Promise<number> {
  const untilMs = performance.now() + patienceMs;
  let lowest = residentMib(pid);
  while (lowest > enough && performance.now() < untilMs) {
    await sleep(LOOK_MS);
    lowest = Math.min(lowest, residentMib(pid));
  }
  return lowest;
}

/** The highest memory between two looks; `stop` gives it. */
export function watchPeak(pid: number): { stop(): number } {
  let peak = 0;
  const look = (): void => {
    try {
      const now = residentMib(pid);
      // A process that has ended and has not been waited for has no memory any more.
      if (!Number.isNaN(now)) peak = Math.max(peak, now);
    } catch {
      // The process is gone, which others notice.
    }
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

/** @param url of Prometheus metrics with the names of the reference server */
export async function readHeld(url: string): Promise<Held> {
  const text = await (await fetch(url)).text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce((all, [, n]) => all + Number(n), 0);
  return { connections: sum('reseq_connections'), sockets: sum('reseq_sockets'), sessions: sum('reseq_sessions') };
}

/** Waits until no more than this is held. @returns what is held then, or after the time */
export async function settle(url: string, lawful: Held, patienceMs: number): Promise<Held> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const held = await readHeld(url);
    const isQuiet =
      held.connections <= lawful.connections && held.sockets <= lawful.sockets && held.sessions <= lawful.sessions;
    if (isQuiet || performance.now() > untilMs) return held;
    await sleep(LOOK_MS);
  }
}
