/** What every {@link RecordStore} does, the suite's access to a real store as well as the one of its models. For tests. */

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { RecordStore } from '../store/records.ts';

const FIELDS = { n: '20', seed: '000000000000002a', attempt: '1' };

/** @param open called once for each test; the store is closed by the test */
export function recordsContract(open: () => Promise<RecordStore>): void {
  async function withRecords(body: (records: RecordStore, clientId: string) => Promise<void>): Promise<void> {
    const records = await open();
    try {
      await body(records, randomUUID());
    } finally {
      records.close();
    }
  }

  it('says that there is no record', () =>
    withRecords(async (records, clientId) => {
      expect(await records.read(clientId)).to.deep.equal({ ttlMs: -2 });
      expect(await records.keysOf(clientId)).to.deep.equal([]);
    }));

  it('finds what it wrote under the key of the layout, with its deadline', () =>
    withRecords(async (records, clientId) => {
      await records.write(clientId.toUpperCase(), FIELDS, 5_000);
      const { fields, ttlMs } = await records.read(clientId);
      expect(fields).to.deep.equal(FIELDS);
      expect(ttlMs).to.be.within(4_000, 5_000);
      expect(await records.keysOf(clientId)).to.deep.equal([`reseq:1:{${clientId}}`]);
    }));

  it('replaces a record as a whole', () =>
    withRecords(async (records, clientId) => {
      await records.write(clientId, { ...FIELDS, more: 'x' }, 5_000);
      await records.write(clientId, FIELDS, 5_000);
      expect((await records.read(clientId)).fields).to.deep.equal(FIELDS);
    }));

  it('adds fields and leaves the others and the deadline', () =>
    withRecords(async (records, clientId) => {
      await records.write(clientId, FIELDS, 5_000);
      await records.add(clientId, { more: 'x' });
      const { fields, ttlMs } = await records.read(clientId);
      expect(fields).to.deep.equal({ ...FIELDS, more: 'x' });
      expect(ttlMs).to.be.within(4_000, 5_000);
    }));

  it('removes a record', () =>
    withRecords(async (records, clientId) => {
      await records.write(clientId, FIELDS, 5_000);
      await records.remove(clientId);
      expect(await records.read(clientId)).to.deep.equal({ ttlMs: -2 });
    }));

  it('sees no record whose deadline has passed', () =>
    withRecords(async (records, clientId) => {
      await records.write(clientId, FIELDS, 10);
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect(await records.read(clientId)).to.deep.equal({ ttlMs: -2 });
    }));

  it('makes the store refuse writes and accept them again', () =>
    withRecords(async (records, clientId) => {
      await records.setFull(true);
      const refused = await records.write(clientId, FIELDS, 5_000).then(
        () => false,
        () => true,
      );
      await records.setFull(false);
      await records.write(clientId, FIELDS, 5_000);
      expect(refused).to.equal(true);
      expect((await records.read(clientId)).fields).to.deep.equal(FIELDS);
    }));
}
