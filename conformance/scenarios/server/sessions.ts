/** Scenarios about one stateful session: start again, attempts, takeover, ghosts, keys, completion. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { ServerScenario } from '../../scenario.ts';
import type { Call } from '../../target/dial.ts';
import type { Trace } from '../../trace.ts';
import { type CaseBody, type Driver, driveCase, ENDLESS, marginItems, needSession, resumeRequest } from './drive.ts';

const MAX_ATTEMPT = 0xffff_ffff;

/** A scenario of stateful cases that run side by side. */
function stateful(
  id: string,
  title: string,
  intervals: number,
  cases: Readonly<Record<string, CaseBody>>,
): ServerScenario {
  return {
    id,
    title,
    side: 'server',
    profiles: ['stateful'],
    estimateMs: ({ description }) => intervals * description.intervalMs + 500,
    run: (context): Promise<Trace[]> =>
      Promise.all(Object.entries(cases).map(([caseId, body]) => driveCase(context, id, caseId, {}, body))),
  };
}

export const startAgain = stateful('start-again', 'START repeated for a session that exists', 6, {
  same: async (driver) => {
    const n = 3 + marginItems(driver.context, 3);
    const first = await driver.start('start', { n, attempt: 1 });
    await driver.take(first, 3);
    first.drop('rst');
    const { clientId } = needSession(first);
    const again = await driver.start('start again', { clientId, n, attempt: 2 });
    await driver.finish(again, n);
  },
  'other-n': async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 1 });
    await driver.take(first, 1);
    const session = needSession(first);
    const conflict = await driver.start('other n', { clientId: session.clientId, n: ENDLESS + 1, attempt: 2 });
    conflict.drop('cancel');
    await driver.take(first, 2);
    first.drop('cancel');
    const again = await driver.resume('resume', session, 2, 2);
    await driver.take(again, 2);
    again.drop('cancel');
  },
  'upper-case': async (driver) => {
    const clientId = `abcdef01${randomUUID().slice(8)}`;
    const first = await driver.start('start', { clientId: clientId.toUpperCase(), n: ENDLESS, attempt: 1 });
    await driver.take(first, 1);
    first.drop('cancel');
    const session = needSession(first);
    const again = await driver.resume('resume', { ...session, clientId }, 1, 2);
    await driver.take(again, 1);
    again.drop('cancel');
  },
  'odd-versions': async (driver) => {
    const ids = ['ffffffff-ffff-ffff-ffff-ffffffffffff', `00000000-0000-0000-0000-${randomBytes(6).toString('hex')}`];
    for (const clientId of ids) {
      const call = await driver.start('odd uuid', { clientId, n: 1 });
      await driver.finish(call, 1);
    }
  },
});

export const attempts = stateful('attempts', 'attempts that rise, repeat, fall, are absent and reach their limit', 3, {
  stale: async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 5 });
    const session = needSession(first);
    for (const attempt of [5, 4, 1]) (await driver.resume(`stale ${attempt}`, session, 0, attempt)).drop('cancel');
    const { clientId } = session;
    (await driver.start('stale start', { clientId, n: ENDLESS, attempt: 5 })).drop('cancel');
    await driver.take(first, 2);
    first.drop('cancel');
    const again = await driver.resume('fresh', session, 2, 6);
    await driver.take(again, 1);
    again.drop('cancel');
  },
  absent: async (driver) => {
    const first = await driver.start('start absent', { n: ENDLESS });
    first.drop('cancel');
    const session = needSession(first);
    (await driver.resume('resume absent', session, 0, undefined)).drop('cancel');
    (await driver.resume('resume zero', session, 0, 0)).drop('cancel');
    (await driver.resume('resume 10', session, 0, 10)).drop('cancel');
    (await driver.start('start again absent', { clientId: session.clientId, n: ENDLESS })).drop('cancel');
    (await driver.resume('stale 11', session, 0, 11)).drop('cancel');
  },
  limit: async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 1 });
    first.drop('cancel');
    const session = needSession(first);
    const top = await driver.resume('highest', session, 0, MAX_ATTEMPT);
    (await driver.resume('absent after highest', session, 0, undefined)).drop('cancel');
    (await driver.start('absent start after highest', { clientId: session.clientId, n: ENDLESS })).drop('cancel');
    await driver.take(top, 2);
    top.drop('cancel');
  },
  race: async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 1 });
    first.drop('cancel');
    const session = needSession(first);
    const calls = await Promise.all(
      Array.from({ length: 8 }, (_, i) => driver.resume(`race ${i}`, session, 0, undefined)),
    );
    await settled(driver, calls);
    for (const call of calls) call.drop('cancel');
  },
});

/** Wait until one of the streams is left, at most some seconds. */
async function settled(driver: Driver, calls: readonly Call[]): Promise<void> {
  const end = driver.context.now() + driver.context.description.intervalMs + 3_000;
  while (driver.context.now() < end && calls.filter((call) => !call.over).length > 1) await driver.sleep(50);
  await driver.sleep(200);
}

export const takeover = stateful('takeover', 'a newer connection takes an attached session over', 6, {
  resume: async (driver) => {
    const old = await driver.start('start', { n: ENDLESS, attempt: 1 });
    await driver.take(old, 2);
    const session = needSession(old);
    const taker = await driver.resume('takeover', session, ENDLESS - 5, 2);
    await old.until((c) => c.over, driver.context.description.intervalMs + 2_000);
    await driver.take(taker, 2);
    old.drop('rst');
    await driver.finish(taker, 5);
  },
  start: async (driver) => {
    const old = await driver.start('start', { n: ENDLESS, attempt: 1 });
    await driver.take(old, 1);
    const { clientId } = needSession(old);
    const taker = await driver.start('takeover', { clientId, n: ENDLESS, attempt: 2 });
    await old.until((c) => c.over, driver.context.description.intervalMs + 2_000);
    old.drop('cancel');
    await driver.take(taker, 2);
    taker.drop('cancel');
  },
  'about-to-finish': async (driver) => {
    // The old connection would send FINAL and discard the session while the newer one carries as many items and one more.
    const left = marginItems(driver.context, 1);
    const old = await driver.start('start', { n: 2 * left + 1, attempt: 1 });
    await driver.take(old, left + 1);
    const session = needSession(old);
    const taker = await driver.resume('takeover', session, 0, 2);
    await driver.take(taker, left + 1);
    old.drop('rst');
    taker.drop('cancel');
    const after = await driver.resume('after', session, 2 * left, 3);
    await driver.finish(after, 1);
  },
});

export const ghosts = stateful('ghosts', 'requests that arrive late, after newer ones', 4, {
  'late-requests': async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 1 });
    first.drop('cancel');
    const session = needSession(first);
    const live = await driver.resume('live', session, 0, 3);
    (await driver.resume('late resume', session, 0, 2)).drop('cancel');
    (await driver.start('late start', { clientId: session.clientId, n: ENDLESS, attempt: 1 })).drop('cancel');
    await driver.take(live, 3);
    live.drop('cancel');
  },
  'start-after-completion': async (driver) => {
    // The START comes again when the session is over: a session of another seed; the old key must not open it.
    const first = await driver.start('start', { n: 1, attempt: 1 });
    await driver.finish(first, 1);
    const session = needSession(first);
    const reborn = await driver.start('late start', { clientId: session.clientId, n: ENDLESS, attempt: 1 });
    (await driver.resume('old key', session, 0, 2)).drop('cancel');
    await driver.take(reborn, 2);
    reborn.drop('cancel');
  },
  'resume-unknown': async (driver) => {
    const unknown = { clientId: randomUUID(), resumeKey: randomBytes(16).toString('hex') };
    (await driver.open('unknown', resumeRequest(unknown, 0, 1))).drop('cancel');
    const start = await driver.start('start', { clientId: unknown.clientId, n: ENDLESS, attempt: 1 });
    await driver.take(start, 1);
    start.drop('cancel');
  },
});

export const discard = stateful('discard', 'what is left of a session after its final message', 3, {
  literal: async (driver) => {
    const first = await driver.start('start', { n: 2, attempt: 1 });
    await driver.finish(first, 2);
    const session = needSession(first);
    for (const nextIndex of [0, 1])
      (await driver.resume(`resume at ${nextIndex}`, session, nextIndex, 2)).drop('cancel');
    const reborn = await driver.start('start again', { clientId: session.clientId, n: ENDLESS, attempt: 1 });
    await driver.take(reborn, 1);
    reborn.drop('cancel');
  },
});

const CONFIRM = ['confirm-final'];

export const confirmFinal = stateful('confirm-final', 'sessions that are kept until the client confirms', 5, {
  'kept-then-confirmed': async (driver) => {
    const first = await driver.start('start', { n: 2, attempt: 1, extensions: CONFIRM });
    await driver.finish(first, 2);
    const session = needSession(first);
    const again = await driver.resume('resume after final', session, 0, 2, CONFIRM);
    await driver.finish(again, 2);
    await driver.confirm('stale confirm', session);
    await driver.confirm('wrong key', { ...session, attempt: 2, resumeKey: randomBytes(16).toString('hex') });
    await driver.confirm('confirm', { ...session, attempt: 2 });
    (await driver.resume('resume after confirm', session, 0, 3, CONFIRM)).drop('cancel');
    await driver.confirm('confirm again', { ...session, attempt: 2 });
  },
  'not-asked-on-the-last-connection': async (driver) => {
    const first = await driver.start('start', { n: 2, attempt: 1, extensions: CONFIRM });
    first.drop('cancel');
    const session = needSession(first);
    const again = await driver.resume('resume without', session, 1, 2);
    await driver.finish(again, 1);
    (await driver.resume('resume after final', session, 1, 3)).drop('cancel');
  },
  'confirm-while-attached': async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 1, extensions: CONFIRM });
    await driver.take(first, 1);
    await driver.confirm('confirm', needSession(first));
    await first.until((c) => c.over, driver.context.description.intervalMs + 2_500);
    first.drop('cancel');
  },
});

const PREFIX = ['prefix-checksum'];

export const prefixChecksum = stateful('prefix-checksum', 'checksums of what was received before a resume', 6, {
  asked: async (driver) => {
    const first = await driver.start('start', { n: ENDLESS, attempt: 1, extensions: PREFIX });
    await driver.take(first, 4);
    first.drop('cancel');
    const session = needSession(first);
    for (const [step, nextIndex] of [4, 0, 2].entries()) {
      const call = await driver.resume(`resume at ${nextIndex}`, session, nextIndex, step + 2, PREFIX);
      call.drop('cancel');
    }
    (await driver.resume('resume without', session, 4, 5)).drop('cancel');
  },
});
