/**
 * The contract of every session store as one test suite. Spec: state.md section 3 (RSQ-STO-1, RSQ-STO-2).
 *
 * Run it inside any runner that offers `describe`, `it`, `beforeEach` and `afterEach` as globals (mocha and others):
 *
 *     import { describeStoreContract } from 'reseq/store-contract';
 *     describeStoreContract('my store', async () => ({ store, advance, unitMs: 50, close }));
 */
import assert from 'node:assert/strict';
import type { SessionStore } from './store.ts';

export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Lets this much time pass on the store's clock: a step of a fake clock, or a real wait. */
  advance(ms: number): Promise<void>;
  /** Milliseconds of the suite's unit of time: 1000 for a fake clock, for a real one some ten times its jitter. */
  readonly unitMs: number;
  close(): Promise<void>;
}

const ALICE = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const BOB = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
/** Beyond 2^53 and 2^63, so that a store that keeps it in a double or signed shows itself. */
const SEED = 0xfedc_ba98_7654_3210n;
const OTHER_SEED = 0x0123_4567_89ab_cdefn;
const MAX_ATTEMPT = 0xffff_ffff;

/** Declares the suite. `create` makes an empty store for each test. */
export function describeStoreContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: SessionStore;
    let ttl: number;

    beforeEach(async () => {
      subject = await create();
      store = subject.store;
      ttl = 10 * subject.unitMs;
    });
    afterEach(() => subject.close());

    const elapse = (units: number) => subject.advance(units * subject.unitMs);
    const startAlice = (attempt: number | undefined) => store.start(ALICE, 20, SEED, attempt, ttl);

    describe('start', () => {
      it('creates a session with the proposed seed', async () => {
        assert.deepEqual(await startAlice(1), { kind: 'created', n: 20, seed: SEED, attempt: 1 });
        assert.deepEqual(await store.lookup(ALICE), { n: 20, seed: SEED, attempt: 1 });
      });

      it('creates with attempt 1 when none is given, and with the one that is given', async () => {
        assert.deepEqual(await startAlice(undefined), { kind: 'created', n: 20, seed: SEED, attempt: 1 });
        const bob = await store.start(BOB, 65_535, 0n, 7, ttl);
        assert.deepEqual(bob, { kind: 'created', n: 65_535, seed: 0n, attempt: 7 });
      });

      it('keeps the largest seed and the largest attempt exactly', async () => {
        const largest = { n: 1, seed: 0xffff_ffff_ffff_ffffn, attempt: MAX_ATTEMPT };
        await store.start(ALICE, largest.n, largest.seed, largest.attempt, ttl);
        assert.deepEqual(await store.lookup(ALICE), largest);
      });

      it('attaches to a session with the same n and keeps its seed', async () => {
        await startAlice(1);
        const again = await store.start(ALICE, 20, OTHER_SEED, 2, ttl);
        assert.deepEqual(again, { kind: 'attached', n: 20, seed: SEED, attempt: 2 });
      });

      it('counts on from the stored attempt when none is given', async () => {
        await startAlice(41);
        assert.deepEqual(await startAlice(undefined), { kind: 'attached', n: 20, seed: SEED, attempt: 42 });
      });

      it('refuses an equal or lower attempt and changes nothing', async () => {
        await startAlice(5);
        assert.deepEqual(await startAlice(5), { kind: 'stale', attempt: 5 });
        assert.deepEqual(await startAlice(4), { kind: 'stale', attempt: 5 });
        assert.deepEqual(await store.lookup(ALICE), { n: 20, seed: SEED, attempt: 5 });
      });

      it('compares attempts as numbers, not as text', async () => {
        await startAlice(9);
        assert.equal((await startAlice(10)).kind, 'attached');
      });

      it('refuses an absent attempt behind the largest one', async () => {
        await startAlice(MAX_ATTEMPT);
        assert.deepEqual(await startAlice(undefined), { kind: 'stale', attempt: MAX_ATTEMPT });
      });

      it('refuses another n before it looks at the attempt, and changes nothing', async () => {
        await startAlice(5);
        assert.deepEqual(await store.start(ALICE, 21, OTHER_SEED, 9, ttl), { kind: 'conflict', n: 20 });
        assert.deepEqual(await store.start(ALICE, 21, OTHER_SEED, 1, ttl), { kind: 'conflict', n: 20 });
        assert.deepEqual(await store.lookup(ALICE), { n: 20, seed: SEED, attempt: 5 });
      });

      it('keeps sessions apart', async () => {
        await startAlice(1);
        await store.start(BOB, 3, OTHER_SEED, 8, ttl);
        await store.finish(ALICE, SEED, 1);
        assert.deepEqual(await store.lookup(BOB), { n: 3, seed: OTHER_SEED, attempt: 8 });
      });

      it('gives concurrent starts without attempt one number each', async () => {
        const results = await Promise.all(Array.from({ length: 8 }, () => startAlice(undefined)));
        const attempts = results.map((result) => ('seed' in result ? result.attempt : result.kind));
        assert.deepEqual(attempts.sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert.equal(results.filter((result) => result.kind === 'created').length, 1);
      });

      it('lets exactly one of several concurrent starts with the same attempt win', async () => {
        const results = await Promise.all(Array.from({ length: 8 }, () => startAlice(3)));
        assert.equal(results.filter((result) => result.kind === 'created').length, 1);
        assert.equal(results.filter((result) => result.kind === 'stale').length, 7);
      });
    });

    describe('lookup', () => {
      it('finds nothing where nothing is', async () => {
        assert.equal(await store.lookup(ALICE), undefined);
      });

      it('does not prolong a session', async () => {
        await startAlice(1);
        await elapse(6);
        await store.lookup(ALICE);
        await elapse(6);
        assert.equal(await store.lookup(ALICE), undefined);
      });
    });

    describe('attach', () => {
      it('raises the attempt of the session with that seed', async () => {
        await startAlice(1);
        assert.deepEqual(await store.attach(ALICE, SEED, 2, ttl), { kind: 'attached', attempt: 2 });
        assert.deepEqual(await store.attach(ALICE, SEED, undefined, ttl), { kind: 'attached', attempt: 3 });
      });

      it('creates nothing', async () => {
        assert.deepEqual(await store.attach(ALICE, SEED, 1, ttl), { kind: 'missing' });
        assert.equal(await store.lookup(ALICE), undefined);
      });

      it('does not find a session that has another seed', async () => {
        await startAlice(1);
        assert.deepEqual(await store.attach(ALICE, OTHER_SEED, 2, ttl), { kind: 'missing' });
        assert.deepEqual(await store.lookup(ALICE), { n: 20, seed: SEED, attempt: 1 });
      });

      it('refuses an equal or lower attempt, and an absent one behind the largest', async () => {
        await startAlice(5);
        assert.deepEqual(await store.attach(ALICE, SEED, 5, ttl), { kind: 'stale', attempt: 5 });
        assert.deepEqual(await store.attach(ALICE, SEED, 4, ttl), { kind: 'stale', attempt: 5 });
        await store.attach(ALICE, SEED, MAX_ATTEMPT, ttl);
        assert.deepEqual(await store.attach(ALICE, SEED, undefined, ttl), { kind: 'stale', attempt: MAX_ATTEMPT });
      });
    });

    describe('renew and finish', () => {
      it('obey the holder', async () => {
        await startAlice(1);
        assert.equal(await store.renew(ALICE, SEED, 1, ttl), 'ok');
        assert.equal(await store.finish(ALICE, SEED, 1), 'ok');
        assert.equal(await store.lookup(ALICE), undefined);
      });

      it('report a session that is not there, and make none', async () => {
        assert.equal(await store.renew(ALICE, SEED, 1, ttl), 'missing');
        assert.equal(await store.finish(ALICE, SEED, 1), 'missing');
        assert.equal(await store.lookup(ALICE), undefined);
      });

      it('have no effect under a superseded attempt', async () => {
        await startAlice(1);
        await store.attach(ALICE, SEED, 2, ttl);
        assert.equal(await store.renew(ALICE, SEED, 1, ttl / 10), 'superseded');
        assert.equal(await store.finish(ALICE, SEED, 1), 'superseded');
        await elapse(5);
        assert.deepEqual(await store.lookup(ALICE), { n: 20, seed: SEED, attempt: 2 });
      });

      it('have no effect under an attempt that was never given', async () => {
        await startAlice(1);
        assert.equal(await store.renew(ALICE, SEED, 2, ttl), 'superseded');
        assert.equal(await store.finish(ALICE, SEED, 2), 'superseded');
      });

      it('have no effect on a later session of the same client, even with the same attempt', async () => {
        await startAlice(1);
        await store.finish(ALICE, SEED, 1);
        await store.start(ALICE, 20, OTHER_SEED, 1, ttl);
        assert.equal(await store.renew(ALICE, SEED, 1, ttl / 10), 'missing');
        assert.equal(await store.finish(ALICE, SEED, 1), 'missing');
        await elapse(5);
        assert.deepEqual(await store.lookup(ALICE), { n: 20, seed: OTHER_SEED, attempt: 1 });
      });

      it('let a finished client id be started afresh', async () => {
        await startAlice(9);
        await store.finish(ALICE, SEED, 9);
        const afresh = await store.start(ALICE, 5, OTHER_SEED, undefined, ttl);
        assert.deepEqual(afresh, { kind: 'created', n: 5, seed: OTHER_SEED, attempt: 1 });
      });
    });

    describe('time to live', () => {
      it('keeps a session for its time to live and forgets it then', async () => {
        await startAlice(1);
        await elapse(8);
        assert.notEqual(await store.lookup(ALICE), undefined);
        await elapse(4);
        assert.equal(await store.lookup(ALICE), undefined);
      });

      it('treats an expired session as one that never was', async () => {
        await startAlice(9);
        await elapse(12);
        assert.deepEqual(await store.attach(ALICE, SEED, 10, ttl), { kind: 'missing' });
        assert.equal(await store.renew(ALICE, SEED, 9, ttl), 'missing');
        assert.equal(await store.finish(ALICE, SEED, 9), 'missing');
        const afresh = await store.start(ALICE, 5, OTHER_SEED, undefined, ttl);
        assert.deepEqual(afresh, { kind: 'created', n: 5, seed: OTHER_SEED, attempt: 1 });
      });

      for (const [verb, prolong] of [
        ['renew', () => store.renew(ALICE, SEED, 1, ttl)],
        ['attach', () => store.attach(ALICE, SEED, 2, ttl)],
        ['start of an existing session', () => startAlice(2)],
      ] as const) {
        it(`begins anew with ${verb}`, async () => {
          await startAlice(1);
          await elapse(6);
          await prolong();
          await elapse(8);
          assert.notEqual(await store.lookup(ALICE), undefined);
          await elapse(4);
          assert.equal(await store.lookup(ALICE), undefined);
        });
      }

      it('can be shortened by the holder, as detaching does', async () => {
        await startAlice(1);
        assert.equal(await store.renew(ALICE, SEED, 1, 4 * subject.unitMs), 'ok');
        await elapse(6);
        assert.equal(await store.lookup(ALICE), undefined);
      });

      it('is not changed by a refusal', async () => {
        await startAlice(5);
        await elapse(6);
        await store.start(ALICE, 21, SEED, 9, ttl);
        await store.start(ALICE, 20, SEED, 5, ttl);
        await store.attach(ALICE, SEED, 5, ttl);
        await store.attach(ALICE, OTHER_SEED, 9, ttl);
        await store.renew(ALICE, SEED, 4, ttl);
        await store.finish(ALICE, SEED, 4);
        assert.notEqual(await store.lookup(ALICE), undefined);
        await elapse(6);
        assert.equal(await store.lookup(ALICE), undefined);
      });
    });
  });
}
