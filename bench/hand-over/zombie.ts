/**
 * Part two: a server is stopped, its sessions move to another one, then it is continued: a zombie that still believes that
 * it holds them. What it does is read from the records themselves.
 *
 * Server A is stopped while FINAL is all that it has left to send, the moment at which it would delete. Half of the
 * sessions are then streaming from B when A wakes up, the others wait detached, so that nothing but A could touch them.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { itemsOf } from '../../conformance/oracle/pcg32.ts';
import { Caller, type Stream } from '../../reference-server/testing/caller.ts';
import { startServer } from '../../reference-server/testing/server-process.ts';
import { type Snapshot, seedOf, snapshot } from './records.ts';

export interface ZombieOptions {
  readonly redisPort: number;
  readonly sessions: number;
}

export interface ZombieReport {
  readonly isDetached: boolean;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly clientId: string;
  /** What the time to live had to be afterwards, minus what it was; undefined where B renews it. */
  readonly driftMs: number | undefined;
  /** Items and FINAL that A sent after it was continued. */
  readonly zombieItems: number;
  /** How A ended its stream, by registry code. */
  readonly zombieEnd: string | undefined;
  /** The other connection got every item, with the predicted values. */
  readonly isComplete: boolean;
  /** What is wrong; empty when nothing is. */
  readonly faults: readonly string[];
}

const COUNT = 12;
const INTERVAL_MS = 300;
/** R of the specification: the zombie has found out by then. */
const RENEWAL_MS = 1_000;
const RETENTION_MS = 30_000;
/** Two readings of a time to live, each on its own connection. */
const DRIFT_LIMIT_MS = 50;
const TAKEN_OVER = '105';

export async function wakeZombie({ redisPort, sessions }: ZombieOptions): Promise<readonly ZombieReport[]> {
  const store = `redis://127.0.0.1:${redisPort}`;
  const flags = ['--port', '0', '--interval', `${INTERVAL_MS}ms`, '--retention', `${RETENTION_MS}ms`, '--store', store];
  const [a, b] = await Promise.all([startServer(flags), startServer(flags)]);
  const cases = Array.from({ length: sessions }, (_session, k) => new Case(a.port, b.port, redisPort, k % 2 === 0));
  try {
    await Promise.all(cases.map((one) => one.startOnA()));
    a.process.kill('SIGSTOP');
    await Promise.all(cases.map((one) => one.moveToB()));
    await Promise.all(cases.map((one) => one.readBefore()));
    a.process.kill('SIGCONT');
    await sleep(RENEWAL_MS + 500);
    await Promise.all(cases.map((one) => one.readAfter()));
    return await Promise.all(cases.map((one) => one.report()));
  } finally {
    for (const one of cases) one.close();
    await Promise.all([a.kill(), b.kill()]);
  }
}

class Case {
  readonly #clientId = randomUUID();
  readonly #redisPort: number;
  readonly #isDetached: boolean;
  readonly #onA: Caller;
  readonly #onB: Caller;
  #seed = 0n;
  #old: Stream | undefined;
  #new: Stream | undefined;
  #sentBefore = 0;
  #before: Snapshot | undefined;
  #after: Snapshot | undefined;

  constructor(portA: number, portB: number, redisPort: number, isDetached: boolean) {
    this.#redisPort = redisPort;
    this.#isDetached = isDetached;
    this.#onA = new Caller(`127.0.0.1:${portA}`);
    this.#onB = new Caller(`127.0.0.1:${portB}`);
  }

  /** Until A has nothing left to send but FINAL. */
  async startOnA(): Promise<void> {
    this.#old = this.#onA.open({ statefulStart: { clientId: this.#clientId, n: COUNT, attempt: 1 } });
    await this.#old.received(1 + COUNT - 1);
    this.#seed = await seedOf(this.#redisPort, this.#clientId);
  }

  async moveToB(): Promise<void> {
    this.#sentBefore = this.#stream(this.#old).messages.length;
    this.#new = await this.#resume(0, 2).received(3);
    if (!this.#isDetached) return;
    this.#new.cancel();
    await this.#new.ended;
    // B hears of it and starts the retention.
    await sleep(200);
  }

  async readBefore(): Promise<void> {
    this.#before = await snapshot(this.#redisPort, this.#clientId);
  }

  async readAfter(): Promise<void> {
    this.#after = await snapshot(this.#redisPort, this.#clientId);
  }

  async report(): Promise<ZombieReport> {
    const [before, after] = [this.#before, this.#after];
    if (before === undefined || after === undefined) throw new Error('the records have not been read');
    const old = this.#stream(this.#old);
    const first = this.#stream(this.#new);
    const rest = this.#isDetached ? this.#resume(first.numbers.length, 3) : first;
    await rest.ended;
    const numbers = this.#isDetached ? [...first.numbers, ...rest.numbers] : rest.numbers;
    const isComplete = JSON.stringify(numbers) === JSON.stringify(itemsOf(this.#seed, COUNT));
    const ended = await Promise.race([old.ended, sleep(0)]);
    const driftMs = this.#isDetached ? before.ttlMs - (after.atMs - before.atMs) - after.ttlMs : undefined;
    const seen = {
      clientId: this.#clientId,
      isDetached: this.#isDetached,
      before,
      after,
      driftMs: driftMs === undefined ? undefined : Math.abs(driftMs),
      zombieItems: old.messages.length - this.#sentBefore,
      zombieEnd: ended?.code,
      isComplete,
    };
    return { ...seen, faults: faultsOf(seen) };
  }

  close(): void {
    this.#onA.close();
    this.#onB.close();
  }

  #resume(nextIndex: number, attempt: number): Stream {
    const { resumeKey } = this.#stream(this.#old);
    return this.#onB.open({ statefulResume: { clientId: this.#clientId, nextIndex, resumeKey, attempt } });
  }

  #stream(stream: Stream | undefined): Stream {
    if (stream === undefined) throw new Error('the stream has not been opened');
    return stream;
  }
}

function faultsOf(seen: Omit<ZombieReport, 'faults'>): string[] {
  const { before, after, driftMs, zombieItems, zombieEnd, isComplete } = seen;
  const faults: string[] = [];
  if (after.ttlMs < 0) faults.push('the record has been deleted');
  if (JSON.stringify(before.fields) !== JSON.stringify(after.fields)) faults.push('the record has been changed');
  if (driftMs !== undefined && driftMs > DRIFT_LIMIT_MS)
    faults.push(`the time to live has moved by ${driftMs.toFixed(0)} ms`);
  if (zombieItems > 0) faults.push(`a second stream has sent ${zombieItems} messages`);
  if (zombieEnd !== TAKEN_OVER) faults.push(`the stopped server has ended its stream with ${zombieEnd}`);
  if (!isComplete) faults.push('the items that followed are not the predicted ones');
  return faults;
}
