/** Scenarios of plain sequences: whole ones, resumed ones, the far end, and the random schedules of drops. */

import fc from 'fast-check';
import type { ServerScenario } from '../../scenario.ts';
import type { DropKind } from '../../trace.ts';
import {
  CASE_STAGGER_MS,
  type Driver,
  driveCase,
  marginItems,
  needSession,
  resumeRequest,
  startRequest,
} from './drive.ts';

/** Streams that are opened only to see `a`. */
const STARTS = 40;

export const statelessStart: ServerScenario = {
  id: 'stateless-start',
  title: 'stateless sequences from the beginning, with ratio absent, 2 and 3',
  side: 'server',
  profiles: ['stateless'],
  estimateMs: ({ description }) => 6 * description.intervalMs,
  run: (context) =>
    Promise.all([
      ...[undefined, 2, 3].map((ratio) =>
        driveCase(context, 'stateless-start', `ratio-${ratio ?? 'absent'}`, { ratio: ratio ?? 2 }, async (driver) => {
          const call = await driver.open('start', {
            kind: 'stateless-start',
            ...(ratio === undefined ? {} : { ratio }),
          });
          await driver.take(call, 6);
          call.drop('cancel');
        }),
      ),
      driveCase(context, 'stateless-start', 'draws', { starts: STARTS }, async (driver) => {
        for (let i = 0; i < STARTS; i++) {
          const call = await driver.open(`draw ${i}`, { kind: 'stateless-start' });
          call.drop('cancel');
        }
      }),
    ]),
};

/** Around the sizes at which numbers of other widths break: 31, 32, 53, 54 and 64 bits, and a large one. */
const RESUME_POINTS = [
  { a: 1, ratio: 2, nextIndex: 0 },
  { a: 255, ratio: 2, nextIndex: 0 },
  { a: 23, ratio: 2, nextIndex: 26 },
  { a: 1, ratio: 2, nextIndex: 30 },
  { a: 1, ratio: 2, nextIndex: 52 },
  { a: 255, ratio: 2, nextIndex: 55 },
  { a: 7, ratio: 3, nextIndex: 33 },
  { a: 1, ratio: 2, nextIndex: 63 },
  { a: 200, ratio: 3, nextIndex: 1000 },
] as const;

export const statelessResume: ServerScenario = {
  id: 'stateless-resume',
  title: 'stateless sequences resumed after drops, and at points that this server has never served',
  side: 'server',
  profiles: ['stateless'],
  estimateMs: ({ description }) => 4 * description.intervalMs,
  run: (context) =>
    Promise.all([
      ...[2, 3].map((ratio) =>
        driveCase(context, 'stateless-resume', `drop-${ratio}`, {}, async (driver) => {
          const first = await driver.open('start', { kind: 'stateless-start', ratio });
          await driver.take(first, 2);
          first.drop('rst');
          const sequence = first.opened?.sequence;
          if (sequence?.profile !== 'stateless') return;
          const again = await driver.open('resume', {
            kind: 'stateless-resume',
            a: sequence.a,
            nextIndex: 2,
            ratio: sequence.ratio,
          });
          await driver.take(again, 3);
          again.drop('cancel');
        }),
      ),
      ...RESUME_POINTS.map((point) =>
        driveCase(
          context,
          'stateless-resume',
          `at-${point.a}-${point.ratio}-${point.nextIndex}`,
          {},
          async (driver) => {
            const call = await driver.open('resume', { kind: 'stateless-resume', ...point });
            await driver.take(call, 3);
            call.drop('cancel');
          },
        ),
      ),
    ]),
};

export const statelessFarEnd: ServerScenario = {
  id: 'stateless-far-end',
  title: 'the last two items of the longest stateless sequences, and the end behind them',
  side: 'server',
  profiles: ['stateless'],
  estimateMs: ({ description }) => 2 * description.intervalMs,
  run: (context) =>
    Promise.all(
      [2, 3].flatMap((ratio) =>
        [65_533, 65_534].map((nextIndex) =>
          driveCase(context, 'stateless-far-end', `ratio-${ratio}-from-${nextIndex}`, {}, async (driver) => {
            const call = await driver.open('resume', { kind: 'stateless-resume', a: 255, nextIndex, ratio });
            await driver.finish(call, 65_535 - nextIndex);
          }),
        ),
      ),
    ),
};

export const statefulWhole: ServerScenario = {
  id: 'stateful-whole',
  title: 'short stateful sequences without a drop',
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) => 7 * description.intervalMs,
  run: (context) =>
    Promise.all(
      [1, 2, 7].map((n) =>
        driveCase(context, 'stateful-whole', `n-${n}`, { n }, async (driver) => {
          const call = await driver.start('start', { n, attempt: 1 });
          await driver.finish(call, n);
        }),
      ),
    ),
};

/** So many items before the end a drop is safe on a slow machine. */
const SAFE_ITEMS = 4;

/** Far enough to tell sequential reading from a jump. */
const FAR_INSIDE = 40_000;
const LAST_INDEX = 65_534;

export const statefulJump: ServerScenario = {
  id: 'stateful-jump',
  title: 'the longest stateful sequence, read from its beginning, from far inside and at its end; rewound as well',
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) => 11 * description.intervalMs,
  run: async (context) => [
    await driveCase(context, 'stateful-jump', 'longest', { n: 65_535 }, async (driver) => {
      const first = await driver.start('start', { n: 65_535, attempt: 1 });
      await driver.take(first, 5);
      first.drop('cancel');
      const session = needSession(first);
      let attempt = session.attempt;
      const nearEnd = LAST_INDEX - marginItems(context, SAFE_ITEMS);
      for (const nextIndex of [FAR_INSIDE, nearEnd, 1]) {
        const call = await driver.resume(`resume at ${nextIndex}`, session, nextIndex, ++attempt);
        await driver.take(call, 2);
        call.drop('cancel');
      }
      const last = await driver.resume('resume at the end', session, LAST_INDEX, ++attempt);
      await driver.finish(last, 1);
    }),
  ],
};

interface Step {
  /** Items that are taken on this connection before it is dropped. */
  readonly take: number;
  readonly how: 'cancel' | 'rst' | 'fin';
  /** Between the drop and the next connection, in parts of the interval. */
  readonly pause: number;
  /** Items that are asked for again although they were received. */
  readonly rewind: number;
}

interface Schedule {
  readonly n: number;
  readonly confirm: boolean;
  readonly steps: readonly Step[];
}

const drops: readonly Exclude<DropKind, 'blackhole'>[] = ['cancel', 'rst', 'fin'];

const scheduleArbitrary: fc.Arbitrary<Schedule> = fc.record({
  n: fc.integer({ min: 1, max: 12 }),
  confirm: fc.boolean(),
  steps: fc.array(
    fc.record({
      take: fc.integer({ min: 0, max: 4 }),
      how: fc.constantFrom(...drops),
      pause: fc.double({ min: 0, max: 0.5, noNaN: true }),
      rewind: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 4 },
  ),
});

/** Random schedules in one run. */
export const SCHEDULES = 40;

export const schedules: ServerScenario = {
  id: 'schedules',
  title: `${SCHEDULES} random schedules of drops, resumed and carried to the end`,
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) => 22 * description.intervalMs,
  run: (context) => {
    const drawn = fc.sample(scheduleArbitrary, { seed: context.seed | 0, numRuns: SCHEDULES });
    return Promise.all(
      drawn
        .map((schedule, index) => ({ schedule, index }))
        .filter(({ index }) => context.replay === undefined || context.replay === index)
        .map(({ schedule, index }) => {
          // Without confirm-final drops keep away from the end, which is further away in items of a fast server.
          const n = schedule.confirm ? schedule.n : schedule.n + marginItems(context, SAFE_ITEMS) - SAFE_ITEMS;
          const facts = {
            n,
            replay: `${context.seed.toString(16)}:${index}`,
            schedule: JSON.stringify(schedule),
          };
          return driveCase(context, 'schedules', `schedule-${index}`, facts, async (driver) => {
            await driver.sleep(index * CASE_STAGGER_MS);
            await follow(driver, { ...schedule, n });
          });
        }),
    );
  },
};

/** Act as a client with this luck. */
async function follow(driver: Driver, schedule: Schedule): Promise<void> {
  const extensions = schedule.confirm ? ['confirm-final'] : [];
  let attempt = 1;
  let call = await driver.open('start', startRequest({ n: schedule.n, attempt, extensions }));
  const session = needSession(call);
  let accepted = 0;
  for (const step of schedule.steps) {
    // Without confirm-final a drop near the end is a matter of luck: the server may have sent FINAL and discarded the session.
    const last = schedule.confirm ? schedule.n - 1 : schedule.n - marginItems(driver.context, SAFE_ITEMS);
    const goal = Math.min(last, accepted + step.take);
    await driver.take(call, goal - nextIndexOf(call));
    accepted = Math.max(accepted, lastIndexOf(call) + 1);
    if (call.over || goal < 0 || accepted > last) break;
    call.drop(step.how);
    await driver.sleep(step.pause * driver.context.description.intervalMs);
    const from = Math.max(0, accepted - step.rewind);
    call = await driver.open('resume', resumeRequest(session, from, ++attempt, extensions));
  }
  await driver.finish(call, schedule.n);
}

function nextIndexOf(call: { readonly opened: { readonly nextIndex: number } | undefined }): number {
  return call.opened?.nextIndex ?? 0;
}

function lastIndexOf(call: { readonly values: readonly { readonly index: number }[] }): number {
  return call.values.at(-1)?.index ?? -1;
}
