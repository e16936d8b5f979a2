import { expect } from 'chai';
import fc from 'fast-check';
import { pcg32Fill } from './pcg32.ts';
import { plainFiller, wasmFiller } from './pcg32-wasm.ts';

/** The numbers in the bytes of a filler. */
function numbersIn(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32BE(4 * at));
}

const FILLERS = { WebAssembly: wasmFiller(), JavaScript: plainFiller() };

for (const [name, filler] of Object.entries(FILLERS)) {
  describe(`a filler in ${name}`, () => {
    it('gives the first numbers of the published demo of seed 42, stream 54', () => {
      const demo = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e];
      expect(numbersIn(filler.fill(42n, 6))).to.deep.equal(demo);
    });

    it('gives as many numbers as are wanted, of any seed', () => {
      const seeds = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
      fc.assert(
        fc.property(seeds, fc.nat({ max: 70 }), (seed, count) => {
          const expected = new Uint32Array(count);
          pcg32Fill(seed, 0, expected);
          expect(numbersIn(filler.fill(seed, count))).to.deep.equal([...expected]);
        }),
      );
    });

    it('gives the whole longest sequence', () => {
      const expected = new Uint32Array(65_535);
      pcg32Fill((1n << 64n) - 1n, 0, expected);
      const got = numbersIn(filler.fill((1n << 64n) - 1n, 65_535));
      expect(got.findIndex((number, at) => number !== expected[at])).to.equal(-1);
      expect(got).to.have.length(65_535);
    });
  });
}
