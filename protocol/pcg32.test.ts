import { expect } from 'chai';
import fc from 'fast-check';
import { Pcg32, pcg32At, pcg32Fill } from './pcg32.ts';
import { indexes, seeds } from './testing/arbitraries.ts';

const MASK = (1n << 64n) - 1n;

const MULTIPLIER = 6364136223846793005n;
const LOW_MASK = (1n << 32n) - 1n;

/** The published algorithm step by step, 64 bits wide. */
const step = (state: bigint): bigint => (state * MULTIPLIER + 109n) & MASK;

function slowItems(seed: bigint): Generator<number> {
  return slowOutputs(step((step(0n) + seed) & MASK));
}

function* slowOutputs(from: bigint): Generator<number> {
  for (let state = from; ; state = step(state)) {
    const mixed = Number((((state >> 18n) ^ state) >> 27n) & 0xffff_ffffn);
    const turn = Number(state >> 59n);
    yield ((mixed >>> turn) | (mixed << (-turn & 31))) >>> 0;
  }
}

/** The low word whose product with that of the multiplier ends in `word`. */
function lowWordFor(word: bigint): bigint {
  // Newton: each turn doubles the bits that are right, of which an odd number has three.
  let inverse = MULTIPLIER;
  for (let bits = 3; bits < 32; bits *= 2) inverse = (inverse * (2n - MULTIPLIER * inverse)) & LOW_MASK;
  return (inverse * word) & LOW_MASK;
}

describe('pcg32', () => {
  it("gives the numbers of the generator's published demonstration (seed 42, stream 54)", () => {
    const generator = pcg32At(42n, 0);
    const first = Array.from({ length: 6 }, () => generator.next());
    expect(first).to.deep.equal([0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e]);
  });

  for (const [index, value] of [
    [6, 0xbfc6a3ad],
    [99, 0x9b3227e5],
    [999, 0x0a47c376],
    [65_534, 0x6bd983e2],
  ] as const) {
    it(`jumps to index ${index} of seed 42`, () => {
      expect(pcg32At(42n, index).next()).to.equal(value);
    });
  }

  it('agrees with 64-bit arithmetic for any seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const out = new Uint32Array(50);
        pcg32Fill(seed, 0, out);
        const slow = slowItems(seed);
        expect([...out]).to.deep.equal(Array.from(out, () => slow.next().value));
      }),
    );
  });

  it('carries where the low word of a product lies at the end of its range or half way', () => {
    const words = fc.tuple(fc.constantFrom(0n, 1n << 31n), fc.bigInt({ min: -1_200n, max: 1_200n }));
    fc.assert(
      fc.property(words, fc.bigInt({ min: 0n, max: LOW_MASK }), ([at, off], high) => {
        const low = lowWordFor((at + off) & LOW_MASK);
        const out = new Uint32Array(4);
        new Pcg32(Number(high), Number(low)).fill(out);
        const slow = slowOutputs((high << 32n) | low);
        expect([...out]).to.deep.equal(Array.from(out, () => slow.next().value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reaches the same numbers by jumping as by walking', () => {
    const walked = new Uint32Array(65_535);
    const seed = 0xfedc_ba98_7654_3210n;
    pcg32Fill(seed, 0, walked);
    fc.assert(
      fc.property(indexes, (index) => {
        expect(pcg32At(seed, index).next()).to.equal(walked[index]);
      }),
    );
  });

  it('continues behind a fill', () => {
    const generator = pcg32At(42n, 0);
    generator.fill(new Uint32Array(6));
    expect(generator.next()).to.equal(0xbfc6a3ad);
  });

  it('may be placed at the end of the longest sequence', () => {
    expect(() => pcg32At(42n, 65_535)).not.to.throw();
  });

  for (const [seed, index] of [
    [-1n, 0],
    [1n << 64n, 0],
    [42n, -1],
    [42n, 65_536],
    [42n, 0.5],
    [42n, Number.NaN],
  ] as const) {
    it(`refuses seed ${seed} at index ${index}`, () => {
      expect(() => pcg32At(seed, index)).to.throw(RangeError, /expected .*, got/);
    });
  }
});
