import { expect } from 'chai';
import { RemoteStore, serveStore } from './remote-store.ts';
import { SharedStore, StoreFull } from './shared-store.ts';

/** Two ends of a channel, whose messages travel as JSON as between processes. */
function ends() {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  return [0, 1].map((end) => ({
    send: (message: object) => {
      const text = JSON.stringify(message);
      for (const listener of listeners[1 - end] ?? []) queueMicrotask(() => listener(JSON.parse(text)));
    },
    onMessage: (listener: (message: unknown) => void) => void listeners[end]?.push(listener),
  }));
}

function connected(store: SharedStore): RemoteStore {
  const [here, there] = ends();
  if (here === undefined || there === undefined) throw new Error('a channel has two ends');
  serveStore(store, there);
  return new RemoteStore(here);
}

describe('a store in another process', () => {
  it('reads, writes, sets deadlines and removes as the store itself does', async () => {
    const store = new SharedStore();
    const remote = connected(store);
    await remote.run('key', (cell) => {
      cell.write({ a: '1' });
      cell.expire(60_000);
    });
    expect(await store.run('key', ({ fields }) => fields)).to.deep.equal({ a: '1' });
    expect(await remote.run('key', ({ fields }) => fields)).to.deep.equal({ a: '1' });
    await remote.run('key', (cell) => cell.remove());
    expect(await store.run('key', ({ fields }) => fields)).to.equal(undefined);
  });

  it('decides anew when another one has written in between', async () => {
    const store = new SharedStore();
    const remotes = [connected(store), connected(store)];
    const add = (remote: RemoteStore): Promise<void> =>
      remote.run('key', (cell) => cell.write({ count: String(Number(cell.fields?.['count'] ?? 0) + 1) }));
    await Promise.all([...remotes, ...remotes, ...remotes].map(add));
    expect(await store.run('key', ({ fields }) => fields)).to.deep.equal({ count: '6' });
  });

  it('passes on that the store is full', async () => {
    const store = new SharedStore();
    await store.records().setFull(true);
    const result = await connected(store)
      .run('key', (cell) => cell.write({ a: '1' }))
      .catch((error: unknown) => error);
    expect(result).to.be.instanceOf(StoreFull);
  });
});
