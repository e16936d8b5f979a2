/**
 * Sessions by the thousand, and the orders that concern them.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelayMs } from '../../protocol/backoff.ts';
import { systemRandom } from '../../protocol/real.ts';
import { quantile } from '../statistics.ts';
import { LoadConnection } from './connection.ts';
import type {
  Answers,
  ChurnOrder,
  OpenOrder,
  Order,
  ResumeOrder,
  Spread,
  StormOrder,
  WindowOrder,
} from './protocol.ts';
import { LoadSession, type Recorder } from './session.ts';
import { Storm } from './storm.ts';

const OPEN_LIMIT_MS = 30_000;
const CONTROL_MS = 10;
const STEP_MS = 5;

export class Load {
  #connections: LoadConnection[] = [];
  #sessions: LoadSession[] = [];
  #recorder: Recorder & { ended: number } = { intervalMs: 0, isOpen: false, messages: 0, ended: 0 };
  #opened = 0;
  #storm: Storm | undefined;

  perform(order: Order): Promise<Answers[Order['kind']]> {
    switch (order.kind) {
      case 'open':
        return this.#open(order);
      case 'window':
        return this.#window(order);
      case 'churn':
        return this.#churn(order);
      case 'resume':
        return this.#resume(order);
      case 'storm':
        return this.#comeBack(order);
      case 'close':
        return this.#close();
    }
  }

  async #open(order: OpenOrder): Promise<Answers['open']> {
    const sinceMs = performance.now();
    this.#recorder = { intervalMs: order.intervalMs, isOpen: false, messages: 0, ended: 0 };
    this.#opened = 0;
    const own = order.connections === order.sessions;
    if (!own) this.#connections = await connectAll(order.port, order.connections);
    const recorder = this.#recorder;
    for (let k = 0; k < order.sessions; k++) {
      await untilMs(sinceMs + (k * order.spreadMs) / order.sessions);
      const session: LoadSession = new LoadSession(
        randomUUID(),
        order.n,
        recorder,
        (atMs) => this.#noteFirst(session, atMs),
        () => this.#noteEnd(session),
      );
      this.#sessions.push(session);
      const connection = own
        ? new LoadConnection(order.port, nothing, nothing)
        : this.#connections[k % order.connections];
      if (connection === undefined) throw new Error('connections: expected at least one');
      if (own) this.#connections.push(connection);
      session.open(connection);
    }
    const limitMs = performance.now() + OPEN_LIMIT_MS;
    while (this.#opened < order.sessions && performance.now() < limitMs) await sleep(STEP_MS);
    return { tookMs: performance.now() - sinceMs, failed: order.sessions - this.#opened };
  }

  #noteFirst(session: LoadSession, atMs: number): void {
    this.#opened++;
    this.#storm?.noteBack(session, atMs);
  }

  #noteEnd(session: LoadSession): void {
    this.#recorder.ended++;
    this.#storm?.noteEnd(session);
  }

  async #window({ ms }: WindowOrder): Promise<Answers['window']> {
    const recorder = this.#recorder;
    for (const { phases } of this.#sessions) phases.length = 0;
    recorder.messages = 0;
    recorder.ended = 0;
    const control = new Control();
    const sinceMs = performance.now();
    recorder.isOpen = true;
    await sleep(ms);
    recorder.isOpen = false;
    const tookMs = performance.now() - sinceMs;
    const late = this.#sessions.flatMap(({ phases }) => latenesses(phases));
    return {
      tookMs,
      messages: recorder.messages,
      paced: late.length,
      late: spread(late),
      control: spread(control.stop()),
      ended: recorder.ended,
    };
  }

  async #churn(order: ChurnOrder): Promise<Answers['churn']> {
    const connections = await connectAll(order.port, order.connections);
    const untilAtMs = performance.now() + order.ms;
    const took: number[] = [];
    let failed = 0;
    const lane = async (number: number): Promise<void> => {
      const connection = connections[number % connections.length];
      while (connection !== undefined && performance.now() < untilAtMs) {
        const ms = await timeFirst(connection);
        if (ms === undefined) failed++;
        else took.push(ms);
      }
    };
    const sinceMs = performance.now();
    await Promise.all(Array.from({ length: order.inFlight }, (_lane, number) => lane(number)));
    const tookMs = performance.now() - sinceMs;
    for (const connection of connections) connection.cut();
    return { opens: took.length, tookMs, ms: spread(took), failed };
  }

  async #resume({ port, n, index, samples }: ResumeOrder): Promise<Answers['resume']> {
    const [connection] = await connectAll(port, 1);
    if (connection === undefined) throw new Error('connections: expected one');
    const startMs: number[] = [];
    const resumeMs: number[] = [];
    for (let k = 0; k < samples; k++) {
      const session = timed(n);
      startMs.push(await session.time(connection, 0));
      resumeMs.push(await session.time(connection, index));
    }
    connection.cut();
    return { startMs, resumeMs };
  }

  async #comeBack({ port }: StormOrder): Promise<Answers['storm']> {
    const random = systemRandom();
    const storm = new Storm(port, (k) => backoffDelayMs(k, random));
    this.#storm = storm;
    const answer = await storm.begin(this.#connections, this.#sessions);
    this.#connections = [...storm.connections];
    this.#storm = undefined;
    return answer;
  }

  async #close(): Promise<Answers['close']> {
    for (const connection of this.#connections) connection.cut();
    this.#connections = [];
    this.#sessions = [];
    return {};
  }
}

/** A timer of this process with deadlines of its own: how late can it be for reasons that are not the server's? */
class Control {
  readonly #lateMs: number[] = [];
  #dueMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#arm();
  }

  stop(): readonly number[] {
    clearTimeout(this.#timer);
    return this.#lateMs;
  }

  #arm(): void {
    this.#dueMs += CONTROL_MS;
    this.#timer = setTimeout(
      () => {
        this.#lateMs.push(performance.now() - this.#dueMs);
        this.#arm();
      },
      Math.max(0, this.#dueMs - performance.now()),
    );
  }
}

function nothing(): void {}

async function untilMs(atMs: number): Promise<void> {
  const ms = atMs - performance.now();
  if (ms >= 1) await sleep(ms);
}

function connectAll(port: number, count: number): Promise<LoadConnection[]> {
  const one = (): Promise<LoadConnection> =>
    new Promise((resolve, reject) => {
      const connection: LoadConnection = new LoadConnection(
        port,
        () => resolve(connection),
        () => reject(new Error(`port ${port}: the connection was closed`)),
      );
    });
  return Promise.all(Array.from({ length: count }, one));
}

/** A session whose opens are timed. */
function timed(n: number): { time(connection: LoadConnection, index: number): Promise<number> } {
  let first: (atMs: number) => void = nothing;
  let failed: () => void = nothing;
  const recorder: Recorder = { intervalMs: 0, isOpen: false, messages: 0 };
  const session = new LoadSession(
    randomUUID(),
    n,
    recorder,
    (atMs) => first(atMs),
    () => failed(),
  );
  return {
    time: async (connection, index) => {
      const sinceMs = performance.now();
      const atMs = await new Promise<number>((resolve, reject) => {
        first = resolve;
        failed = () => reject(new Error('a call ended before its first item'));
        session.open(connection, index);
      });
      session.cancel();
      return atMs - sinceMs;
    },
  };
}

function timeFirst(connection: LoadConnection): Promise<number | undefined> {
  return timed(100)
    .time(connection, 0)
    .catch(() => undefined);
}

/** How much later each came than the earliest. */
function latenesses(phases: readonly number[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  for (const phase of phases) least = Math.min(least, phase);
  return phases.map((phase) => phase - least);
}

function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { p50: 0, p99: 0, max: 0 };
  const sorted = Float64Array.from(values).sort();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? 0 };
}
