/** Scenarios of sessions that move between two instances: hand-over, takeover, races, retention. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { Call } from '../../target/dial.ts';
import type { ServerTarget } from '../../target/server.ts';
import { aroundTheEnd, needSession } from '../server/drive.ts';
import { bothWays, ENDLESS, type StoreCase, type StoreDriver, storeScenario } from './drive.ts';

export const handover = storeScenario({
  id: 'store-handover',
  title: 'sessions that drop at one instance and go on at the other, there and back',
  needs: [],
  estimateMs: ({ intervalMs }) => 9 * intervalMs,
  cases: () => [...bothWays('there-and-back', thereAndBack), ...bothWays('start-again', startAgain)],
});

async function thereAndBack(driver: StoreDriver, first: ServerTarget, second: ServerTarget): Promise<void> {
  const start = await driver.startAt('start', first, { n: 7, attempt: 1 });
  await driver.take(start, 3);
  start.drop('rst');
  const session = needSession(start);
  // One item is asked for again, so that both instances show it.
  const over = await driver.resumeAt('resume elsewhere', second, session, 2, 2);
  await driver.take(over, 3);
  over.drop('cancel');
  const back = await driver.resumeAt('resume back', first, session, 4, 3);
  await driver.finish(back, 3);
  for (const target of [first, second]) {
    (await driver.resumeAt('resume after final', target, session, 0, 4)).drop('cancel');
  }
}

async function startAgain(driver: StoreDriver, first: ServerTarget, second: ServerTarget): Promise<void> {
  const start = await driver.startAt('start', first, { n: ENDLESS, attempt: 1 });
  await driver.take(start, 2);
  start.drop('cancel');
  const { clientId, resumeKey } = needSession(start);
  const other = await driver.startAt('other n', second, { clientId, n: ENDLESS + 1, attempt: 2 });
  other.drop('cancel');
  const stranger = { clientId, resumeKey: randomBytes(16).toString('hex') };
  (await driver.resumeAt('wrong key', second, stranger, 0, 7)).drop('cancel');
  (await driver.resumeAt('beyond', second, { clientId, resumeKey }, ENDLESS, 7)).drop('cancel');
  const again = await driver.startAt('start again', second, { clientId, n: ENDLESS, attempt: 2 });
  await driver.take(again, 2);
  again.drop('cancel');
}

/** How long a superseded stream is given to end: a second more than the specification gives it. */
function untilEnded(driver: StoreDriver, old: Call): Promise<boolean> {
  return old.until((call) => call.over, driver.intervalMs + 2_000);
}

export const takeover = storeScenario({
  id: 'store-takeover',
  title: 'a connection at one instance takes over a session that is attached at the other',
  needs: [],
  estimateMs: ({ intervalMs }) => 5 * intervalMs + 2_000,
  cases: () => [
    ...bothWays('resume', async (driver, first, second) => {
      const old = await driver.startAt('start', first, { n: ENDLESS, attempt: 1 });
      await driver.take(old, 2);
      const session = needSession(old);
      const taker = await driver.resumeAt('takeover', second, session, 2, 2);
      (await driver.resumeAt('stale', first, session, 2, 2)).drop('cancel');
      (await driver.resumeAt('stale', first, session, 2, 1)).drop('cancel');
      await untilEnded(driver, old);
      await driver.take(taker, 3);
      old.drop('cancel');
      taker.drop('cancel');
    }),
    ...bothWays('start', async (driver, first, second) => {
      const old = await driver.startAt('start', first, { n: ENDLESS, attempt: 1 });
      const { clientId } = needSession(old);
      const taker = await driver.startAt('takeover', second, { clientId, n: ENDLESS, attempt: 2 });
      (await driver.startAt('stale', first, { clientId, n: ENDLESS, attempt: 2 })).drop('cancel');
      await untilEnded(driver, old);
      await driver.take(taker, 2);
      old.drop('cancel');
      taker.drop('cancel');
    }),
  ],
});

/** Items at the end of a session whose final message is due soon. */
const LAST_PART = 4;

export const stale = storeScenario({
  id: 'store-stale',
  title: 'what a superseded connection of another instance does to the record',
  needs: ['records'],
  estimateMs: ({ intervalMs }) => (LAST_PART + 2) * intervalMs + 3_000,
  cases: () => [
    ...bothWays('dropped', async (driver, first, second) => {
      const old = await driver.startAt('start', first, { n: ENDLESS, attempt: 1 });
      const session = needSession(old);
      const taker = await driver.resumeAt('takeover', second, session, 0, 2);
      old.drop('rst');
      await watchThenDrop(driver, session.clientId, taker);
    }),
    ...bothWays('about-to-finish', async (driver, first, second) => {
      const { session, call } = await nearTheEnd(driver, first);
      const taker = await driver.resumeAt('takeover', second, session, 0, 3);
      await watchThenDrop(driver, session.clientId, taker);
      call.drop('cancel');
    }),
    // The former life of a client id, its attempt equal to that of the new life: the seed alone tells them apart.
    ...bothWays('reborn-dropped', async (driver, first, second) => {
      const old = await driver.startAt('start', first, { n: ENDLESS, attempt: 1 });
      const taker = await bearAgain(driver, second, old, ENDLESS);
      old.drop('rst');
      await watchThenDrop(driver, needSession(old).clientId, taker);
    }),
    ...bothWays('reborn-about-to-finish', async (driver, first, second) => {
      const { call } = await nearTheEnd(driver, first);
      const taker = await bearAgain(driver, second, call, ENDLESS);
      await watchThenDrop(driver, needSession(call).clientId, taker);
      call.drop('cancel');
    }),
  ],
});

async function watchThenDrop(driver: StoreDriver, clientId: string, taker: Call): Promise<void> {
  await driver.watch('taken over', clientId, LAST_PART * driver.intervalMs + driver.renewalMs + 500);
  taker.drop('cancel');
}

/** A session at attempt 2 that has its final message ahead. */
async function nearTheEnd(driver: StoreDriver, target: ServerTarget) {
  const start = await driver.startAt('start', target, { n: ENDLESS, attempt: 1 });
  start.drop('cancel');
  const call = await driver.resumeAt('near the end', target, needSession(start), ENDLESS - LAST_PART, 2);
  return { session: needSession(call), call };
}

/** End the session of `old` from elsewhere and begin a new one of the same client id and attempt. */
export async function bearAgain(driver: StoreDriver, target: ServerTarget, old: Call, n: number): Promise<Call> {
  const session = needSession(old);
  const attempt = session.attempt + 1;
  const killer = await driver.resumeAt('ends the former life', target, session, 0, attempt);
  await driver.confirm('confirm', { ...session, attempt }, target);
  killer.drop('cancel');
  return driver.startAt('new life', target, { clientId: session.clientId, n, attempt: session.attempt });
}

/** Client ids raced for, and requests for each. */
const RACES = 6;
const RACERS = 8;

export const race = storeScenario({
  id: 'store-race',
  title: 'requests without an attempt that race for one session at both instances',
  needs: [],
  estimateMs: ({ intervalMs }) => intervalMs + 4_000,
  cases: () => [
    ...Array.from({ length: RACES }, (_, i): StoreCase => ({ caseId: `resume-${i}`, body: raceOfResumes })),
    ...Array.from({ length: RACES }, (_, i): StoreCase => ({ caseId: `start-${i}`, body: raceOfStarts })),
  ],
});

async function raceOfResumes(driver: StoreDriver): Promise<void> {
  const first = await driver.startAt('start', driver.lab.a, { n: ENDLESS, attempt: 1 });
  first.drop('cancel');
  const session = needSession(first);
  await runRace(driver, (label, target) => driver.resumeAt(label, target, session, 0, undefined));
}

async function raceOfStarts(driver: StoreDriver): Promise<void> {
  const clientId = randomUUID();
  await runRace(driver, (label, target) => driver.startAt(label, target, { clientId, n: ENDLESS }));
}

async function runRace(
  driver: StoreDriver,
  open: (label: string, target: ServerTarget) => Promise<Call>,
): Promise<void> {
  const { a, b } = driver.lab;
  const calls = await Promise.all(Array.from({ length: RACERS }, (_, i) => open(`race ${i}`, i % 2 === 0 ? a : b)));
  const end = driver.context.now() + driver.intervalMs + 2_500;
  while (driver.context.now() < end && calls.filter((call) => !call.over).length > 1) await driver.sleep(50);
  await driver.sleep(200);
  for (const call of calls) call.drop('cancel');
}

/** As in the expiry fan of a single server. */
const OFFSETS_MS = [-2_000, -1_200, -700, 1_100, 1_200, 1_400];
const DROP_AFTER_MS = 900;

export const retention = storeScenario({
  id: 'store-retention',
  title: 'sessions dropped at one instance and probed at the other around the end of the retention',
  needs: [],
  estimateMs: ({ retentionMs }) => DROP_AFTER_MS + retentionMs + 1_400,
  cases: () =>
    OFFSETS_MS.map((offsetMs, i) => ({
      caseId: aroundTheEnd(offsetMs),
      facts: { offsetMs },
      body: async (driver: StoreDriver) => {
        const { a, b } = driver.lab;
        const [first, second] = i % 2 === 0 ? [a, b] : [b, a];
        const call = await driver.startAt('start', first, { n: ENDLESS, attempt: 1 });
        await driver.sleep(DROP_AFTER_MS);
        const droppedAtMs = driver.context.now();
        call.drop(i % 3 === 0 ? 'cancel' : 'rst');
        const session = needSession(call);
        await driver.sleepUntil(droppedAtMs + driver.retentionMs + offsetMs);
        (await driver.resumeAt('probe', second, session, 0, 2)).drop('cancel');
      },
    })),
});
