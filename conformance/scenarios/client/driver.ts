/** The driver itself: its lines, its end, and what it did during the whole run. Spec: driver.md. */

import { runCase } from '../../case.ts';
import { startPeer } from '../../peer/peer.ts';
import { RIGHT, Scripted } from '../../peer/scripted.ts';
import type { DriverScenario } from '../../scenario.ts';
import { encodeRequest } from '../../target/driver-messages.ts';
import type { TraceEvent } from '../../trace.ts';
import { DriverTalk } from './driver-talk.ts';

export const DRIVER_LINES = 'driver-lines';
export const DRIVER_MANY = 'driver-many-runs';
/** All runs of all scenarios. */
export const DRIVER_WHOLE = 'driver-whole-run';
/** At the same time, as the specification wants. */
export const MANY_RUNS = 100;

/** For one answer. */
const ANSWER_MS = 5_000;
/** For an answer that is not to come. */
const NOTHING_MS = 300;
const RUN_MS = 20_000;

export function driverScenarios(): DriverScenario[] {
  return [lines, manyRuns, wholeRun];
}

type Body = (talk: DriverTalk, port: number) => Promise<void>;

/** A scenario with a process and a peer of its own. */
function ownProcess(id: string, title: string, intervalMs: number, body: Body): DriverScenario {
  return {
    side: 'client',
    id,
    title,
    profiles: ['stateless', 'stateful'],
    estimateMs: () => 5_000,
    run: async (context) => [
      await runCase(context, id, 'own-process', {}, async (recorder) => {
        const peer = await startPeer(new Scripted({ ...RIGHT, intervalMs }), recorder);
        const talk = new DriverTalk(context, recorder);
        recorder.onCut(() => void talk.stop());
        try {
          await body(talk, peer.port);
        } finally {
          await talk.stop();
          await peer.close();
        }
      }),
    ],
  };
}

const lines = ownProcess(
  DRIVER_LINES,
  'lines that a driver cannot use, and its end',
  RIGHT.intervalMs,
  async (talk, port) => {
    const run = runLine(port);
    await talk.hello();
    for (const line of unusable(port)) {
      // One that is not answered says it all: to wait for each of them takes a minute.
      if (!(await talk.ask(line, 'error', ANSWER_MS))) break;
    }
    await talk.ask(JSON.stringify({ ...run('first'), later: { versions: 'may have more' } }), 'result', RUN_MS);
    await talk.ask(JSON.stringify(run('first')), 'error', ANSWER_MS);
    for (const id of ['first', 'nobody']) await talk.ask(encodeRequest({ type: 'cancel', id }), 'nothing', NOTHING_MS);
    await talk.ask(JSON.stringify(run('second')), 'result', RUN_MS);
    talk.endInput();
    await talk.end();
  },
);

const manyRuns = ownProcess(DRIVER_MANY, `${MANY_RUNS} runs at the same time, and bye`, 1_000, async (talk, port) => {
  const run = runLine(port);
  await talk.hello();
  for (let i = 1; i <= MANY_RUNS; i++) talk.say(JSON.stringify({ ...run(`many-${i}`), count: 60 }), 'result');
  await talk.until((events) => mostStreams(events) >= MANY_RUNS, RUN_MS);
  talk.say(encodeRequest({ type: 'bye' }), 'end');
  await talk.end();
});

/** The largest number of streams that were open at one time. */
export function mostStreams(events: readonly TraceEvent[]): number {
  const open = new Set<number>();
  let most = 0;
  for (const { kind, conn } of events) {
    if (kind === 'open') open.add(conn);
    if (kind === 'close' || kind === 'cancel' || kind === 'status') open.delete(conn);
    most = Math.max(most, open.size);
  }
  return most;
}

const wholeRun: DriverScenario = {
  side: 'client',
  id: DRIVER_WHOLE,
  title: 'what the driver said during the whole run',
  profiles: ['stateless', 'stateful'],
  isLast: true,
  estimateMs: () => 0,
  run: async (context) => [
    await runCase(context, DRIVER_WHOLE, 'all-runs', {}, async (recorder) => {
      const exit = await context.driver.close();
      const offset = context.now() - performance.now();
      for (const { at, event } of context.driver.log) recorder.driver(event, at + offset);
      if (exit !== undefined) recorder.exit(exit);
    }),
  ],
};

function runLine(port: number) {
  return (id: string) => ({ type: 'run', id, server: `127.0.0.1:${port}`, profile: 'stateless', count: 3 }) as const;
}

/** Not made by `encodeRequest`, which refuses to. */
function unusable(port: number): string[] {
  const run = runLine(port)('unusable');
  const runs: readonly object[] = [
    { ...run, id: 'count-0', count: 0 },
    { ...run, id: 'count-65536', count: 65_536 },
    { ...run, id: 'count-text', count: '3' },
    { ...run, id: 'no-count', count: undefined },
    { ...run, id: 'no-server', server: undefined },
    { ...run, id: 'profile', profile: 'stateles' },
    { ...run, id: 'ratio-4', ratio: 4 },
    { ...run, id: 'client-id', profile: 'stateful', clientId: '{6ba7b810-9dad-41d1-80b4-00c04fd430c8}' },
    { type: 'pause', id: 'unknown-type' },
    { id: 'no-type' },
  ];
  return ['this is no JSON', '["hello"]', '', ...runs.map((one) => JSON.stringify(one))];
}
