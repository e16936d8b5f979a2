import { expect } from 'chai';
import type { Open } from '../protocol/messages.ts';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import { type Log, SILENT } from './log.ts';
import { SequenceService } from './service.ts';
import { MemoryStore } from './store/memory.ts';
import type { SessionStore } from './store/store.ts';
import { runsOn } from './store-calls.ts';
import { Peer } from './testing/peer.ts';
import { CLIENT_ID, settings } from './testing/rig.ts';

const RESUME_KEY = Buffer.from('3b5051690769775ee29de3eef00223dd', 'hex');

const start = (attempt: number | undefined, n = 20, extensions: readonly string[] = []): Open => ({
  extensions,
  request: { kind: 'stateful-start', clientId: CLIENT_ID, n, attempt },
});
const resume = (attempt: number | undefined, nextIndex: number): Open => ({
  extensions: [],
  request: { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex, resumeKey: RESUME_KEY, attempt },
});

describe('service', () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let service: SequenceService;

  /** The store with some operations replaced. */
  const altered = (changes: Partial<SessionStore>): SessionStore => ({
    start: (...args) => store.start(...args),
    lookup: (...args) => store.lookup(...args),
    attach: (...args) => store.attach(...args),
    renew: (...args) => store.renew(...args),
    finish: (...args) => store.finish(...args),
    ...changes,
  });
  const serve = (changes: Partial<SessionStore> = {}, log: Log = SILENT): SequenceService =>
    new SequenceService({
      storeCalls: runsOn(altered(changes)),
      clock,
      settings: settings(),
      maxSessions: 100,
      log,
      implementation: 'test',
    });
  const open = async (request: Open): Promise<Peer> => {
    const peer = new Peer(service, request);
    await clock.advanceAsync(0);
    return peer;
  };

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryStore(clock);
    service = serve();
  });

  it('serves a sequence to its end and then holds nothing', async () => {
    const peer = await open(start(1, 3));
    await clock.advanceAsync(3_000);
    expect(peer.messages.map(({ kind }) => kind)).to.deep.equal(['opened', 'item', 'item', 'final']);
    expect(peer.result).to.equal('ok');
    expect(await store.lookup(CLIENT_ID)).to.equal(undefined);
    expect(service.stats.connections).to.deep.equal({ stateless: 0, stateful: 0 });
    expect(service.stats).to.include({ items: 2, finals: 1, drops: 0 });
  });

  it('gives the session to a newer connection at once', async () => {
    const older = await open(start(1));
    await clock.advanceAsync(2_500);
    const newer = await open(resume(2, 2));
    expect(older.result).to.equal('SESSION_TAKEN_OVER');
    expect(newer.items).to.deep.equal([2]);
    const count = older.messages.length;
    await clock.advanceAsync(60_000);
    expect(older.messages).to.have.length(count);
    expect(newer.result).to.equal('ok');
  });

  it('leaves the session to its connection when a stale request comes', async () => {
    const peer = await open(start(5));
    const stale = await open(resume(5, 0));
    expect(stale.result).to.equal('STALE_ATTEMPT');
    await clock.advanceAsync(30_000);
    expect(peer.result).to.equal('ok');
  });

  it('takes requests without attempt in the order in which they come', async () => {
    const first = new Peer(service, start(undefined));
    const second = new Peer(service, start(undefined));
    await clock.advanceAsync(0);
    expect([first.result, second.result]).to.deep.equal(['SESSION_TAKEN_OVER', undefined]);
  });

  it('keeps the newer connection when the answers of the store change places', async () => {
    const held: (() => void)[] = [];
    service = serve({
      start: async (...args) => {
        const result = await store.start(...args);
        await new Promise<void>((resolve) => held.push(resolve));
        return result;
      },
    });
    const older = await open(start(1));
    const newer = await open(start(2));
    for (const release of held.reverse()) release();
    await clock.advanceAsync(0);
    expect([older.result, newer.result]).to.deep.equal(['SESSION_TAKEN_OVER', undefined]);
    expect(newer.items).to.deep.equal([0]);
    expect(older.messages).to.deep.equal([]);
  });

  it('keeps a session for the retention after a drop and not longer', async () => {
    const peer = await open(start(1));
    await clock.advanceAsync(1_500);
    peer.inlet.dropped();
    await clock.advanceAsync(29_900);
    const back = await open(resume(2, 2));
    expect(back.items).to.deep.equal([2]);
    back.inlet.dropped();
    await clock.advanceAsync(30_000);
    expect((await open(resume(3, 2))).result).to.equal('SESSION_NOT_FOUND');
  });

  it('keeps a session for as long as a connection serves it', async () => {
    const peer = await open(start(1, 1_000));
    await clock.advanceAsync(300_000);
    expect(peer.result).to.equal(undefined);
    expect(peer.items.length).to.be.within(300, 301);
  });

  it('counts a drop once, and not the end of a call that ended well', async () => {
    const peer = await open(start(1, 1));
    peer.inlet.dropped();
    expect(service.stats.drops).to.equal(0);
    const dropped = await open(start(1, 5));
    dropped.inlet.dropped();
    dropped.inlet.dropped();
    expect(service.stats.drops).to.equal(1);
  });

  it('turns a fault of the store into UNAVAILABLE and tells the log once a second', async () => {
    const warnings: object[] = [];
    const log = { ...SILENT, warn: (fields: object) => warnings.push(fields) };
    service = serve({ start: () => Promise.reject(new Error('down')) }, log);
    expect((await open(start(1))).result).to.equal('UNAVAILABLE');
    expect((await open(start(1))).result).to.equal('UNAVAILABLE');
    expect(service.stats.storeFailures).to.equal(2);
    expect(warnings).to.have.length(1);
  });

  it('answers a fault of its own with INTERNAL and goes on serving others', async () => {
    const healthy = await open(start(1));
    service = serve({ start: () => Promise.resolve({ kind: 'created', n: 5, seed: -1n, attempt: 1 }) });
    const faulty = await open({
      extensions: [],
      request: { kind: 'stateful-start', clientId: CLIENT_ID, n: 5, attempt: 9 },
    });
    expect(faulty.result).to.equal('INTERNAL');
    expect(faulty.ended?.error?.detail).not.to.contain('seed');
    await clock.advanceAsync(30_000);
    expect(healthy.result).to.equal('ok');
  });

  describe('confirm', () => {
    const confirm = (attempt: number, resumeKey: Uint8Array = RESUME_KEY) =>
      service.confirm({ clientId: CLIENT_ID, resumeKey, attempt });
    const errorOf = async (result: ReturnType<typeof confirm>) => {
      const settled = await result;
      return settled.ok ? 'ok' : settled.error.registryName;
    };

    it('discards a finished session, once', async () => {
      await open(start(1, 1, ['confirm-final']));
      expect(await store.lookup(CLIENT_ID)).not.to.equal(undefined);
      expect(await errorOf(confirm(1))).to.equal('ok');
      expect(await store.lookup(CLIENT_ID)).to.equal(undefined);
      expect(await errorOf(confirm(1))).to.equal('SESSION_NOT_FOUND');
      expect(service.stats.confirms).to.equal(1);
    });

    it('lets a finished session be resumed until then', async () => {
      await open(start(1, 3, ['confirm-final']));
      await clock.advanceAsync(25_000);
      const again = await open(resume(2, 2));
      expect(again.messages.map(({ kind }) => kind)).to.deep.equal(['opened', 'final']);
    });

    it('refuses another key and another attempt and changes nothing', async () => {
      await open(start(2, 1, ['confirm-final']));
      expect(await errorOf(confirm(2, new Uint8Array(16)))).to.equal('SESSION_NOT_FOUND');
      expect(await errorOf(confirm(1))).to.equal('STALE_ATTEMPT');
      expect(await errorOf(confirm(3))).to.equal('STALE_ATTEMPT');
      expect(await store.lookup(CLIENT_ID)).not.to.equal(undefined);
    });

    it('ends the connection of a session that it discards', async () => {
      const peer = await open(start(1));
      expect(await errorOf(confirm(1))).to.equal('ok');
      expect(peer.result).to.equal('SESSION_NOT_FOUND');
    });

    it('is UNAVAILABLE when the server shuts down meanwhile, and the shutdown waits for the store', async () => {
      await open(start(1, 1, ['confirm-final']));
      const confirmed = errorOf(confirm(1));
      await service.drain();
      expect(await confirmed).to.equal('UNAVAILABLE');
      expect(await store.lookup(CLIENT_ID)).not.to.equal(undefined);
      expect(await errorOf(confirm(1))).to.equal('UNAVAILABLE');
    });

    it('counts as no connection', async () => {
      service = serve({ lookup: () => new Promise(() => undefined) });
      const confirmed = errorOf(confirm(1));
      expect(service.stats.connections).to.deep.equal({ stateless: 0, stateful: 0 });
      await clock.advanceAsync(1_000);
      expect(await confirmed).to.equal('UNAVAILABLE');
      expect(service.stats.connections).to.deep.equal({ stateless: 0, stateful: 0 });
    });

    it('is UNAVAILABLE while the store is', async () => {
      service = serve({ lookup: () => Promise.reject(new Error('down')) });
      expect(await errorOf(confirm(1))).to.equal('UNAVAILABLE');
    });

    for (const operation of ['lookup', 'finish']) {
      it(`is UNAVAILABLE when the store has not answered ${operation} by its deadline`, async () => {
        service = serve({ [operation]: () => new Promise(() => undefined) });
        await open(start(1, 1, ['confirm-final']));
        let answer: string | undefined;
        const confirmed = errorOf(confirm(1)).then((name) => {
          answer = name;
        });
        await clock.advanceAsync(999);
        expect(answer).to.equal(undefined);
        await clock.advanceAsync(1);
        await confirmed;
        expect(answer).to.equal('UNAVAILABLE');
      });
    }
  });

  describe('drain', () => {
    it('ends every connection with UNAVAILABLE, keeps the sessions and refuses new ones', async () => {
      const peer = await open(start(1));
      const stateless = await open({ extensions: [], request: { kind: 'stateless-start', ratio: 2 } });
      await service.drain();
      const late = await open(resume(2, 1));
      for (const { result, ended } of [peer, stateless, late]) {
        expect(result).to.equal('UNAVAILABLE');
        expect(ended?.error?.retryAfterMs).to.equal(500);
      }
      expect(await store.lookup(CLIENT_ID)).to.deep.include({ attempt: 1 });
      await clock.advanceAsync(30_000);
      expect(await store.lookup(CLIENT_ID)).to.equal(undefined);
    });

    it('waits until the sessions are detached', async () => {
      let release = (): void => undefined;
      service = serve({
        renew: async (...args) => {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          return store.renew(...args);
        },
      });
      await open(start(1));
      let isDone = false;
      const drained = service.drain().then(() => {
        isDone = true;
      });
      await clock.advanceAsync(0);
      expect(isDone).to.equal(false);
      release();
      await drained;
      expect(isDone).to.equal(true);
    });

    it('does not wait longer than the deadline for a store that does not answer', async () => {
      service = serve({ renew: () => new Promise(() => undefined) });
      await open(start(1));
      let isDone = false;
      const drained = service.drain().then(() => {
        isDone = true;
      });
      await clock.advanceAsync(999);
      expect(isDone).to.equal(false);
      await clock.advanceAsync(1);
      await drained;
      expect(isDone).to.equal(true);
    });
  });

  it('leaves no alarm, session or connection behind after thousands of them', async () => {
    const peers = Array.from({ length: 2_000 }, (_value, index) => {
      const clientId = `6ba7b810-9dad-41d1-80b4-${String(index).padStart(12, '0')}`;
      return new Peer(service, { extensions: [], request: { kind: 'stateful-start', clientId, n: 3, attempt: 1 } });
    });
    await clock.advanceAsync(0);
    for (const peer of peers.slice(0, 500)) peer.inlet.dropped();
    await clock.advanceAsync(40_000);
    expect(peers.slice(500).filter(({ result }) => result === 'ok')).to.have.length(1_500);
    expect(store.size).to.equal(0);
    expect(clock.pending).to.equal(0);
    expect(service.stats.connections.stateful).to.equal(0);
  });
});
