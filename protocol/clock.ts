/**
 * Time as it is injected: monotonic milliseconds and alarms. Only a program's main uses the real one.
 */

export interface Alarm {
  /** No effect once it has fired. */
  cancel(): void;
  /**
   * Rings at this time instead, also when it has rung or has been cancelled: the same as cancelling it and setting another
   * one, from a clock to whom that is cheaper.
   */
  move?(atMs: number): void;
}

export interface Clock {
  /** Monotonic milliseconds, fractional, from an arbitrary origin. */
  now(): number;
  /** Calls back once, at `atMs` on this clock or as soon after it as can be. */
  alarm(atMs: number, ring: () => void): Alarm;
}
