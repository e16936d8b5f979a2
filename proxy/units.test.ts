import { expect } from 'chai';
import { DURATION, parseRange, RATE, SIZE, sizeText, within } from './units.ts';

describe('amounts of faults', () => {
  it('are durations, sizes and rates with their units', () => {
    expect(parseRange('200ms', DURATION)).to.deep.equal({ min: 200, max: 200 });
    expect(parseRange('0', DURATION)).to.deep.equal({ min: 0, max: 0 });
    expect(parseRange('4KB', SIZE)).to.deep.equal({ min: 4_000, max: 4_000 });
    expect(parseRange('1.5MiB', SIZE)).to.deep.equal({ min: 1_572_864, max: 1_572_864 });
    expect(parseRange('10KBps', RATE)).to.deep.equal({ min: 10_000, max: 10_000 });
    expect(parseRange('10KB/s', RATE)).to.deep.equal({ min: 10_000, max: 10_000 });
  });

  it('are ranges whose lower end may do without its unit', () => {
    expect(parseRange('1..10B', SIZE)).to.deep.equal({ min: 1, max: 10 });
    expect(parseRange('500ms..2s', DURATION)).to.deep.equal({ min: 500, max: 2_000 });
    expect(parseRange('1..2.5KBps', RATE)).to.deep.equal({ min: 1_000, max: 2_500 });
    expect(parseRange('0..50ms', DURATION)).to.deep.equal({ min: 0, max: 50 });
  });

  it('are refused in any other form', () => {
    for (const text of ['', '5', '10B..1B', '1B..2B..3B', '..2B', '1B..', '0B', '-1B', '1 B', '1kb']) {
      expect(parseRange(text, SIZE), text).to.equal(undefined);
    }
    for (const text of ['5', '1h', '-1s', '30d']) expect(parseRange(text, DURATION), text).to.equal(undefined);
    expect(parseRange('10KB', RATE)).to.equal(undefined);
  });

  it('are drawn within their ends', () => {
    expect(within({ min: 10, max: 20 }, () => 0)).to.equal(10);
    expect(within({ min: 10, max: 20 }, () => 0.5)).to.equal(15);
    expect(within({ min: 7, max: 7 }, () => expect.fail('nothing to draw'))).to.equal(7);
  });

  it('are told in three digits or so', () => {
    expect([0, 999, 1_000, 3_284, 999_949, 999_950, 1_500_000].map(sizeText)).to.deep.equal([
      '0 B',
      '999 B',
      '1.0 KB',
      '3.3 KB',
      '999.9 KB',
      '1.0 MB',
      '1.5 MB',
    ]);
  });
});
