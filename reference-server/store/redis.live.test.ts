import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { command, hasRedis, type RedisProcess, startRedis, startRedisCluster } from '../testing/redis-process.ts';
import { RedisStore } from './redis.ts';
import { createRedisLink } from './redis-link.ts';
import { describeStoreContract } from './store.contract.ts';

const ALICE = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const KEY = `reseq:1:{${ALICE}}`;
const DEADLINE_MS = 300;

function storeOn(ports: readonly number[], keyPrefix = ''): RedisStore {
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }));
  const link = createRedisLink({ nodes, isCluster: nodes.length > 1, keyPrefix, onTrouble: () => undefined });
  return new RedisStore(link, DEADLINE_MS);
}

/** The link connects in the background. */
async function ready(store: RedisStore): Promise<RedisStore> {
  for (let tries = 0; tries < 200; tries++) {
    const isThere = await store.lookup(ALICE).then(
      () => true,
      () => false,
    );
    if (isThere) return store;
    await sleep(20);
  }
  throw new Error('the store did not become ready');
}

/** Why a promise was rejected, undefined when it was not. */
function rejection(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  );
}

(hasRedis() ? describe : describe.skip)('Redis', () => {
  describe('one server', () => {
    let redis: RedisProcess;
    before(async () => {
      redis = await startRedis();
    });
    after(() => redis.stop());

    describeStoreContract('Redis', async () => {
      await command(redis.port, ['FLUSHALL']);
      const store = await ready(storeOn([redis.port]));
      return { store, advance: (ms) => sleep(ms), unitMs: 50, close: async () => store.close() };
    });

    describe('RedisStore', () => {
      let store: RedisStore;
      beforeEach(async () => {
        await command(redis.port, ['FLUSHALL']);
        store = await ready(storeOn([redis.port]));
      });
      afterEach(() => store.close());

      it('writes the record of the specification and nothing else', async () => {
        await store.start(ALICE, 20, 42n, 1, 30_000);
        expect(await command(redis.port, ['KEYS', '*'])).to.deep.equal([KEY]);
        expect(await command(redis.port, ['HGETALL', KEY])).to.deep.include({
          n: '20',
          seed: '000000000000002a',
          attempt: '1',
        });
        expect(await command(redis.port, ['PTTL', KEY])).to.be.within(29_000, 30_000);
      });

      it('keeps fields that it does not know, and the time to live where nothing is attached', async () => {
        await store.start(ALICE, 20, 42n, 1, 30_000);
        await command(redis.port, ['HSET', KEY, 'colour', 'blue']);
        await store.attach(ALICE, 42n, 2, 60_000);
        expect(await store.attach(ALICE, 42n, 2, 5)).to.deep.equal({ kind: 'stale', attempt: 2 });
        expect(await command(redis.port, ['HGET', KEY, 'colour'])).to.equal('blue');
        expect(await command(redis.port, ['PTTL', KEY])).to.be.within(59_000, 60_000);
      });

      describe('a malformed record', () => {
        const sound = { n: '20', seed: '000000000000002a', attempt: '1' };
        const records: Readonly<Record<string, Readonly<Record<string, string>>>> = {
          'a seed that is too short': { ...sound, seed: '2a' },
          'a seed in upper case': { ...sound, seed: '000000000000002A' },
          'a seed with a line behind it': { ...sound, seed: '000000000000002a\n' },
          'an attempt in hexadecimal': { ...sound, attempt: '0x5' },
          'an attempt with a fraction': { ...sound, attempt: '1.5' },
          'an attempt of zero': { ...sound, attempt: '0' },
          'an attempt with a leading zero': { ...sound, attempt: '01' },
          'an n with a sign': { ...sound, n: '+20' },
          'an empty n': { ...sound, n: '' },
          'no n': { seed: sound.seed, attempt: sound.attempt },
          'no seed': { n: sound.n, attempt: sound.attempt },
          'no attempt': { n: sound.n, seed: sound.seed },
          'none of the fields': { colour: 'blue' },
        };
        const operations = {
          start: () => store.start(ALICE, 20, 42n, undefined, 1_000),
          'start with an attempt': () => store.start(ALICE, 20, 42n, 7, 1_000),
          lookup: () => store.lookup(ALICE),
          attach: () => store.attach(ALICE, 42n, undefined, 1_000),
          'attach with an attempt': () => store.attach(ALICE, 42n, 7, 1_000),
          renew: () => store.renew(ALICE, 42n, 1, 1_000),
          finish: () => store.finish(ALICE, 42n, 1),
        };
        for (const [name, fields] of Object.entries(records)) {
          it(`makes every operation fail and stays as it is: ${name}`, async () => {
            await command(redis.port, ['HSET', KEY, ...Object.entries(fields).flat()]);
            await command(redis.port, ['PEXPIRE', KEY, '60000']);
            for (const [operation, run] of Object.entries(operations)) {
              expect(await rejection(run()), operation).to.match(/malformed/);
            }
            expect({ ...Object(await command(redis.port, ['HGETALL', KEY])) }).to.deep.equal(fields);
            expect(await command(redis.port, ['PTTL', KEY])).to.be.within(55_000, 60_000);
          });
        }
      });

      it('puts the prefix of its operator in front of the key', async () => {
        const other = await ready(storeOn([redis.port], 'blue:'));
        await other.start(ALICE, 20, 42n, 1, 30_000);
        other.close();
        expect(await command(redis.port, ['KEYS', '*'])).to.deep.equal([`blue:${KEY}`]);
        expect(await store.lookup(ALICE)).to.equal(undefined);
      });

      it('survives the loss of its scripts', async () => {
        await store.start(ALICE, 20, 42n, 1, 30_000);
        await command(redis.port, ['SCRIPT', 'FLUSH']);
        expect(await store.renew(ALICE, 42n, 1, 30_000)).to.equal('ok');
      });

      it('says full when Redis has no memory left', async () => {
        await command(redis.port, ['CONFIG', 'SET', 'maxmemory', '1']);
        try {
          expect(await store.start(ALICE, 20, 42n, 1, 30_000)).to.deep.equal({ kind: 'full' });
        } finally {
          await command(redis.port, ['CONFIG', 'SET', 'maxmemory', '0']);
        }
      });

      it('rejects within its deadline while Redis is paused, and never says missing', async () => {
        await store.start(ALICE, 20, 42n, 1, 30_000);
        redis.process.kill('SIGSTOP');
        try {
          expect(await rejection(store.lookup(ALICE))).to.equal(`no answer within ${DEADLINE_MS} ms`);
        } finally {
          redis.process.kill('SIGCONT');
        }
        await ready(store);
        expect(await store.lookup(ALICE)).to.deep.equal({ n: 20, seed: 42n, attempt: 1 });
      });
    });
  });

  it('is found again after a restart', async function () {
    this.timeout(20_000);
    const redis = await startRedis();
    const store = await ready(storeOn([redis.port]));
    await redis.stop();
    expect(await rejection(store.lookup(ALICE))).to.be.a('string');
    const again = await startRedis([], redis.port);
    await ready(store);
    store.close();
    await again.stop();
  });

  describe('a cluster of three', () => {
    let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
    before(async function () {
      this.timeout(30_000);
      cluster = await startRedisCluster();
    });
    after(() => cluster.stop());

    describeStoreContract('Redis Cluster', async () => {
      for (const port of cluster.ports) await command(port, ['FLUSHALL']);
      const store = await ready(storeOn(cluster.ports));
      return { store, advance: (ms) => sleep(ms), unitMs: 50, close: async () => store.close() };
    });
  });
});
