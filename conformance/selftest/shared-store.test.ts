import { expect } from 'chai';
import { recordsContract } from '../testing/records-contract.ts';
import { SharedStore } from './shared-store.ts';

describe('the shared store of the models', () => {
  recordsContract(async () => new SharedStore().records());

  it('answers nothing while it is stopped, and carries out what waits when it goes on', async () => {
    const store = new SharedStore();
    store.signal('SIGSTOP');
    let done = false;
    const written = store
      .run('key', (cell) => cell.write({ a: '1' }))
      .then(() => {
        done = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).to.equal(false);
    store.signal('SIGCONT');
    await written;
    expect(await store.run('key', (cell) => cell.fields)).to.deep.equal({ a: '1' });
  });
});
