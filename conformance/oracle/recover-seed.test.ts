import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { itemsOf } from './pcg32.ts';
import { recoverSeed } from './recover-seed.ts';

describe('recoverSeed', () => {
  it('finds seed 42 from the published demonstration', () => {
    expect(recoverSeed([0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293])).to.equal(42n);
  });

  it('finds extreme and random seeds', () => {
    const seeds = [
      0n,
      1n,
      (1n << 64n) - 1n,
      1n << 63n,
      ...Array.from({ length: 5 }, () => randomBytes(8).readBigUInt64BE()),
    ];
    for (const seed of seeds) expect(recoverSeed(itemsOf(seed, 4)), seed.toString(16)).to.equal(seed);
  });

  it('finds none when the outputs are not PCG32 of stream 54', () => {
    // From the diagnosis table: a signed shift, a default increment. (A wrong seeding procedure is PCG32 of another seed.)
    expect(recoverSeed([0xa15c02b7, 0x7b47f409, 0xba1d3330, 0xffffffff])).to.equal(undefined);
    expect(recoverSeed([0xc2f57bd6, 0x6b07c4a9, 0x72b7b29b, 0x44215383])).to.equal(undefined);
  });

  it('refuses fewer than three outputs', () => {
    expect(() => recoverSeed([1, 2])).to.throw('outputs: expected at least 3, got 2');
  });
});
