/** All planted bugs, and what it takes to find one. */
import { runSchedule } from '../run.ts';
import { drawSchedule, encodeToken } from '../schedule.ts';
import { CLIENT_BUGS } from './client.ts';
import type { Bug } from './plant.ts';
import { SERVER_BUGS } from './server.ts';
import { STORE_BUGS } from './store.ts';

export const BUGS: readonly Bug[] = [...CLIENT_BUGS, ...SERVER_BUGS, ...STORE_BUGS];

export interface Finding {
  readonly bug: Bug;
  /** Schedules that it took, or that were spent in vain. */
  readonly schedules: number;
  /** Name of the invariant that saw it; undefined when none did. */
  readonly invariant: string | undefined;
  readonly detail: string | undefined;
  /** The schedule that showed it. */
  readonly token: string | undefined;
}

/** Runs the schedules of `firstSeed`, `firstSeed + 1`, ... until one breaks a promise, `limit` at most. */
export function hunt(bug: Bug, firstSeed: number, limit: number): Finding {
  for (let schedules = 1; schedules <= limit; schedules++) {
    const schedule = drawSchedule(firstSeed + schedules - 1);
    const { violation } = runSchedule(schedule, { plant: bug.plant });
    if (violation === undefined) continue;
    const { invariant, detail } = violation;
    return { bug, schedules, invariant, detail, token: encodeToken(schedule) };
  }
  return { bug, schedules: limit, invariant: undefined, detail: undefined, token: undefined };
}
