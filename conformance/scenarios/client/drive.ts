/** Drives one run of a client against one scripted peer and records both. Spec: cli.md. */

import { availableParallelism } from 'node:os';
import type { Profile } from '../../../protocol/messages.ts';
import { runCase } from '../../case.ts';
import { type Peer, type PeerLog, startPeer } from '../../peer/peer.ts';
import { type PeerScript, RIGHT, Scripted } from '../../peer/scripted.ts';
import type { Recorder } from '../../recorder.ts';
import type { ClientRunContext, ClientScenario } from '../../scenario.ts';
import { asksFor, type ClientRun } from '../../target/client.ts';
import type { Json, Trace } from '../../trace.ts';
import { Slots } from './slots.ts';

/** How fast the scenarios run. */
export interface Tempo {
  /** 1 in a conformance run. The suite's own test shortens all times of the specification by this factor, in model client and checks alike. */
  readonly scale: number;
  /** Items of the full-length run: 65535 in a conformance run. */
  readonly fullCount: number;
}

export const REAL_TEMPO: Tempo = { scale: 1, fullCount: 65_535 };

/** One client, one peer. */
export interface ClientCase {
  readonly id: string;
  readonly profile: Profile;
  readonly count: number;
  /** Where the peer departs from {@link RIGHT}. */
  readonly script?: Partial<PeerScript>;
  readonly clientId?: string;
  readonly ratio?: 2 | 3;
  readonly confirm?: false;
  readonly prefixChecksum?: true;
  /** Makes all arguments, in place of those above: for a command only. */
  readonly args?: (server: string) => readonly string[];
  /** Signal sent to the client (a driver: `cancel`) so many milliseconds after its first OPENED. */
  readonly interrupt?: { readonly signal: NodeJS.Signals; readonly afterMs: number };
  /** The client is stopped after this time. */
  readonly limitMs?: number;
  /** What the checks have to know of the intention. */
  readonly facts?: { readonly [name: string]: Json };
}

/** Enough for every case whose own times are short, on a busy machine. */
const LIMIT_MS = 45_000;
/** At a shortened tempo a busy machine is late by the same milliseconds as ever. */
const LEAST_LIMIT_MS = 15_000;
/** The ends of the client's connections are seen a little later than its exit; a dead link hides them for ever. */
const SETTLE_MS = 1_000;
const SETTLE_STEP_MS = 10;
/** A program that has not connected by then is started: others may start. */
const START_MS = 10_000;

/** A note of what was sent to end a run. */
export const SENT = 'sent ';

const slots = new Slots(2 * availableParallelism());

/** Makes a scenario of cases that run beside each other. */
export function clientScenario(
  id: string,
  title: string,
  estimateMs: number,
  tempo: Tempo,
  cases: readonly ClientCase[],
): ClientScenario {
  return {
    side: 'client',
    id,
    title,
    profiles: [...new Set(cases.map((c) => c.profile))],
    estimateMs: () => estimateMs * tempo.scale,
    run: (context) =>
      Promise.all(
        cases
          .filter(({ args }) => args === undefined || context.client.kind === 'command')
          .map((one) => driveClientCase(context, id, one, tempo)),
      ),
  };
}

/** One case of a scenario, from the start of the client to its end. */
export function driveClientCase(
  context: ClientRunContext,
  scenario: string,
  one: ClientCase,
  tempo: Tempo,
): Promise<Trace> {
  const script: PeerScript = { ...RIGHT, ...one.script };
  const facts = {
    profile: one.profile,
    n: one.count,
    seed: script.seed.toString(),
    a: script.a,
    ratio: one.ratio ?? 2,
    ...(one.clientId === undefined ? {} : { clientId: one.clientId }),
    scale: tempo.scale,
    ...one.facts,
  };
  return runCase(context, scenario, one.id, facts, async (recorder) => {
    const started = new Signal();
    const opened = new Signal();
    const peer = await startPeer(new Scripted(script), observed(recorder, started, opened));
    try {
      const release = await slots.take();
      const run = runOf(one, peer);
      recorder.fact({ asks: asksFor(run) });
      const client = context.client.start(run);
      recorder.begin(client.begin);
      void Promise.race([started.fired, client.ended, pause(START_MS)]).then(release, release);
      const stopOnAbort = (): void => void client.stop();
      context.signal.addEventListener('abort', stopOnAbort, { once: true });
      const { interrupt } = one;
      if (interrupt !== undefined)
        void opened.fired
          .then(() => pause(interrupt.afterMs))
          .then(() => {
            recorder.note(`${SENT}${client.interrupt(interrupt.signal)}`);
          });
      const limit = setTimeout(
        () => {
          recorder.fact({ stopped: true });
          void client.stop();
        },
        limitOf(one, tempo),
      );
      recorder.end(await client.ended.finally(() => clearTimeout(limit)));
      context.signal.removeEventListener('abort', stopOnAbort);
      for (let ms = 0; ms < SETTLE_MS && isConnected(recorder); ms += SETTLE_STEP_MS) await pause(SETTLE_STEP_MS);
    } finally {
      await peer.close();
    }
  });
}

function limitOf({ limitMs = LIMIT_MS }: ClientCase, { scale }: Tempo): number {
  return Math.min(limitMs, Math.max(LEAST_LIMIT_MS, limitMs * scale));
}

function runOf(one: ClientCase, { host, port }: Peer): ClientRun {
  const { profile, count, clientId, ratio, confirm, prefixChecksum, args } = one;
  return {
    host,
    port,
    profile,
    count,
    ...(clientId === undefined ? {} : { clientId }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(confirm === undefined ? {} : { confirm }),
    ...(prefixChecksum === undefined ? {} : { prefixChecksum }),
    ...(args === undefined ? {} : { args: args(`${host}:${port}`) }),
  };
}

function isConnected({ events }: Recorder): boolean {
  const count = (kind: 'connect' | 'close'): number => events.filter((event) => event.kind === kind).length;
  return count('connect') > count('close');
}

/** The recorder, telling when the client connects and is first answered. */
function observed(recorder: Recorder, started: Signal, opened: Signal): PeerLog {
  return {
    connect: () => {
      started.fire();
      return recorder.connect();
    },
    open: (conn, request) => recorder.open(conn, request),
    message: (conn, message) => {
      if (message.kind === 'opened') opened.fire();
      recorder.message(conn, message);
    },
    status: (conn, status) => recorder.status(conn, status),
    cancel: (conn, how) => recorder.cancel(conn, how),
    close: (conn) => recorder.close(conn),
    note: (text, conn) => recorder.note(text, conn),
  };
}

/** Something that happens once. */
class Signal {
  fire: () => void = () => undefined;
  readonly fired = new Promise<void>((resolve) => {
    this.fire = resolve;
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
