/**
 * Alarms by the millisecond at which they are due: setting, moving and ringing one costs the same whatever their number,
 * where a heap of 10,000 leads through a dozen levels of memory that no cache holds. Alarms of one millisecond ring in the
 * order in which they were set. What lies further ahead than a turn of the wheel waits in a heap.
 */
import { AlarmHeap, type HeapAlarm } from './alarm-heap.ts';

/** Milliseconds of one turn; a power of two. */
const SLOTS = 2_048;

/** One entry, made by whoever sets it. Its fields but `ring` belong to the wheel. */
export class WheelAlarm {
  readonly ring: () => void;
  /** The millisecond at which it rings while it is in a slot, else -1. */
  tick = -1;
  before: WheelAlarm | undefined = undefined;
  after: WheelAlarm | undefined = undefined;
  /** While it is further ahead. */
  far: HeapAlarm | undefined = undefined;

  constructor(ring: () => void) {
    this.ring = ring;
  }
}

export class AlarmWheel {
  readonly #heads: (WheelAlarm | undefined)[] = Array.from({ length: SLOTS });
  readonly #tails: (WheelAlarm | undefined)[] = Array.from({ length: SLOTS });
  readonly #far = new AlarmHeap();
  #near = 0;
  /** This millisecond and all before have been rung. */
  #tick: number;

  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs);
  }

  get size(): number {
    return this.#near + this.#far.size;
  }

  /** Sets an alarm, also one that is set for another time or has rung; nothing new is made. */
  set(alarm: WheelAlarm, atMs: number): void {
    this.remove(alarm);
    this.#insert(alarm, atMs);
  }

  /** No effect for an alarm that has rung or has been removed. */
  remove(alarm: WheelAlarm): void {
    if (alarm.far !== undefined) {
      this.#far.remove(alarm.far);
      alarm.far = undefined;
    }
    if (alarm.tick < 0) return;
    const slot = alarm.tick % SLOTS;
    const { before, after } = alarm;
    if (before === undefined) this.#heads[slot] = after;
    else before.after = after;
    if (after === undefined) this.#tails[slot] = before;
    else after.before = before;
    alarm.before = undefined;
    alarm.after = undefined;
    alarm.tick = -1;
    this.#near--;
  }

  /** When the next alarm rings, whole milliseconds, undefined when there is none. */
  nextMs(): number | undefined {
    const farMs = this.#far.peek()?.atMs;
    const far = farMs === undefined ? undefined : Math.max(Math.ceil(farMs), this.#tick + 1);
    if (this.#near === 0) return far;
    let tick = this.#tick + 1;
    while (this.#heads[tick % SLOTS] === undefined) tick++;
    return far === undefined ? tick : Math.min(tick, far);
  }

  /** Rings what is due at `nowMs`, in order. What a ring sets is due a millisecond later at the earliest. */
  ringDue(nowMs: number): void {
    const untilTick = Math.floor(nowMs);
    while (this.#tick < untilTick) {
      const next = this.nextMs();
      if (next === undefined || next > untilTick) break;
      this.#tick = next;
      try {
        this.#ringFar(next);
        this.#ringSlot(next % SLOTS);
      } catch (error) {
        // The others of this millisecond ring the next time.
        this.#tick = next - 1;
        throw error;
      }
    }
    this.#tick = Math.max(this.#tick, untilTick);
  }

  #ringFar(tick: number): void {
    for (let due = this.#far.peek(); due !== undefined && due.atMs <= tick; due = this.#far.peek()) {
      this.#far.remove(due);
      due.ring();
    }
  }

  #ringSlot(slot: number): void {
    for (let due = this.#heads[slot]; due !== undefined && due.tick <= this.#tick; due = this.#heads[slot]) {
      this.remove(due);
      due.ring();
    }
  }

  #insert(alarm: WheelAlarm, atMs: number): void {
    const tick = Math.max(Math.ceil(atMs), this.#tick + 1);
    if (tick > this.#tick + SLOTS) {
      alarm.far = this.#far.add(tick, () => {
        alarm.far = undefined;
        alarm.ring();
      });
      return;
    }
    const slot = tick % SLOTS;
    const last = this.#tails[slot];
    alarm.tick = tick;
    alarm.before = last;
    if (last === undefined) this.#heads[slot] = alarm;
    else last.after = alarm;
    this.#tails[slot] = alarm;
    this.#near++;
  }
}
