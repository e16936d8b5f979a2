import { expect } from 'chai';
import { recordsContract } from '../testing/records-contract.ts';
import { openRecords } from './records.ts';
import { type OwnRedis, startRedis, whyNoRedis } from './redis-process.ts';

const noRedis = await whyNoRedis();
if (noRedis !== undefined) {
  if (process.env['CI'] !== undefined) throw new Error(`${noRedis}: in CI its tests must run`);
  process.stderr.write(`skipped: the suite's access to a real Redis (${noRedis})\n`);
}

(noRedis === undefined ? describe : describe.skip)('records in a Redis of the suite', () => {
  let redis: OwnRedis | undefined;

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis?.stop());

  recordsContract(() => openRecords(redis?.url ?? ''));

  it('say so when no Redis answers', async () => {
    const error = await openRecords('redis://127.0.0.1:1').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
  });
});
