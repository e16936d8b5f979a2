/**
 * Virtual time, the processes that live in it, and the first promise that is broken. One heap of events; no promise,
 * no real clock, no randomness but that of the schedule's seed.
 */
import { AlarmHeap, type HeapAlarm } from '../protocol/alarm-heap.ts';
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { Random } from '../protocol/random.ts';
import { seededRandom } from '../protocol/testing/seeded-random.ts';
import type { Schedule } from './schedule.ts';

/** A broken promise. */
export interface Violation {
  /** Name of the invariant. */
  readonly invariant: string;
  readonly detail: string;
  readonly atMs: number;
}

export class World {
  readonly schedule: Schedule;
  /** Latencies and choices of the network. */
  readonly chance: Random;
  /** Takes a line for each thing that happens; undefined at full speed, so that no line is made for nobody. */
  readonly trace: ((line: string) => void) | undefined;
  readonly #queue = new AlarmHeap();
  nowMs = 0;
  /** Events that have happened. */
  steps = 0;
  violation: Violation | undefined;
  /** When the last fault is over, as far as it is known. */
  troubledUntilMs = 0;
  #processes = 0;

  constructor(schedule: Schedule, trace?: (line: string) => void) {
    this.schedule = schedule;
    this.chance = seededRandom(schedule.seed);
    this.trace = trace && ((line) => trace(`${this.nowMs.toFixed(3).padStart(11)}  ${line}`));
  }

  /** `run` happens at `atMs` of virtual time, after everything that was set for that time before. */
  at(atMs: number, run: () => void): HeapAlarm {
    return this.#queue.add(atMs < this.nowMs ? this.nowMs : atMs, run);
  }

  cancel(entry: HeapAlarm): void {
    this.#queue.remove(entry);
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.#queue.size;
  }

  /** Lets everything happen up to `untilMs`, or until `isOver` or a violation. */
  run(untilMs: number, isOver: () => boolean): void {
    while (this.violation === undefined && !isOver()) {
      const next = this.#queue.peek();
      if (next === undefined || next.atMs > untilMs) return;
      this.#queue.remove(next);
      this.nowMs = next.atMs;
      this.steps++;
      next.ring();
    }
  }

  /** A fault works until then. */
  trouble(untilMs: number): void {
    if (untilMs > this.troubledUntilMs) this.troubledUntilMs = untilMs;
  }

  /** The first one counts: what follows may be its consequence. */
  violate(invariant: string, detail: string): void {
    if (this.violation !== undefined) return;
    this.violation = { invariant, detail, atMs: this.nowMs };
    this.trace?.(`VIOLATION of ${invariant}: ${detail}`);
  }

  /** A process with a clock of its own: another origin, and a rate that is a little off. */
  process(name: string): Process {
    this.#processes++;
    const { seed, skewPermille } = this.schedule;
    const random = seededRandom(seed + 7_919 * this.#processes);
    const rate = 1 + (skewPermille / 1_000) * (2 * random.uniform() - 1);
    return new Process(this, name, random, rate, 1_000_000 * random.uniform());
  }
}

/** One life of a program: it can be stopped, and it can die. Afterwards nothing that it set or awaits happens. */
export class Process implements Clock {
  readonly name: string;
  readonly random: Random;
  isAlive = true;
  /** Time of the world until which it is stopped. */
  pausedUntilMs = 0;
  readonly #world: World;
  readonly #rate: number;
  readonly #originMs: number;
  /** What has arrived while it was stopped. */
  readonly #unread: Gate;
  /** Time that a ring has shown: rounding must not take it back. */
  #shownMs = 0;

  constructor(world: World, name: string, random: Random, rate: number, originMs: number) {
    this.#world = world;
    this.name = name;
    this.random = random;
    this.#rate = rate;
    this.#originMs = originMs;
    this.#unread = new Gate(world, () => this.#readsMs);
  }

  now(): number {
    const ms = this.#originMs + this.#world.nowMs * this.#rate;
    return ms > this.#shownMs ? ms : this.#shownMs;
  }

  alarm(atMs: number, ring: () => void): Alarm {
    const { lagMs } = this.#world.schedule;
    const lateMs = lagMs === 0 ? 0 : lagMs * this.random.uniform();
    return new ProcessAlarm(this.#world, this, atMs, (atMs - this.#originMs) / this.#rate + lateMs, ring);
  }

  /** An alarm rings: the clock shows its time at least. */
  show(atMs: number): void {
    if (atMs > this.#shownMs) this.#shownMs = atMs;
  }

  /** Something arrives: it is seen now, when the process wakes up, or never. What arrived before it is seen before it. */
  receive(run: () => void): void {
    this.#unread.pass(() => {
      if (this.isAlive) run();
    });
  }

  /** When it reads what has arrived. */
  get #readsMs(): number {
    if (this.pausedUntilMs === 0) return 0;
    return this.pausedUntilMs + (this.#world.schedule.readsFirst === 1 ? 0 : WAKE_STEP_MS);
  }
}

/** A way that is shut at times: what comes then goes on in its order as soon as it is open, if it ever is. */
export class Gate {
  readonly #world: World;
  readonly #opensMs: () => number;
  readonly #waiting: (() => void)[] = [];

  /** `opensMs`: time of the world until which it is shut, as known at the moment. */
  constructor(world: World, opensMs: () => number) {
    this.#world = world;
    this.#opensMs = opensMs;
  }

  pass(run: () => void): void {
    if (this.#waiting.length === 0 && this.#opensMs() <= this.#world.nowMs) run();
    else if (this.#waiting.push(run) === 1) this.#openLater();
  }

  #openLater(): void {
    const opensMs = this.#opensMs();
    if (opensMs === Number.POSITIVE_INFINITY) return;
    this.#world.at(opensMs, () => {
      if (this.#opensMs() > this.#world.nowMs) this.#openLater();
      else for (const run of this.#waiting.splice(0)) run();
    });
  }
}

/** Between what a process that wakes up does first and what it does next. */
const WAKE_STEP_MS = 0.01;

class ProcessAlarm implements Alarm {
  readonly #world: World;
  readonly #process: Process;
  readonly #atMs: number;
  readonly #ring: () => void;
  #entry: HeapAlarm;

  constructor(world: World, process: Process, atMs: number, worldMs: number, ring: () => void) {
    this.#world = world;
    this.#process = process;
    this.#atMs = atMs;
    this.#ring = ring;
    this.#entry = world.at(worldMs, () => this.#due());
  }

  cancel(): void {
    this.#world.cancel(this.#entry);
  }

  #due(): void {
    const process = this.#process;
    if (!process.isAlive) return;
    if (process.pausedUntilMs > this.#world.nowMs) {
      const laterMs = this.#world.schedule.readsFirst === 1 ? WAKE_STEP_MS : 0;
      this.#entry = this.#world.at(process.pausedUntilMs + laterMs, () => this.#due());
      return;
    }
    process.show(this.#atMs);
    this.#ring();
  }
}
