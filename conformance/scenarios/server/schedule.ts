/** What a random schedule is: sessions side by side, each with its drops. Drawn and made smaller by fast-check. */

import fc from 'fast-check';
import { RandomCases } from '../../random.ts';
import type { LinkDrop } from '../../target/dial.ts';

/** Label of a late request in the trace. */
export const GHOST = 'ghost';
/** Note on a stream that the next one takes over. */
export const TAKEN_OVER = 'taken over';

/** When a stream is left. */
export type Until =
  /** So many items have come on it. */
  | { readonly by: 'items'; readonly items: number }
  /** So much of the interval has passed since it was asked for. */
  | { readonly by: 'time'; readonly percent: number }
  /** So many bytes have come on its TCP connection; what comes after them is lost. */
  | { readonly by: 'bytes'; readonly bytes: number };

/**
 * How it is left: the stream alone (`cancel`), the TCP connection with all streams on it, or not at all: the next stream takes over
 * while this one is up.
 */
export type Leave = 'cancel' | 'takeover' | LinkDrop;

/** A request of an earlier attempt that comes late, when the next stream is up. */
export type Ghost = 'none' | 'start' | 'resume';

export interface Step {
  readonly until: Until;
  readonly how: Leave;
  /** Between leaving and the next stream, in parts of the interval. */
  readonly pausePercent: number;
  /** Items that are asked for again although they were received. */
  readonly rewind: number;
  readonly ghost: Ghost;
}

export interface SessionPlan {
  readonly n: number;
  readonly confirm: boolean;
  readonly steps: readonly Step[];
}

export interface Schedule {
  /** The sessions' streams are on one TCP connection where that is possible. */
  readonly shared: boolean;
  readonly sessions: readonly SessionPlan[];
}

const linkDrops = ['fin', 'rst', 'blackhole'] as const;

const common = {
  pausePercent: fc.integer({ min: 0, max: 50 }),
  rewind: fc.integer({ min: 0, max: 2 }),
  ghost: fc.constantFrom<Ghost>('none', 'none', 'start', 'resume'),
};

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    until: fc.oneof(
      fc.record({ by: fc.constant('items' as const), items: fc.integer({ min: 0, max: 4 }) }),
      fc.record({ by: fc.constant('time' as const), percent: fc.integer({ min: 0, max: 200 }) }),
    ),
    how: fc.constantFrom<Leave>('cancel', 'takeover', ...linkDrops),
    ...common,
  }),
  fc.record({
    until: fc.record({ by: fc.constant('bytes' as const), bytes: fc.integer({ min: 0, max: 500 }) }),
    how: fc.constantFrom<Leave>(...linkDrops),
    ...common,
  }),
);

const scheduleArbitrary: fc.Arbitrary<Schedule> = fc.record({
  shared: fc.boolean(),
  sessions: fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 12 }),
      confirm: fc.boolean(),
      steps: fc.array(stepArbitrary, { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** What each session does. A drop that is another session's may come at any moment: only confirm-final loses nothing then. */
export function plansOf({ shared, sessions }: Schedule): SessionPlan[] {
  return sessions.map((plan) => ({ ...plan, confirm: plan.confirm || (shared && sessions.length > 1) }));
}

/** For a server that does not offer confirm-final: it discards a session when it has sent FINAL. */
export function withoutConfirm({ sessions }: Schedule): Schedule {
  return { shared: false, sessions: sessions.map((session) => ({ ...session, confirm: false })) };
}

/** Random schedules in one run. */
export const SCHEDULES = 40;

export const SCHEDULE_CASES = new RandomCases(scheduleArbitrary, SCHEDULES, without);

/** The schedule without one of its sessions, or without one step of a session. */
function without(schedule: Schedule): Schedule[] {
  const { sessions } = schedule;
  const fewer = sessions.length < 2 ? [] : sessions.map((_, i) => ({ ...schedule, sessions: omit(sessions, i) }));
  const shorter = sessions.flatMap((session, i) =>
    session.steps.map((_, j) => ({
      ...schedule,
      sessions: sessions.with(i, { ...session, steps: omit(session.steps, j) }),
    })),
  );
  return [...fewer, ...shorter];
}

function omit<T>(list: readonly T[], position: number): T[] {
  return list.filter((_, i) => i !== position);
}

/** A schedule in words: `n=3 confirm-final (2 items, rst, rewind 1); n=1 ()`. */
export function scheduleText(schedule: Schedule): string {
  const plans = plansOf(schedule);
  const texts = plans.map(
    ({ n, confirm, steps }) => `n=${n}${confirm ? ' confirm-final' : ''} (${steps.map(stepText).join('; ')})`,
  );
  return `${schedule.shared && plans.length > 1 ? 'on one connection: ' : ''}${texts.join(' beside ')}`;
}

function stepText({ until, how, pausePercent, rewind, ghost }: Step): string {
  return [
    untilText(until),
    how,
    ...(pausePercent === 0 ? [] : [`pause ${pausePercent} %`]),
    ...(rewind === 0 ? [] : [`rewind ${rewind}`]),
    ...(ghost === 'none' ? [] : [`late ${ghost}`]),
  ].join(', ');
}

function untilText(until: Until): string {
  switch (until.by) {
    case 'items':
      return `${until.items} items`;
    case 'time':
      return `${until.percent} % of an interval`;
    case 'bytes':
      return `${until.bytes} bytes`;
  }
}
