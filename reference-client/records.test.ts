import { expect } from 'chai';
import fc from 'fast-check';
import { StatefulLedger, StatelessLedger } from './ledger.ts';
import { decodeRecord, encodeRecord } from './record-lines.ts';
import { Journal, type JournalRecord, recordsOf } from './records.ts';
import { CHECKSUM_42_6, CLIENT_ID, NUMBERS_42, RESUME_KEY } from './testing/drive.ts';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const counts = fc.integer({ min: 1, max: 65_535 });

const statefulJournals = fc.array(uint32, { minLength: 1, maxLength: 20 }).chain((values) =>
  fc
    .record({ attempt: fc.integer({ min: 1, max: 0xffff_ffff }), more: fc.nat(9), ended: fc.boolean() })
    .map((facts) => {
      const journal = new Journal({ profile: 'stateful', count: values.length + 1 + facts.more, clientId: CLIENT_ID });
      journal.add({ kind: 'attempt', attempt: facts.attempt });
      journal.add({ kind: 'opened', learnt: { profile: 'stateful', resumeKey: Buffer.from(RESUME_KEY) } });
      for (const [index, value] of values.entries()) journal.add({ kind: 'item', index, value });
      if (facts.ended)
        journal.add({ kind: 'ended', ended: { result: 'rejected', error: { code: 105, detail: 'x\ny' } } });
      return journal;
    }),
);

function copyByLines(journal: Journal): Journal {
  const [first, ...rest] = Array.from(recordsOf(journal), (record) => decodeRecord(encodeRecord(record)));
  if (first?.kind !== 'task') throw new Error('the first record is the task');
  const copy = new Journal(first.task);
  for (const record of rest) copy.add(record);
  return copy;
}

describe('journal', () => {
  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(statefulJournals, (journal) => {
        expect(copyByLines(journal)).to.deep.equal(journal);
      }),
    );
  });

  it('is the same after it was written and read, stateless', () => {
    fc.assert(
      fc.property(
        counts,
        fc.constantFrom(2 as const, 3 as const),
        fc.integer({ min: 1, max: 255 }),
        (count, ratio, a) => {
          const journal = new Journal({ profile: 'stateless', count, ratio });
          journal.add({ kind: 'opened', learnt: { profile: 'stateless', a } });
          for (let index = 0; index < Math.min(count, 9); index += 1) journal.add({ kind: 'item', index });
          expect(copyByLines(journal)).to.deep.equal(journal);
        },
      ),
    );
  });

  it('writes one line for each record, whatever texts are in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (detail) => {
        const record: JournalRecord = { kind: 'ended', ended: { result: 'rejected', error: { code: 100, detail } } };
        const line = encodeRecord(record);
        expect(line.indexOf('\n')).to.equal(line.length - 1);
        expect(decodeRecord(line)).to.deep.equal(record);
      }),
    );
  });

  it('reads any line as a record or refuses it with a range error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(() => decodeRecord(line)).to.throw(RangeError);
      }),
    );
  });

  it('lets a stateless ledger go on with the exact sum', () => {
    const journal = new Journal({ profile: 'stateless', count: 10, ratio: 2 });
    journal.add({ kind: 'opened', learnt: { profile: 'stateless', a: 23 } });
    for (let index = 0; index < 9; index += 1) journal.add({ kind: 'item', index });
    const { task } = journal;
    if (task.profile !== 'stateless') throw new Error('a stateless task');
    const ledger = new StatelessLedger({ ...journal, task });
    expect(ledger.judge({ kind: 'item', index: 9, value: 23n * 512n }).verdict).to.equal('accepted');
    expect(ledger.sum).to.equal(23_529n);
  });

  it('lets a stateful ledger go on with the checksum', () => {
    const journal = new Journal({ profile: 'stateful', count: 6, clientId: CLIENT_ID });
    journal.add({ kind: 'opened', learnt: { profile: 'stateful', resumeKey: RESUME_KEY } });
    for (const [index, value] of NUMBERS_42.slice(0, 5).entries()) journal.add({ kind: 'item', index, value });
    const { task } = journal;
    if (task.profile !== 'stateful') throw new Error('a stateful task');
    const ledger = new StatefulLedger({ ...journal, task });
    const checksum = Buffer.from(CHECKSUM_42_6, 'hex');
    expect(ledger.judge({ kind: 'final', index: 5, value: NUMBERS_42[5], checksum }).verdict).to.equal('accepted');
    expect(ledger.complete).to.equal(true);
  });
});
