/** All planted bugs, and what it takes to find one. */
import { runSchedule } from '../run.ts';
import { decodeToken, drawSchedule, encodeToken, type Schedule } from '../schedule.ts';
import { CLIENT_BUGS } from './client.ts';
import type { Bug } from './plant.ts';
import { SERVER_BUGS } from './server.ts';
import { STORE_BUGS } from './store.ts';

export const BUGS: readonly Bug[] = [...CLIENT_BUGS, ...SERVER_BUGS, ...STORE_BUGS];

export interface Finding {
  readonly bug: Bug;
  /** Schedules drawn until one showed it, or in vain. */
  readonly schedules: number;
  /** Whether a drawn schedule showed it, and not the bug's own example. */
  readonly isDrawn: boolean;
  /** Name of the invariant that saw it; undefined when none did. */
  readonly invariant: string | undefined;
  readonly detail: string | undefined;
  /** The schedule that showed it. */
  readonly token: string | undefined;
}

/** Runs the schedules of `firstSeed`, `firstSeed + 1`, ..., `limit` at most, then the example of the bug. */
export function hunt(bug: Bug, firstSeed: number, limit: number): Finding {
  for (let schedules = 1; schedules <= limit; schedules++) {
    const finding = attempt(bug, drawSchedule(firstSeed + schedules - 1), schedules, true);
    if (finding !== undefined) return finding;
  }
  const shown = bug.example === undefined ? undefined : attempt(bug, decodeToken(bug.example), limit, false);
  return shown ?? { bug, schedules: limit, isDrawn: false, invariant: undefined, detail: undefined, token: undefined };
}

function attempt(bug: Bug, schedule: Schedule, schedules: number, isDrawn: boolean): Finding | undefined {
  const { violation } = runSchedule(schedule, { plant: bug.plant });
  if (violation === undefined) return undefined;
  const { invariant, detail } = violation;
  return { bug, schedules, isDrawn, invariant, detail, token: encodeToken(schedule) };
}
