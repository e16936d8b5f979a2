/**
 * A process of healthy sessions beside a hostile run: apart from it, so that lateness is the server's.
 *
 * Arguments: host, port, sessions at one time, items of each, `seeded` when the server takes seeds from client ids.
 * Each line of stdin begins a phase of that name; the end of stdin lets the running sessions end. Stdout: one line of JSON.
 */
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { quantile } from '../../bench/statistics.ts';
import type { HealthReport, Lateness } from './report.ts';
import { runHealthy } from './session.ts';

const NANOSECONDS = 1e6;

const [host = '', port = '', parallel = '', items = '', mode = ''] = process.argv.slice(2);
const late = new Map<string, number[]>();
const faults: string[] = [];
let phase = 'before';
let sessions = 0;
let received = 0;
let isEnding = false;

function noteLateness(ms: number): void {
  const known = late.get(phase);
  if (known === undefined) late.set(phase, [ms]);
  else known.push(ms);
}

async function keepRunning(): Promise<void> {
  while (!isEnding) {
    const clientId = randomUUID();
    const seed = mode === 'seeded' ? BigInt(`0x${clientId.replaceAll('-', '').slice(0, 16)}`) : undefined;
    const plan = { target: { host, port: Number(port) }, clientId, n: Number(items), seed };
    const report = await runHealthy(plan, noteLateness);
    sessions++;
    received += report.items;
    if (report.fault !== undefined) {
      faults.push(report.fault);
      // A server that is gone would be asked thousands of times.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function summary(values: readonly number[]): Lateness {
  return { items: values.length, p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
createInterface(process.stdin)
  .on('line', (name) => {
    phase = name;
  })
  .on('close', () => {
    isEnding = true;
  });
await Promise.all(Array.from({ length: Number(parallel) }, keepRunning));
const report: HealthReport = {
  sessions,
  items: received,
  faults,
  lateness: Object.fromEntries([...late].map(([name, values]) => [name, summary(values)])),
  ownLagMs: delay.max / NANOSECONDS,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
