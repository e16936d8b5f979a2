import { expect } from 'chai';
import fc from 'fast-check';
import { backoffBoundsMs, backoffDelayMs, retryAfterDelayMs } from './backoff.ts';
import type { Random } from './random.ts';
import { seededRandom } from './testing/seeded-random.ts';

/** Always the same draw. */
const fixed = (draw: number): Random => ({ uniform: () => draw, bytes: (count) => new Uint8Array(count) });
const ALMOST_ONE = 1 - Number.EPSILON;

describe('back-off', () => {
  for (const [k, min, max] of [
    [0, 125, 250],
    [1, 250, 500],
    [2, 500, 1_000],
    [3, 1_000, 2_000],
    [4, 2_000, 4_000],
    [5, 2_500, 5_000],
    [6, 2_500, 5_000],
    [20, 2_500, 5_000],
    [5_000, 2_500, 5_000],
  ] as const) {
    it(`waits ${min}..${max} ms before retry ${k}`, () => {
      expect(backoffBoundsMs(k)).to.deep.equal({ min, max });
      expect(backoffDelayMs(k, fixed(0))).to.equal(min);
      expect(backoffDelayMs(k, fixed(ALMOST_ONE))).to.be.closeTo(max, 1e-6);
    });
  }

  it('spreads evenly between its bounds', () => {
    const random = seededRandom(1);
    const delays = Array.from({ length: 2_000 }, () => backoffDelayMs(0, random));
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    expect(mean).to.be.closeTo(187.5, 5);
    expect(new Set(delays).size).to.be.greaterThan(1_900);
  });

  it('tries at least five times within a retention of 30 s, whatever the draws', () => {
    const longest = [0, 1, 2, 3, 4].reduce((sum, k) => sum + backoffBoundsMs(k).max, 0);
    expect(longest).to.be.below(30_000);
  });
});

describe("a server's retry_after_ms", () => {
  it('is never undercut and stretched by at most a quarter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), fc.integer(), (ms, seed) => {
        const delay = retryAfterDelayMs(ms, seededRandom(seed));
        expect(delay).to.be.within(ms, 1.25 * ms);
      }),
    );
  });

  it('counts as 60 s when it is longer', () => {
    expect(retryAfterDelayMs(4_294_967_295, fixed(0))).to.equal(60_000);
    expect(retryAfterDelayMs(60_001, fixed(ALMOST_ONE))).to.be.closeTo(75_000, 1e-6);
  });
});
