import { expect } from 'chai';
import { seededRandom } from './seeded-random.ts';

describe('seededRandom', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const draws = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => random.uniform());
    };
    expect(draws(7)).to.deep.equal(draws(7));
    expect(draws(7)).not.to.deep.equal(draws(8));
  });

  it('covers [0, 1) evenly', () => {
    const random = seededRandom(1);
    const tenths = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw++) {
      const tenth = Math.floor(random.uniform() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(tenths).to.have.length(10);
    for (const count of tenths) expect(count).to.be.within(850, 1_150);
  });

  it('gives bytes', () => {
    expect(seededRandom(3).bytes(5)).to.have.length(5);
  });
});
