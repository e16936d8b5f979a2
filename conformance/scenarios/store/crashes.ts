/** Scenarios of instances that are killed, shut down, or stopped and continued under their sessions. */

import type { Call } from '../../target/dial.ts';
import { needSession, type Session } from '../server/drive.ts';
import { ENDLESS, type StoreDriver, storeScenario } from './drive.ts';
import { bearAgain } from './moves.ts';

/** Beyond the end of a lease, a session has to be gone. */
const AFTER_LEASE_MS = 600;

export const kill = storeScenario({
  id: 'store-kill',
  title: 'an instance is killed under its sessions, which are resumed at another',
  needs: ['records', 'processes'],
  spares: 1,
  estimateMs: ({ intervalMs, retentionMs }) => 4 * intervalMs + retentionMs + 3_000,
  cases: () => [{ caseId: 'sigkill', body: killed }],
});

async function killed(driver: StoreDriver): Promise<void> {
  const { b } = driver.lab;
  const victim = await driver.lab.spare();
  const calls = await Promise.all(
    ['at once', 'left behind', 'late', 'too late'].map((label) =>
      driver.startAt(`start ${label}`, victim, { n: label === 'at once' ? 8 : ENDLESS, attempt: 1 }),
    ),
  );
  await Promise.all(calls.map((call) => driver.take(call, 2)));
  const [atOnce, leftBehind, late, tooLate] = calls.map(needSession);
  if (atOnce === undefined || leftBehind === undefined || late === undefined || tooLate === undefined) return;
  const killedAtMs = driver.context.now();
  driver.signal('the instance', victim, 'SIGKILL');
  const leaseMs = driver.retentionMs + driver.renewalMs;
  await Promise.all([
    driver.resumeAt('resume at once', b, atOnce, 2, 2).then((call) => driver.finish(call, 6)),
    (async () => {
      for (const ms of [300, driver.retentionMs / 2, driver.retentionMs - 300, leaseMs + AFTER_LEASE_MS]) {
        await driver.sleepUntil(killedAtMs + ms);
        await driver.look(ms > leaseMs ? 'after the lease' : 'left behind', leftBehind.clientId);
      }
    })(),
    (async () => {
      await driver.sleepUntil(killedAtMs + driver.retentionMs - 700);
      (await driver.resumeAt('resume late', b, late, 0, 2)).drop('cancel');
    })(),
    (async () => {
      await driver.sleepUntil(killedAtMs + leaseMs + AFTER_LEASE_MS);
      (await driver.resumeAt('resume too late', b, tooLate, 0, 2)).drop('cancel');
    })(),
  ]);
}

export const drain = storeScenario({
  id: 'store-drain',
  title: 'an instance is shut down by SIGTERM under its sessions, which are resumed at another',
  needs: ['records', 'processes'],
  spares: 1,
  estimateMs: ({ intervalMs }) => 6 * intervalMs + 3_000,
  cases: () => [{ caseId: 'sigterm', body: drained }],
});

async function drained(driver: StoreDriver): Promise<void> {
  const victim = await driver.lab.spare();
  const calls = await Promise.all([6, ENDLESS].map((n) => driver.startAt(`start ${n}`, victim, { n, attempt: 1 })));
  await Promise.all(calls.map((call) => driver.take(call, 2)));
  driver.signal('the instance', victim, 'SIGTERM');
  await Promise.all(calls.map((call) => call.until(({ over }) => over, 5_000)));
  const [short, long] = calls.map(needSession);
  if (short === undefined || long === undefined) return;
  await driver.look('shut down', long.clientId);
  const over = await driver.resumeAt('resume elsewhere', driver.lab.b, short, 2, 2);
  await driver.finish(over, 4);
  for (const call of calls) call.drop('cancel');
}

/** Items at the end of a session whose final message is due as soon as the stopped instance goes on. */
const LAST_PART = 2;

export const zombie = storeScenario({
  id: 'store-zombie',
  title: 'an instance is stopped, its sessions move, and it goes on as if nothing had happened',
  needs: ['records', 'processes'],
  spares: 1,
  estimateMs: ({ intervalMs }) => 8 * intervalMs + 9_000,
  cases: () => [{ caseId: 'sigstop', body: returned }],
});

const UNTIL_READY = 2;

async function returned(driver: StoreDriver): Promise<void> {
  const { b } = driver.lab;
  const victim = await driver.lab.spare();
  const plain = (name: string) => driver.startAt(`old ${name}`, victim, { n: ENDLESS, attempt: 1 });
  const near = async (name: string): Promise<Call> => {
    const first = await driver.startAt(`start ${name}`, victim, { n: ENDLESS, attempt: 1 });
    first.drop('cancel');
    return driver.resumeAt(`old ${name}`, victim, needSession(first), ENDLESS - LAST_PART, 2);
  };
  const [moved, dropped, completed, reborn, rebornDropped] = await Promise.all(
    ['moved', 'dropped', 'completed', 'reborn', 'reborn-dropped'].map(plain),
  );
  if (!moved || !dropped || !completed || !reborn || !rebornDropped) return;
  await Promise.all([moved, dropped, reborn].map((call) => driver.take(call, UNTIL_READY)));
  const [ending, rebornEnding] = await Promise.all(['ending', 'reborn-ending'].map(near));
  if (!ending || !rebornEnding) return;
  // An item that is on its way when the instance is stopped would come when it goes on.
  await Promise.all([ending, rebornEnding].map((call) => driver.take(call, 1)));
  driver.signal('the instance', victim, 'SIGSTOP');
  const stoppedAtMs = driver.context.now();
  dropped.drop('rst');
  const takers = await Promise.all([
    ...[moved, dropped].map((call) => takeOver(driver, call, 0)),
    takeOver(driver, ending, 0),
    ...[reborn, rebornDropped, rebornEnding].map((call) => bearAgain(driver, b, call, ENDLESS)),
    takeOver(driver, completed, ENDLESS - 1).then((call) => driver.finish(call, 1).then(() => call)),
  ]);
  rebornDropped.drop('cancel');
  // Long enough that no item and no final message may come from before, and every renewal is overdue.
  await driver.sleepUntil(stoppedAtMs + driver.intervalMs + driver.renewalMs + 2_000);
  const ids = [moved, dropped, ending, reborn, rebornDropped, rebornEnding, completed].map((call) => needSession(call));
  await Promise.all(ids.map(({ clientId }) => driver.look('before', clientId)));
  driver.signal('the instance', victim, 'SIGCONT');
  await Promise.all(
    ids.map(({ clientId }) => driver.watch('after', clientId, driver.intervalMs + driver.renewalMs + 1_500)),
  );
  for (const call of [...takers, moved, ending, completed, reborn, rebornEnding]) call.drop('cancel');
}

function takeOver(driver: StoreDriver, old: Call, nextIndex: number): Promise<Call> {
  const session: Session = needSession(old);
  return driver.resumeAt('takeover', driver.lab.b, session, nextIndex, session.attempt + 1);
}
