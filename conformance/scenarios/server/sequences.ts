/** Scenarios of plain sequences: whole ones, resumed ones, the far end. */

import type { ServerScenario } from '../../scenario.ts';
import { driveCase, marginItems, needSession, SAFE_ITEMS } from './drive.ts';

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
