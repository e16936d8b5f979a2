/**
 * The real clock and real randomness, for the composition roots of programs. Nothing else imports this.
 */
import { randomBytes } from 'node:crypto';
import { AlarmWheel, WheelAlarm } from './alarm-wheel.ts';
import type { Alarm, Clock } from './clock.ts';
import type { Random } from './random.ts';

/** setTimeout takes a longer delay for 1 ms; a wake-up with nothing due simply arms again. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** Every alarm of a process shares one timer: 10,000 sessions wake the loop at most once a millisecond. */
class SystemClock implements Clock {
  readonly #alarms = new AlarmWheel(performance.now());
  #timer: NodeJS.Timeout | undefined;
  /** When the armed timer is due, infinite when none is armed. */
  #wakeMs = Number.POSITIVE_INFINITY;

  now(): number {
    return performance.now();
  }

  alarm(atMs: number, ring: () => void): Alarm {
    const alarm = new SystemAlarm(this, ring);
    this.set(alarm, atMs);
    return alarm;
  }

  set(alarm: WheelAlarm, atMs: number): void {
    this.#alarms.set(alarm, atMs);
    if (atMs < this.#wakeMs) this.#arm();
  }

  cancel(alarm: WheelAlarm): void {
    this.#alarms.remove(alarm);
    if (this.#alarms.size === 0) this.#disarm();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wakeMs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#disarm();
    const nextMs = this.#alarms.nextMs();
    if (nextMs === undefined) return;
    const now = this.now();
    const delayMs = Math.min(Math.max(Math.ceil(nextMs - now), 1), LONGEST_TIMEOUT_MS);
    this.#wakeMs = now + delayMs;
    this.#timer = setTimeout(() => this.#ringDue(), delayMs);
  }

  #ringDue(): void {
    this.#wakeMs = Number.NEGATIVE_INFINITY;
    try {
      this.#alarms.ringDue(this.now());
    } finally {
      this.#arm();
    }
  }
}

/** One object for the wheel and for whoever has set it. */
class SystemAlarm extends WheelAlarm implements Alarm {
  readonly #clock: SystemClock;

  constructor(clock: SystemClock, ring: () => void) {
    super(ring);
    this.#clock = clock;
  }

  cancel(): void {
    this.#clock.cancel(this);
  }

  move(atMs: number): void {
    this.#clock.set(this, atMs);
  }
}

/** Monotonic milliseconds since the process began; alarms ring up to about a millisecond late, never early. */
export function systemClock(): Clock {
  return new SystemClock();
}

/** Math.random for jitter, the operating system's generator for bytes. */
export function systemRandom(): Random {
  return { uniform: () => Math.random(), bytes: (count) => randomBytes(count) };
}
