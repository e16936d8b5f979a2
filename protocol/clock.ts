/**
 * Time as it is injected: monotonic milliseconds and alarms. Only a program's main uses the real one.
 */

export interface Alarm {
  /** No effect once it has fired. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds, fractional, from an arbitrary origin. */
  now(): number;
  /** Calls back once, at `atMs` on this clock or as soon after it as can be. */
  alarm(atMs: number, ring: () => void): Alarm;
}
