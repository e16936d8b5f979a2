import { expect } from 'chai';
import { median, quantile } from './statistics.ts';
import { table } from './table.ts';

describe('figures of a benchmark', () => {
  it('are taken from the sorted values', () => {
    expect(median([5, 1, 3])).to.equal(3);
    expect(median([10, 9, 100])).to.equal(10);
    const hundred = Array.from({ length: 100 }, (_value, k) => k + 1);
    expect(quantile(hundred, 0.99)).to.equal(100);
    expect(quantile(hundred, 0)).to.equal(1);
    expect(() => median([])).to.throw(RangeError);
  });

  it('stand in columns', () => {
    const text = table([
      ['', 'one', 'two'],
      ['long name', 1, 12_345],
    ]);
    expect(text).to.equal('           one    two\nlong name    1  12345\n');
  });
});
