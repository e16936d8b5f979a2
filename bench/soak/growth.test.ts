import { expect } from 'chai';
import { growthOf, HEAP_LIMITS, MIN_SAMPLES, type Sample } from './growth.ts';

/** One sample a second. */
function samples(count: number, mib: (k: number) => number): Sample[] {
  return Array.from({ length: count }, (_, k) => ({ atMs: 1_000 * k, mib: mib(k) }));
}

describe('growth of memory', () => {
  it('is seen in a steady rise, with its slope', () => {
    const growth = growthOf(
      samples(100, (k) => 20 + k / 10),
      HEAP_LIMITS,
    );
    expect(growth?.hasGrown).to.equal(true);
    expect(growth?.mibPerMinute).to.be.closeTo(6, 1e-9);
    expect(growth?.startMib).to.equal(21);
    expect(growth?.endMib).to.equal(29);
  });

  it('is not seen in noise, nor in single peaks', () => {
    expect(
      growthOf(
        samples(100, (k) => 20 + (k % 7)),
        HEAP_LIMITS,
      )?.hasGrown,
    ).to.equal(false);
    expect(
      growthOf(
        samples(100, (k) => (k % 10 === 9 ? 200 : 20)),
        HEAP_LIMITS,
      )?.hasGrown,
    ).to.equal(false);
  });

  it('needs both limits', () => {
    const step = (from: number, to: number): boolean | undefined =>
      growthOf(
        samples(50, (k) => (k < 25 ? from : to)),
        { share: 0.1, mib: 3 },
      )?.hasGrown;
    expect(step(10, 12.9)).to.equal(false);
    expect(step(100, 109)).to.equal(false);
    expect(step(100, 111)).to.equal(true);
    expect(step(10, 13.1)).to.equal(true);
  });

  it('is not told from too few samples', () => {
    expect(
      growthOf(
        samples(MIN_SAMPLES - 1, () => 20),
        HEAP_LIMITS,
      ),
    ).to.equal(undefined);
    expect(
      growthOf(
        samples(MIN_SAMPLES, () => 20),
        HEAP_LIMITS,
      )?.hasGrown,
    ).to.equal(false);
  });
});
