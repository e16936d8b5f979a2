/**
 * Schedules as fast-check draws them, and the smallest one that breaks the same promise.
 */
import fc from 'fast-check';
import type { Plant } from './bugs/plant.ts';
import { runSchedule } from './run.ts';
import { FAULT_KINDS, FAULT_RANGES, type Fault, MAX_FAULTS, RANGES, type Schedule, type Settings } from './schedule.ts';

/** Nobody waits longer for a smaller one. */
const SHRINK_MS = 20_000;

function integers<Ranges extends Readonly<Record<string, readonly [number, number]>>>(
  ranges: Ranges,
): { [Name in keyof Ranges]: fc.Arbitrary<number> } {
  const entries = Object.entries(ranges).map(([name, [min, max]]) => [name, fc.integer({ min, max })]);
  return Object.fromEntries(entries);
}

const faults: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(...FAULT_KINDS),
  ...integers(FAULT_RANGES),
});

const settings: fc.Arbitrary<Settings> = fc.record(integers(RANGES));

/** Any schedule. Smaller means: fewer faults, earlier, shorter, and a plainer world. */
export const schedules: fc.Arbitrary<Schedule> = fc.tuple(settings, fc.array(faults, { maxLength: MAX_FAULTS })).map(
  ([plain, list]): Schedule => ({ ...plain, faults: list }),
  (schedule) => {
    const { faults: list, ...plain } = schedule as Schedule;
    return [plain, [...list]] as [Settings, Fault[]];
  },
);

/** @returns the smallest schedule found that breaks the same promise as this one, perhaps itself */
export function shrinkSchedule(schedule: Schedule, plant: Plant = {}): Schedule {
  const broken = runSchedule(schedule, { plant }).violation?.invariant;
  const isKept = (candidate: Schedule): boolean => runSchedule(candidate, { plant }).violation?.invariant !== broken;
  const { counterexample } = fc.check(fc.property(schedules, isKept), {
    examples: [[schedule]],
    numRuns: 1,
    interruptAfterTimeLimit: SHRINK_MS,
  });
  return counterexample?.[0] ?? schedule;
}
