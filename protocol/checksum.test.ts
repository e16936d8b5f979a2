import { expect } from 'chai';
import { checksumOfSequence, RunningChecksum } from './checksum.ts';
import { pcg32At } from './pcg32.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Seed 42. Source: computed by an independent program, see vectors/checksum.json. */
const GOLDEN: readonly (readonly [count: number, sha256: string])[] = [
  [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [1, 'c7cd28835f28561e60a4bd9051c7ebbb1b247c01722ed9bd4df0502b2d0d2f0b'],
  [2, '7bd62787ea338e93af200bb3d82bdf5bb6fe73b3babd28ba753835e367403c56'],
  [6, '25684b8d9203e764b3ffc98d182e2d16e84223561e4de30e87e959b05577e223'],
  [1000, 'e2172bf28c924e0bcb09f4c5a390ed25c988f5407c3aa807775c8f3e520c3bb0'],
  [65_535, '318dc81cc0026b4c2a553c6961bc96da5adb33912eab86a901a9ca7379da9eb8'],
];

describe('checksumOfSequence', () => {
  for (const [count, sha256] of GOLDEN) {
    it(`gives the golden value of seed 42, n = ${count}`, () => {
      expect(hex(checksumOfSequence(42n, count))).to.equal(sha256);
    });
  }

  for (const count of [-1, 65_536, 1.5, Number.NaN]) {
    it(`refuses a count of ${count}`, () => {
      expect(() => checksumOfSequence(42n, count)).to.throw(RangeError, `count: expected 0..65535, got ${count}`);
    });
  }
});

describe('RunningChecksum', () => {
  it('passes through every golden value on its way, and reading it changes nothing', () => {
    const running = new RunningChecksum();
    const generator = pcg32At(42n, 0);
    let added = 0;
    for (const [count, sha256] of GOLDEN) {
      for (; added < count; added++) running.add(generator.next());
      expect(hex(running.digest()), `n = ${count}`).to.equal(sha256);
      expect(hex(running.digest()), `n = ${count}, again`).to.equal(sha256);
    }
  });

  it('tells [1, 23] from [12, 3] and one order from another', () => {
    const of = (...values: number[]): string => {
      const running = new RunningChecksum();
      for (const value of values) running.add(value);
      return hex(running.digest());
    };
    expect(of(1, 23)).not.to.equal(of(12, 3));
    expect(of(1, 23)).not.to.equal(of(23, 1));
  });

  for (const value of [-1, 2 ** 32]) {
    it(`refuses ${value}, which is no uint32`, () => {
      expect(() => new RunningChecksum().add(value)).to.throw(RangeError);
    });
  }
});
