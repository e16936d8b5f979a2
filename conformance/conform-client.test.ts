import { expect } from 'chai';
import { conformClient } from './conform-client.ts';

const SILENT = [process.execPath, '-e', 'setInterval(() => {}, 1000)', '--'];
const ONE = { selection: { only: ['client-refuses-wrong-arguments'], skip: [] }, seed: 1 };

describe('judging a client', () => {
  it('does not wait for one that never ends', async () => {
    const run = conformClient(SILENT, { ...ONE, deadlineMs: 20, signal: new AbortController().signal });
    expect((await run).truncated).to.equal(true);
  });

  it('ends when it is interrupted', async () => {
    const run = conformClient(SILENT, { ...ONE, signal: AbortSignal.timeout(20) });
    expect((await run).truncated).to.equal(true);
  });
});
