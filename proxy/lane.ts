/**
 * One direction of one connection: bytes wait here until every fault lets them pass. Sans-I/O: time, source and sink are
 * given. What waits is bounded: beyond that the source is paused, and so its sender.
 */
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { Direction, Effect, Strike } from './fault.ts';
import { MessageCounter } from './grpc-messages.ts';
import type { Passed, Rule } from './rule.ts';

/** How a stream ends: in order, or by a reset that overtakes what waits. */
export type End = 'fin' | 'rst';

export interface LaneOptions {
  readonly direction: Direction;
  readonly clock: Clock;
  /** Bytes that may wait. */
  readonly bufferBytes: number;
  /** @returns whether the sink wants more; when not, `drained` says when it does */
  readonly write: (bytes: Uint8Array) => boolean;
  readonly end: (end: End) => void;
  /** Whether the source is to be read. */
  readonly flow: (isOpen: boolean) => void;
  /** A fault ends the connection. */
  readonly strike: (strike: Strike, rule: Rule) => void;
}

interface Chunk {
  bytes: Uint8Array;
  readonly dueMs: number;
}

interface Ending {
  readonly end: End;
  readonly arrivedMs: number;
  readonly dueMs: number;
}

const FOREVER = Number.POSITIVE_INFINITY;

export class Lane {
  readonly #options: LaneOptions;
  readonly #counter: MessageCounter;
  readonly #chunks: Chunk[] = [];
  #rules: Rule[] = [];
  #ending: Ending | undefined;
  #waiting = 0;
  #bytes = 0;
  #latestDueMs = 0;
  #isBlocked = false;
  #isHeld = false;
  #isFlowing = true;
  #isOver = false;
  #alarm: Alarm | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#counter = new MessageCounter(options.direction === 'up');
  }

  get passed(): Passed {
    return { bytes: this.#bytes, messages: this.#counter.messages };
  }

  /** Bytes that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Nothing may pass now, whatever comes. */
  get isShut(): boolean {
    const now = this.#options.clock.now();
    this.#updateRules(now);
    return this.#isHeld || this.#opensAtMs() === FOREVER;
  }

  /** Held or let go by hand. */
  set isHeld(isHeld: boolean) {
    this.#isHeld = isHeld;
    this.#pump();
  }

  add(rule: Rule): void {
    if (this.#isOver) return;
    this.#rules.push(rule);
    this.#pump();
  }

  /** Bytes of the source. They are kept, not copied. */
  push(bytes: Uint8Array): void {
    if (this.#isOver || this.#ending !== undefined) return;
    this.#chunks.push({ bytes, dueMs: this.#dueMs() });
    this.#waiting += bytes.length;
    this.#pump();
  }

  /** The source has ended. */
  pushEnd(end: End): void {
    if (this.#isOver || this.#ending?.end === 'rst' || this.#ending?.end === end) return;
    if (end === 'rst') this.#forget();
    this.#ending = { end, arrivedMs: this.#options.clock.now(), dueMs: this.#dueMs() };
    this.#pump();
  }

  /** The sink wants more. */
  drained(): void {
    this.#isBlocked = false;
    this.#pump();
  }

  /** Nothing passes any more, and nobody is told. What still comes is dropped. */
  stop(): void {
    this.#isOver = true;
    this.#forget();
    this.#alarm?.cancel();
    this.#rules = [];
    this.#setFlow();
  }

  #forget(): void {
    this.#chunks.length = 0;
    this.#waiting = 0;
  }

  #dueMs(): number {
    const now = this.#options.clock.now();
    this.#updateRules(now);
    const delayMs = this.#effects().reduce((all, { delayMs }) => all + (delayMs?.() ?? 0), 0);
    // In order: jitter never lets a byte overtake another one.
    this.#latestDueMs = Math.max(this.#latestDueMs, now + delayMs);
    return this.#latestDueMs;
  }

  #effects(): Effect[] {
    return this.#rules.flatMap(({ effect }) => effect ?? []);
  }

  #updateRules(now: number): void {
    for (const rule of this.#rules) rule.update(now, this.passed);
    if (this.#rules.some(({ isOver }) => isOver)) this.#rules = this.#rules.filter(({ isOver }) => !isOver);
  }

  #opensAtMs(): number {
    return Math.max(0, ...this.#effects().map(({ opensAtMs }) => opensAtMs?.() ?? 0));
  }

  /** Lets pass what may pass now, and sets the alarm for the rest. */
  #pump(): void {
    if (this.#isOver) return;
    const now = this.#options.clock.now();
    let nextMs = FOREVER;
    for (let isMoving = true; isMoving; ) {
      this.#updateRules(now);
      if (this.#isStruck(now)) return;
      const step = this.#step(now);
      isMoving = step === 'moved';
      if (typeof step === 'number') nextMs = step;
      // The sink may have ended it all.
      if (this.#isOver) return;
    }
    this.#setFlow();
    this.#setAlarm(nextMs);
  }

  #isStruck(now: number): boolean {
    for (const rule of this.#rules) {
      const strike = rule.effect?.strike?.();
      if (strike === undefined || strike.atMs > now) continue;
      this.#options.strike(strike, rule);
      return true;
    }
    return false;
  }

  /** @returns when the next step can be taken, if time is all that it takes */
  #step(now: number): 'moved' | 'waits' | number {
    const chunk = this.#chunks[0];
    if (this.#isHeld) return 'waits';
    const opensAtMs = this.#opensAtMs();
    if (chunk === undefined) return this.#stepToEnd(now, opensAtMs);
    const atMs = Math.max(chunk.dueMs, opensAtMs);
    if (atMs > now) return atMs;
    if (this.#isBlocked) return 'waits';
    this.#passSome(chunk, now);
    return 'moved';
  }

  #stepToEnd(now: number, opensAtMs: number): 'waits' | number {
    const ending = this.#ending;
    if (ending === undefined) return 'waits';
    const keptMs = Math.max(0, ...this.#effects().map(({ closeDelayMs }) => closeDelayMs ?? 0));
    const atMs = Math.max(ending.dueMs, opensAtMs, ending.arrivedMs + keptMs);
    if (atMs > now) return atMs;
    this.stop();
    this.#options.end(ending.end);
    return 'waits';
  }

  #passSome(chunk: Chunk, now: number): void {
    const effects = this.#effects();
    const before = this.#rules.map((rule) => rule.roomBefore(this.passed));
    const room = Math.min(
      chunk.bytes.length,
      ...effects.map((effect) => effect.room?.(now) ?? FOREVER),
      ...before.map(({ bytes }) => bytes),
    );
    const messages = Math.min(...before.map(({ messages: some }) => some), FOREVER);
    const taken = this.#counter.take(chunk.bytes.subarray(0, room), this.#counter.messages + messages);
    const piece = chunk.bytes.subarray(0, taken);
    if (taken === chunk.bytes.length) this.#chunks.shift();
    else chunk.bytes = chunk.bytes.subarray(taken);
    this.#waiting -= taken;
    this.#bytes += taken;
    for (const { passed } of effects) passed?.(taken, now);
    this.#isBlocked = !this.#options.write(piece);
  }

  #setFlow(): void {
    const isFull = this.#waiting >= this.#options.bufferBytes || (this.#isBlocked && this.#waiting > 0);
    const isFlowing = this.#isOver || !isFull;
    if (isFlowing === this.#isFlowing) return;
    this.#isFlowing = isFlowing;
    this.#options.flow(isFlowing);
  }

  #setAlarm(nextMs: number): void {
    this.#alarm?.cancel();
    const strikes = this.#effects().map(({ strike }) => strike?.()?.atMs ?? FOREVER);
    const atMs = Math.min(nextMs, ...strikes, ...this.#rules.map(({ changeMs }) => changeMs));
    this.#alarm = atMs === FOREVER ? undefined : this.#options.clock.alarm(atMs, () => this.#pump());
  }
}
