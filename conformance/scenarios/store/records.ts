/** Scenarios about the record itself: its form and its deadline, records that the suite has written, and malformed ones. */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { needSession, resumeRequest, startRequest } from '../server/drive.ts';
import { ENDLESS, inventedSession, type StoreCase, type StoreDriver, seedHex, storeScenario } from './drive.ts';

/** A server gets this long to carry out what it does "at once". */
const AT_ONCE_MS = 400;

export const record = storeScenario({
  id: 'store-record',
  title: 'records of sessions that attach, drop, move, complete and vanish',
  needs: ['records'],
  estimateMs: ({ intervalMs }) => 6 * Math.min(Math.max(intervalMs, 1_000), 5_000) + 3_000,
  cases: () => [
    { caseId: 'life', body: life },
    { caseId: 'final', body: completed },
    { caseId: 'confirm', body: confirmed },
    { caseId: 'confirm-attached', body: confirmedWhileAttached },
    { caseId: 'unknown-fields', body: unknownFields },
    { caseId: 'deleted', body: deleted },
  ],
});

async function life(driver: StoreDriver): Promise<void> {
  const { a, b } = driver.lab;
  const first = await driver.startAt('start', a, { n: ENDLESS, attempt: 1 });
  const session = needSession(first);
  await driver.lookAtKeys('keys', session.clientId);
  await driver.watch('attached', session.clientId, 3 * driver.renewalMs + 300);
  first.drop('cancel');
  await driver.sleep(AT_ONCE_MS);
  await driver.lookAtKeys('detached', session.clientId);
  const second = await driver.resumeAt('resume', b, session, 2, undefined);
  await driver.watch('attached', session.clientId, driver.renewalMs + 300);
  await driver.lookAtKeys('keys', session.clientId);
  second.drop('rst');
  await driver.sleep(AT_ONCE_MS);
  await driver.look('detached', session.clientId);
}

async function completed(driver: StoreDriver): Promise<void> {
  const call = await driver.startAt('start', driver.lab.a, { n: 2, attempt: 1 });
  const { clientId } = needSession(call);
  await driver.look('before final', clientId);
  await driver.finish(call, 2);
  await driver.sleep(AT_ONCE_MS);
  await driver.lookAtKeys('after final', clientId);
}

async function confirmed(driver: StoreDriver): Promise<void> {
  const call = await driver.startAt('start', driver.lab.a, { n: 2, attempt: 1, extensions: ['confirm-final'] });
  const session = needSession(call);
  await driver.finish(call, 2);
  await driver.sleep(AT_ONCE_MS);
  await driver.look('kept', session.clientId);
  await driver.confirm('confirm', session, driver.lab.b);
  await driver.lookAtKeys('after confirm', session.clientId);
}

async function confirmedWhileAttached(driver: StoreDriver): Promise<void> {
  const call = await driver.startAt('start', driver.lab.a, { n: ENDLESS, attempt: 1 });
  const session = needSession(call);
  await driver.take(call, 1);
  await driver.confirm('confirm', session, driver.lab.b);
  await call.until(({ over }) => over, driver.intervalMs + 3_000);
  await driver.lookAtKeys('after confirm', session.clientId);
  call.drop('cancel');
}

/** A field that no server knows. */
export const FOREIGN_FIELD = { 'example.com/note': 'left by another program' };

async function unknownFields(driver: StoreDriver): Promise<void> {
  const { a, b } = driver.lab;
  const first = await driver.startAt('start', a, { n: ENDLESS, attempt: 1 });
  const session = needSession(first);
  await driver.lab.records.add(session.clientId, FOREIGN_FIELD);
  await driver.sleep(driver.renewalMs + 300);
  await driver.look('renewed', session.clientId);
  first.drop('cancel');
  await driver.sleep(AT_ONCE_MS);
  await driver.look('dropped', session.clientId);
  const second = await driver.resumeAt('resume', b, session, 0, 2);
  await driver.look('resumed', session.clientId);
  await driver.take(second, 1);
  second.drop('cancel');
}

async function deleted(driver: StoreDriver): Promise<void> {
  const call = await driver.startAt('start', driver.lab.a, { n: ENDLESS, attempt: 1 });
  const { clientId } = needSession(call);
  await driver.take(call, 1);
  await driver.lab.records.remove(clientId);
  driver.recorder.note('the record is deleted', call.conn);
  await call.until(({ over }) => over, driver.renewalMs + driver.intervalMs + 3_000);
  await driver.lookAtKeys('after the deletion', clientId);
  call.drop('cancel');
}

/** The published demonstration's seed, both ends of the range, and one that differs from run to run. */
function seeds(seed: number): readonly bigint[] {
  const drawn = createHash('sha256').update(`injection ${seed}`).digest().readBigUInt64BE();
  return [42n, 0n, 0xffff_ffff_ffff_ffffn, drawn];
}

const LONGEST = 65_535;

export const injection = storeScenario({
  id: 'store-injection',
  title: 'records that the suite has written, resumed at 0 and at 65533',
  needs: ['records'],
  estimateMs: ({ intervalMs }) => 5 * intervalMs + 1_000,
  cases: (seed) => [
    ...seeds(seed).map(
      (one): StoreCase => ({
        caseId: `seed-${seedHex(one)}`,
        facts: { seed: seedHex(one), n: LONGEST },
        body: (driver) => bothEnds(driver, one),
      }),
    ),
    { caseId: 'answers', facts: { seed: seedHex(7n), n: 20 }, body: answers },
  ],
});

async function bothEnds(driver: StoreDriver, seed: bigint): Promise<void> {
  const { a, b } = driver.lab;
  const session = inventedSession(seed);
  // 9 and 10: numbers, not texts.
  await driver.inject('injected', session.clientId, { n: String(LONGEST), seed: seedHex(seed), attempt: '9' });
  const near = await driver.resumeAt('resume at 0', a, session, 0, 10);
  await driver.take(near, 2);
  near.drop('cancel');
  const far = await driver.resumeAt('resume at 65533', b, session, LONGEST - 2, 11);
  await driver.finish(far, 2);
  await driver.sleep(AT_ONCE_MS);
  await driver.look('after final', session.clientId);
}

async function answers(driver: StoreDriver): Promise<void> {
  const { a, b } = driver.lab;
  const session = inventedSession(7n);
  const { clientId } = session;
  await driver.inject('injected', clientId, { n: '20', seed: seedHex(7n), attempt: '9' });
  const stranger = { clientId, resumeKey: randomBytes(16).toString('hex') };
  (await driver.resumeAt('wrong key', a, stranger, 0, 10)).drop('cancel');
  (await driver.resumeAt('beyond', b, session, 20, 10)).drop('cancel');
  (await driver.resumeAt('stale 9', a, session, 0, 9)).drop('cancel');
  (await driver.resumeAt('stale 2', b, session, 0, 2)).drop('cancel');
  (await driver.startAt('other n', a, { clientId, n: 21, attempt: 10 })).drop('cancel');
  await driver.look('untouched', clientId);
  const start = await driver.startAt('start', b, { clientId, n: 20, attempt: 10 });
  await driver.take(start, 1);
  await driver.look('attached', clientId);
  start.drop('cancel');
}

const SEED = 'abcdef0123456789';
/** Case id -> fields. */
const MALFORMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-n': { seed: SEED, attempt: '1' },
  'no-seed': { n: '20', attempt: '1' },
  'no-attempt': { n: '20', seed: SEED },
  'foreign-fields-alone': FOREIGN_FIELD,
  'n-leading-zeros': { n: '0020', seed: SEED, attempt: '1' },
  'n-no-number': { n: 'many', seed: SEED, attempt: '1' },
  'seed-short': { n: '20', seed: SEED.slice(1), attempt: '1' },
  'seed-upper-case': { n: '20', seed: SEED.toUpperCase(), attempt: '1' },
  'attempt-zero': { n: '20', seed: SEED, attempt: '0' },
  'attempt-fraction': { n: '20', seed: SEED, attempt: '1.5' },
};
/** What the script of the specification for START tells from a good record; other forms only a reader sees. */
const SEEN_BY_START: readonly string[] = ['no-n', 'no-seed', 'no-attempt', 'foreign-fields-alone'];
/** The look-up of the specification cannot tell it from no record. */
const UNSEEN_BY_RESUME: readonly string[] = ['foreign-fields-alone'];

export const malformed = storeScenario({
  id: 'store-malformed',
  title: 'records that lack a field or have one in another form, beside one that is right',
  needs: ['records'],
  estimateMs: () => 2_000,
  cases: () =>
    Object.entries(MALFORMED).map(([caseId, fields]) => ({ caseId, body: (driver) => bad(driver, caseId, fields) })),
});

async function bad(driver: StoreDriver, caseId: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const target = driver.lab.a;
  const seed = BigInt(`0x${SEED}`);
  const twin = inventedSession(seed);
  await driver.inject('twin', twin.clientId, { n: '20', seed: SEED, attempt: '1' });
  const session = inventedSession(seed);
  await driver.inject('before', session.clientId, fields);
  if (!UNSEEN_BY_RESUME.includes(caseId)) {
    (await driver.open('bad resume', resumeRequest(session, 0, 2), target)).drop('cancel');
  }
  if (SEEN_BY_START.includes(caseId)) {
    const request = startRequest({ clientId: session.clientId, n: 20, attempt: 2 });
    (await driver.open('bad start', request, target)).drop('cancel');
  }
  await driver.look('after', session.clientId);
  const good = await driver.resumeAt('good', target, twin, 0, 2);
  await driver.take(good, 1);
  good.drop('cancel');
  const fresh = await driver.startAt('good', target, { clientId: randomUUID(), n: 20, attempt: 1 });
  fresh.drop('cancel');
}
