/** Scenarios of a store that is full, or that does not answer for a while. Each has a store and an instance of its own. */

import type { Rig } from '../../store/lab.ts';
import { needSession } from '../server/drive.ts';
import { ENDLESS, type StoreDriver, storeScenario } from './drive.ts';

/** The store is out of reach for at most so long, and for a part of the retention, so that no session ends by it. */
const OUTAGE_MS = 8_000;
const OUTAGE_PART = 0.8;
/** A server has 5 s to come back; the suite looks a little longer. */
const RETURN_MS = 8_000;
const RETRY_EVERY_MS = 400;

function outageMs(retentionMs: number): number {
  return Math.min(OUTAGE_MS, OUTAGE_PART * retentionMs);
}

export const outage = storeScenario({
  id: 'store-outage',
  title: 'the store refuses writes, then does not answer for a while, under sessions that run, wait and end',
  needs: ['own-store'],
  rigs: 1,
  estimateMs: ({ intervalMs, retentionMs }) => 8 * intervalMs + outageMs(retentionMs) + 10_000,
  cases: () => [
    {
      caseId: 'short',
      body: async (driver) => {
        const rig = await driver.lab.rig();
        await fullStore(driver, rig);
        await pausedStore(driver, rig);
      },
    },
  ],
});

async function fullStore(driver: StoreDriver, { instance, records }: Rig): Promise<void> {
  const open = (label: string) => driver.startAt(label, instance, { n: ENDLESS, attempt: 1 });
  (await open('before full')).drop('cancel');
  await records.setFull(true);
  driver.recorder.note('the store refuses writes');
  (await open('full')).drop('cancel');
  await records.setFull(false);
  (await open('after full')).drop('cancel');
}

async function pausedStore(driver: StoreDriver, rig: Rig): Promise<void> {
  const { instance, store } = rig;
  // Its final message is due when no renewal can have succeeded for more than an interval and a second.
  const ahead = Math.ceil((driver.intervalMs + 1_200) / driver.intervalMs) + 1;
  const [running, ending, waiting] = await Promise.all([
    driver.startAt('running', instance, { n: ENDLESS, attempt: 1 }),
    driver.startAt('ending', instance, { n: ahead + 2, attempt: 1 }),
    driver.startAt('waiting', instance, { n: ENDLESS, attempt: 1 }),
  ]);
  await Promise.all([driver.take(running, 2), driver.take(ending, 2)]);
  const session = needSession(waiting);
  waiting.drop('cancel');
  // Time to detach.
  await driver.sleep(100);
  driver.signal('the store', store, 'SIGSTOP');
  const stoppedAtMs = driver.context.now();
  await Promise.all([
    driver.startAt('new start', instance, { n: ENDLESS, attempt: 1 }),
    driver.resumeAt('new resume', instance, session, 1, 2),
    driver.confirm('new confirm', { ...session, attempt: 1 }, instance),
    driver
      .sleep(outageMs(driver.retentionMs) / 2)
      .then(() =>
        Promise.all([
          driver.startAt('new start', instance, { n: ENDLESS, attempt: 1 }),
          driver.resumeAt('new resume', instance, session, 1, 2),
        ]),
      ),
  ]).then((calls) => calls.flat().forEach((call) => void call?.drop('cancel')));
  await driver.sleepUntil(stoppedAtMs + outageMs(driver.retentionMs));
  driver.signal('the store', store, 'SIGCONT');
  await comeBack(driver, rig, driver.context.now());
  // Attempts may have been stored although their answers were lost.
  const again = await driver.resumeAt('resume after', instance, session, 1, 20);
  const rest = await driver.resumeAt('rest', instance, needSession(ending), ending.values.length, 20);
  await Promise.all([
    driver.take(again, 1),
    driver.finish(rest, ahead),
    driver.take(running, running.values.length + 2),
  ]);
  for (const call of [again, running, ending]) call.drop('cancel');
}

/** Knock until a START is served. */
async function comeBack(driver: StoreDriver, { instance }: Rig, fromMs: number): Promise<void> {
  while (driver.context.now() < fromMs + RETURN_MS) {
    const call = await driver.startAt('start after', instance, { n: ENDLESS, attempt: 1 });
    const served = call.opened !== undefined;
    call.drop('cancel');
    if (served) return;
    await driver.sleep(RETRY_EVERY_MS);
  }
}

export const longOutage = storeScenario({
  id: 'store-long-outage',
  title: 'the store does not answer for longer than a lease',
  needs: ['own-store'],
  rigs: 1,
  estimateMs: ({ intervalMs, retentionMs }) => 3 * intervalMs + retentionMs + 5_000,
  cases: () => [{ caseId: 'long', body: leaseRunsOut }],
});

async function leaseRunsOut(driver: StoreDriver): Promise<void> {
  const { instance, store } = await driver.lab.rig();
  const calls = await Promise.all(
    [0, 1].map((i) => driver.startAt(`running ${i}`, instance, { n: ENDLESS, attempt: 1 })),
  );
  await Promise.all(calls.map((call) => driver.take(call, 2)));
  driver.signal('the store', store, 'SIGSTOP');
  const limitMs = driver.retentionMs + driver.renewalMs + 3_000;
  await Promise.all(calls.map((call) => call.until(({ over }) => over, limitMs)));
  driver.signal('the store', store, 'SIGCONT');
  for (const call of calls) call.drop('cancel');
}
