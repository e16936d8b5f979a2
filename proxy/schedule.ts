/**
 * When a fault is on: from `at` on, for a while, again every so often.
 */
export interface ScheduleOptions {
  /** Milliseconds after the origin. */
  readonly atMs: number;
  /** Length of a window; absent = until the next one, or for ever. */
  readonly forMs?: number | undefined;
  /** From the beginning of a window to that of the next; absent = one window. */
  readonly everyMs?: number | undefined;
}

export interface Phase {
  readonly isOn: boolean;
  /** Number of the current or latest window, from 0; -1 before the first. */
  readonly round: number;
  /** When that window began, or will begin. */
  readonly startMs: number;
  /** When that window ends or the next one begins; infinite when nothing changes any more. */
  readonly changeMs: number;
}

/** @param elapsedMs since the origin; all times of the result count from there as well */
export function phaseAt({ atMs, forMs, everyMs }: ScheduleOptions, elapsedMs: number): Phase {
  if (elapsedMs < atMs) return { isOn: false, round: -1, startMs: atMs, changeMs: atMs };
  const round = everyMs === undefined ? 0 : Math.floor((elapsedMs - atMs) / everyMs);
  const startMs = atMs + round * (everyMs ?? 0);
  const nextMs = everyMs === undefined ? Number.POSITIVE_INFINITY : startMs + everyMs;
  const endMs = Math.min(nextMs, startMs + (forMs ?? Number.POSITIVE_INFINITY));
  const isOn = elapsedMs < endMs;
  return { isOn, round, startMs, changeMs: isOn ? endMs : nextMs };
}
