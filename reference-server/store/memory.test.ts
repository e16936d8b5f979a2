import { expect } from 'chai';
import { FakeClock } from '../../protocol/testing/fake-clock.ts';
import { MemoryStore } from './memory.ts';
import { describeStoreContract } from './store.contract.ts';

describeStoreContract('memory', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore(clock);
  return {
    store,
    unitMs: 1_000,
    advance: async (ms) => clock.advance(ms),
    close: async () => store.close(),
  };
});

describe('MemoryStore', () => {
  const id = (index: number) => `6ba7b810-9dad-41d1-80b4-${String(index).padStart(12, '0')}`;

  it('forgets a session exactly when its time to live has passed', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    await store.start(id(1), 5, 1n, 1, 30_000);
    clock.advance(29_999);
    expect(await store.lookup(id(1))).to.deep.equal({ n: 5, seed: 1n, attempt: 1 });
    clock.advance(1);
    expect(await store.lookup(id(1))).to.equal(undefined);
  });

  it('refuses a session beyond its limit and takes one again when another is gone', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock, 2);
    await store.start(id(1), 5, 1n, 1, 5_000);
    await store.start(id(2), 5, 1n, 1, 50_000);
    expect(await store.start(id(3), 5, 1n, 1, 5_000)).to.deep.equal({ kind: 'full' });
    expect((await store.start(id(2), 5, 1n, 2, 50_000)).kind).to.equal('attached');
    clock.advance(5_000);
    expect((await store.start(id(3), 5, 1n, 1, 5_000)).kind).to.equal('created');
  });

  it('gives the memory of expired sessions back and then has no alarm left', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    for (let index = 0; index < 100; index++) await store.start(id(index), 5, 1n, 1, 3_000 + index);
    expect(store.size).to.equal(100);
    expect(clock.pending).to.equal(1);
    clock.advance(5_000);
    expect(store.size).to.equal(0);
    expect(clock.pending).to.equal(0);
  });

  it('looks at no session before the first can have expired, and then at a few at a time', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    for (let index = 0; index < 1_000; index++) await store.start(id(index), 5, 1n, 1, 30_000);
    expect(clock.nextAlarmMs).to.equal(30_000);
    clock.advance(30_000);
    expect(store.size).to.be.within(1, 999);
    clock.advance(100);
    expect(store.size).to.equal(0);
  });

  it('finds what was left of a sweep when all others go on', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    await store.start(id(1), 5, 1n, 1, 30_000);
    await store.start(id(2), 5, 1n, 1, 30_000);
    clock.advance(20_000);
    await store.renew(id(1), 1n, 1, 30_000);
    clock.advance(10_000);
    expect(store.size).to.equal(1);
    expect(clock.nextAlarmMs).to.equal(50_000);
    clock.advance(20_000);
    expect([store.size, clock.pending]).to.deep.equal([0, 0]);
  });

  it('gives memory back in time when a long lease becomes a short retention', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    for (const index of [1, 2]) await store.start(id(index), 5, 1n, 1, 90_000);
    clock.advance(10_000);
    await store.renew(id(1), 1n, 1, 30_000);
    expect(clock.nextAlarmMs).to.equal(40_000);
    clock.advance(30_000);
    expect([store.size, clock.nextAlarmMs]).to.deep.equal([1, 90_000]);
  });

  it('has no alarm left when its last session has been finished', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    for (const index of [1, 2]) await store.start(id(index), 5, 1n, 1, 90_000);
    await store.finish(id(1), 1n, 1);
    expect(clock.pending).to.equal(1);
    await store.finish(id(2), 1n, 1);
    expect(clock.pending).to.equal(0);
  });

  it('leaves no alarm behind when it is closed', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    await store.start(id(1), 5, 1n, 1, 30_000);
    store.close();
    expect(clock.pending).to.equal(0);
  });
});
