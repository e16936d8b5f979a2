import { expect } from 'chai';
import fc from 'fast-check';
import { Rate } from './rates.ts';

describe('a rate', () => {
  it('lets a burst through, then one for each period', () => {
    const rate = new Rate({ perSecond: 10, burst: 3 });
    for (let k = 0; k < 3; k++) {
      expect(rate.waitMs('a', 0)).to.equal(0);
      rate.count('a', 0);
    }
    expect(rate.waitMs('a', 0)).to.equal(100);
    expect(rate.waitMs('a', 60)).to.equal(40);
    expect(rate.waitMs('a', 100)).to.equal(0);
    rate.count('a', 100);
    expect(rate.waitMs('a', 100)).to.equal(100);
  });

  it('keeps keys apart', () => {
    const rate = new Rate({ perSecond: 1, burst: 1 });
    rate.count('a', 0);
    expect(rate.waitMs('a', 0)).to.equal(1_000);
    expect(rate.waitMs('b', 0)).to.equal(0);
    expect(rate.waitMs('__proto__', 0)).to.equal(0);
  });

  it('never lets more through than burst plus rate', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 }), (waits, perSecond, burst) => {
        const rate = new Rate({ perSecond, burst });
        const passedAt: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          if (rate.waitMs('a', now) > 0) continue;
          rate.count('a', now);
          passedAt.push(now);
        }
        for (const [first, since] of passedAt.entries()) {
          for (const [offset, until] of passedAt.slice(first).entries()) {
            const allowed = burst + ((until - since) * perSecond) / 1_000;
            expect(offset + 1).to.be.at.most(Math.floor(allowed + 1e-6));
          }
        }
      }),
    );
  });

  it('forgets keys that have nothing to wait for', () => {
    const rate = new Rate({ perSecond: 1, burst: 1 });
    for (let k = 0; k < 1_000; k++) rate.count(`early ${k}`, 0);
    for (let k = 0; k < 1_000; k++) rate.count(`late ${k}`, 5_000);
    expect(rate.size).to.equal(1_000);
  });

  it('remembers a bounded number of keys, the newest ones', () => {
    const rate = new Rate({ perSecond: 1, burst: 1 });
    for (let k = 0; k < 100_001; k++) rate.count(String(k), 0);
    expect(rate.size).to.equal(100_000);
    expect(rate.waitMs('0', 0)).to.equal(0);
    expect(rate.waitMs('100000', 0)).to.be.above(0);
  });
});
