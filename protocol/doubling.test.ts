import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeInteger, encodeInteger, sumOf, valueAt } from './doubling.ts';
import { firstValues, ratios } from './testing/arbitraries.ts';

describe('doubling', () => {
  it('doubles 23', () => {
    expect([0, 1, 2, 3].map((index) => valueAt(23, 2, index))).to.deep.equal([23n, 46n, 92n, 184n]);
  });

  it('triples 23', () => {
    expect([0, 1, 2, 3].map((index) => valueAt(23, 3, index))).to.deep.equal([23n, 69n, 207n, 621n]);
  });

  it('sums a = 23, n = 10 to 23529', () => {
    expect(sumOf(23, 2, 10)).to.equal(23_529n);
  });

  it('sums a = 1, n = 54 exactly, where a double gives ...984', () => {
    expect(sumOf(1, 2, 54)).to.equal(18_014_398_509_481_983n);
  });

  it('sums a = 255, n = 65535 to the known 19,731 digits', () => {
    const digits = sumOf(255, 2, 65_535).toString();
    expect(digits).to.have.length(19_731);
    expect(createHash('sha256').update(digits).digest('hex')).to.equal(
      '11f51891eb9e0529329b7374e045703a866e53e2fee5f8a98711892f5c28ec42',
    );
  });

  it('needs 8,193 bytes for the largest value of ratio 2 and 12,985 for that of ratio 3', () => {
    expect(encodeInteger(valueAt(255, 2, 65_534))).to.have.length(8_193);
    expect(encodeInteger(valueAt(255, 3, 65_534))).to.have.length(12_985);
  });

  it('agrees with multiplying and adding one by one', () => {
    fc.assert(
      fc.property(firstValues, ratios, fc.integer({ min: 1, max: 200 }), (a, ratio, count) => {
        let value = BigInt(a);
        let sum = 0n;
        for (let index = 0; index < count; index++) {
          expect(valueAt(a, ratio, index)).to.equal(value);
          sum += value;
          value *= BigInt(ratio);
        }
        expect(sumOf(a, ratio, count)).to.equal(sum);
      }),
    );
  });
});

describe('integers on the wire', () => {
  for (const [value, bytes] of [
    [1n, [1]],
    [255n, [255]],
    [256n, [1, 0]],
    [368n, [0x01, 0x70]],
    [1n << 64n, [1, 0, 0, 0, 0, 0, 0, 0, 0]],
  ] as const) {
    it(`writes ${value} as ${bytes.length} bytes`, () => {
      expect([...encodeInteger(value)]).to.deep.equal(bytes);
      expect(decodeInteger(Uint8Array.from(bytes))).to.equal(value);
    });
  }

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1n << 3000n }), (value) => {
        const bytes = encodeInteger(value);
        expect(bytes[0]).not.to.equal(0);
        expect(decodeInteger(bytes)).to.equal(value);
      }),
    );
  });

  it('are read from a part of a larger buffer', () => {
    expect(decodeInteger(Uint8Array.of(9, 1, 0, 9).subarray(1, 3))).to.equal(256n);
  });

  it('are refused when empty or with a leading zero byte', () => {
    expect(decodeInteger(Uint8Array.of())).to.equal(undefined);
    expect(decodeInteger(Uint8Array.of(0))).to.equal(undefined);
    expect(decodeInteger(Uint8Array.of(0, 23))).to.equal(undefined);
  });

  it('cannot be 0 or negative', () => {
    expect(() => encodeInteger(0n)).to.throw(RangeError, 'value: expected at least 1, got 0');
    expect(() => encodeInteger(-1n)).to.throw(RangeError);
  });
});
