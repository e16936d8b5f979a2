/**
 * A clock that moves only when told, so that hours of protocol run in microseconds.
 */
import { setImmediate } from 'node:timers/promises';
import { AlarmHeap } from '../alarm-heap.ts';
import type { Alarm, Clock } from '../clock.ts';

export class FakeClock implements Clock {
  readonly #alarms = new AlarmHeap();
  #nowMs: number;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  alarm(atMs: number, ring: () => void): Alarm {
    const alarm = this.#alarms.add(atMs, ring);
    return { cancel: () => this.#alarms.remove(alarm) };
  }

  /** Alarms that are set and have not rung. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** When the next alarm rings, or undefined when none is set. */
  get nextAlarmMs(): number | undefined {
    return this.#alarms.peek()?.atMs;
  }

  /** Moves on by `ms`, ringing what falls due in order, each at its own time. */
  advance(ms: number): void {
    this.advanceTo(this.#nowMs + ms);
  }

  /** Moves to `ms`; a time in the past rings only what is due now. */
  advanceTo(ms: number): void {
    while (this.#ringOne(ms));
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  /** As advance, and lets promises and I/O callbacks run before the first and after each alarm. */
  async advanceAsync(ms: number): Promise<void> {
    const target = this.#nowMs + ms;
    do await setImmediate();
    while (this.#ringOne(target));
    this.#nowMs = Math.max(this.#nowMs, target);
    await setImmediate();
  }

  /** Rings the earliest alarm due by `ms`; says whether there was one. */
  #ringOne(ms: number): boolean {
    const due = this.#alarms.peek();
    if (due === undefined || due.atMs > ms) return false;
    this.#alarms.remove(due);
    this.#nowMs = Math.max(this.#nowMs, due.atMs);
    due.ring();
    return true;
  }
}
