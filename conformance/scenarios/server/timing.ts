/** Scenarios that wait: the expiry fan, the reset of the retention, long connections, pace. They bound the length of a run. */

import { randomBytes } from 'node:crypto';
import type { ServerRunContext, ServerScenario } from '../../scenario.ts';
import type { Call } from '../../target/dial.ts';
import type { DropKind, Trace } from '../../trace.ts';
import { aroundTheEnd, type Driver, driveCase, needSession, resumeRequest } from './drive.ts';

/** Long enough that no session here ends by itself. */
const ENDLESS = 10_000;
/** Sessions are dropped so long after their start: a retention that counts from there ends before the last early probes. */
const DROP_AFTER_MS = 900;
/**
 * The specification lets a peer probe up to 0.5 s before and from 1 s after the end of the retention. Sessions cannot be bisected
 * (a probe that succeeds revives), so each probe has a session of its own.
 */
const PROBES: readonly { readonly offsetMs: number; readonly how: Exclude<DropKind, 'blackhole'> }[] = [
  { offsetMs: -5_000, how: 'cancel' },
  { offsetMs: -2_000, how: 'rst' },
  { offsetMs: -1_000, how: 'fin' },
  { offsetMs: -700, how: 'cancel' },
  { offsetMs: -600, how: 'rst' },
  { offsetMs: 1_050, how: 'cancel' },
  { offsetMs: 1_100, how: 'rst' },
  { offsetMs: 1_200, how: 'fin' },
  { offsetMs: 1_300, how: 'cancel' },
  { offsetMs: 1_400, how: 'rst' },
];

export const expiryFan: ServerScenario = {
  id: 'expiry-fan',
  title: 'ten sessions dropped at one moment, each probed once around the end of the retention',
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) => DROP_AFTER_MS + description.retentionMs + 1_400,
  run: (context) =>
    Promise.all([
      ...PROBES.filter((probe) => probe.offsetMs + retention(context) > 0).map((probe) =>
        driveCase(context, 'expiry-fan', aroundTheEnd(probe.offsetMs), { offsetMs: probe.offsetMs }, async (driver) => {
          const call = await driver.start('start', { n: ENDLESS, attempt: 1 });
          await driver.sleep(DROP_AFTER_MS);
          const droppedAtMs = context.now();
          call.drop(probe.how);
          const session = needSession(call);
          await driver.sleepUntil(droppedAtMs + retention(context) + probe.offsetMs);
          const after = await driver.resume('probe', session, 0, 2);
          after.drop('cancel');
        }),
      ),
      ...[-800, 1_150].map((offsetMs) =>
        driveCase(
          context,
          'expiry-fan',
          `disturbed-${aroundTheEnd(offsetMs)}`,
          { offsetMs, disturbed: true },
          (driver) => disturbed(driver, offsetMs),
        ),
      ),
    ]),
};

/** Another client knocks with a wrong key all the time: it must neither end nor lengthen the retention. */
async function disturbed(driver: Driver, offsetMs: number): Promise<void> {
  const call = await driver.start('start', { n: ENDLESS, attempt: 1 });
  await driver.sleep(DROP_AFTER_MS);
  const droppedAtMs = driver.context.now();
  call.drop('cancel');
  const session = needSession(call);
  const retentionMs = retention(driver.context);
  const stranger = { clientId: session.clientId, resumeKey: randomBytes(16).toString('hex') };
  for (const part of [0.1, 0.4, 0.7, 0.9].filter((one) => one * retentionMs < retentionMs + offsetMs)) {
    await driver.sleepUntil(droppedAtMs + part * retentionMs);
    await driver.open('stranger', resumeRequest(stranger, 0, 7));
  }
  await driver.sleepUntil(droppedAtMs + retentionMs + offsetMs);
  const probe = await driver.resume('probe', session, 0, 2);
  probe.drop('cancel');
}

/**
 * How long a session of retention-reset is attached, detached and attached again before the drop that counts. The early probe
 * comes when a retention would be over that counts from the first drop (and is noticed up to 1 s late) or from the second
 * attach; for the late one the rest of the run must not become longer.
 */
const RESETS: readonly { readonly offsetMs: number; readonly pauseMs: number; readonly heldMs: number }[] = [
  { offsetMs: -800, pauseMs: 1_300, heldMs: 1_200 },
  { offsetMs: 1_100, pauseMs: 400, heldMs: 300 },
];
const FIRST_HELD_MS = 300;

export const retentionReset: ServerScenario = {
  id: 'retention-reset',
  title: 'a session dropped twice: the second drop starts the retention in full',
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) =>
    description.retentionMs +
    FIRST_HELD_MS +
    Math.max(...RESETS.map(({ offsetMs, pauseMs, heldMs }) => pauseMs + heldMs + offsetMs)),
  run: (context) =>
    Promise.all(
      RESETS.map(({ offsetMs, pauseMs, heldMs }) =>
        driveCase(context, 'retention-reset', aroundTheEnd(offsetMs), { offsetMs }, async (driver) => {
          const call = await driver.start('start', { n: ENDLESS, attempt: 1 });
          await driver.sleep(FIRST_HELD_MS);
          call.drop('rst');
          const session = needSession(call);
          await driver.sleep(Math.min(pauseMs, retention(context) / 3));
          const second = await driver.resume('resume', session, 0, 2);
          await driver.sleep(Math.min(heldMs, retention(context) / 3));
          const droppedAtMs = context.now();
          second.drop('cancel');
          await driver.sleepUntil(droppedAtMs + retention(context) + offsetMs);
          const probe = await driver.resume('probe', session, 0, 3);
          probe.drop('cancel');
        }),
      ),
    ),
};

export const longConnection: ServerScenario = {
  id: 'long-connection',
  title: 'sessions that are connected for longer than the retention, then drop and return',
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) => description.retentionMs + STAY_MS + AWAY_MS + 300,
  run: (context) =>
    Promise.all([
      driveCase(context, 'long-connection', 'one', {}, async (driver) => {
        const call = await driver.start('start', { n: ENDLESS, attempt: 1 });
        await stayAndReturn(driver, call, 2);
      }),
      driveCase(context, 'long-connection', 'after-takeover', {}, async (driver) => {
        const old = await driver.start('start', { n: ENDLESS, attempt: 1 });
        await driver.sleep(300);
        const call = await driver.resume('takeover', needSession(old), 0, 2);
        old.drop('rst');
        await stayAndReturn(driver, call, 3);
      }),
      // A retention that began with a drop and was not stopped by the return ends while the session is attached.
      driveCase(context, 'long-connection', 'after-a-drop', {}, async (driver) => {
        const first = await driver.start('start', { n: ENDLESS, attempt: 1 });
        first.drop('cancel');
        await driver.sleep(300);
        const call = await driver.resume('resume', needSession(first), 0, 2);
        await stayAndReturn(driver, call, 3);
      }),
    ]),
};

/** Attached for the retention and so much longer: one that was not stopped is over even if the server notices 1 s late. */
const STAY_MS = 1_400;
const AWAY_MS = 300;

async function stayAndReturn(driver: Driver, call: Call, attempt: number): Promise<void> {
  await driver.sleep(retention(driver.context) + STAY_MS);
  const received = call.values.at(-1)?.index ?? -1;
  driver.recorder.note('still connected', call.conn);
  call.drop('cancel');
  await driver.sleep(AWAY_MS);
  const again = await driver.resume('return', needSession(call), received + 1, attempt);
  await driver.take(again, 1);
  again.drop('cancel');
}

/** Items by which the rate is judged. */
export const PACE_ITEMS = 26;

export const pace: ServerScenario = {
  id: 'pace',
  title: 'streams that are read for a while, from the start and after a pause',
  side: 'server',
  profiles: ['stateless', 'stateful'],
  estimateMs: ({ description }) => (PACE_ITEMS + 5) * description.intervalMs,
  run: (context) => {
    const cases: Promise<Trace>[] = [];
    if (context.description.profiles.includes('stateless')) {
      cases.push(
        driveCase(context, 'pace', 'stateless', {}, async (driver) => {
          const call = await driver.open('start', { kind: 'stateless-start' });
          await driver.take(call, PACE_ITEMS);
          call.drop('cancel');
        }),
      );
    }
    if (context.description.profiles.includes('stateful')) {
      cases.push(
        driveCase(context, 'pace', 'stateful-resumed', {}, async (driver) => {
          const call = await driver.start('start', { n: ENDLESS, attempt: 1 });
          await driver.take(call, 3);
          call.drop('cancel');
          await driver.sleep(3 * context.description.intervalMs);
          const again = await driver.resume('resume', needSession(call), 3, 2);
          await driver.take(again, PACE_ITEMS);
          again.drop('cancel');
        }),
      );
    }
    return Promise.all(cases);
  },
};

function retention(context: ServerRunContext): number {
  return context.description.retentionMs;
}
