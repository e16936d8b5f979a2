import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { StatelessLedger } from './ledger.ts';
import { Journal, toHex } from './records.ts';
import { openedFor } from './testing/drive.ts';

function receive(a: number, count: number): StatelessLedger {
  const task = { profile: 'stateless', count, ratio: 2 } as const;
  const ledger = new StatelessLedger({ ...new Journal(task), task });
  const opened = openedFor(
    { extensions: [], request: ledger.request() },
    { sequence: { profile: 'stateless', a, ratio: 2 } },
  );
  expect(ledger.judgeOpened(opened)).to.equal(undefined);
  let value = BigInt(a);
  for (let index = 0; index < count; index += 1) {
    ledger.judge({ kind: 'item', index, value });
    value *= 2n;
  }
  return ledger;
}

describe('stateless ledger', () => {
  it('sums what a double cannot hold', () => {
    expect(receive(1, 54).sum).to.equal(18_014_398_509_481_983n);
  });

  it('sums the longest sequence exactly', function () {
    this.timeout(20_000);
    const ledger = receive(255, 65_535);
    expect(ledger.complete).to.equal(true);
    const decimal = ledger.sum.toString();
    expect(decimal).to.have.length(19_731);
    expect(toHex(createHash('sha256').update(decimal).digest())).to.equal(
      '11f51891eb9e0529329b7374e045703a866e53e2fee5f8a98711892f5c28ec42',
    );
  });
});
