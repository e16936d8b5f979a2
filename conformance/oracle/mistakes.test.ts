import { expect } from 'chai';
import { type DoublingValue, diagnoseDoubling, diagnoseSeeding, diagnoseSeedless, ITEMS_MISTAKES } from './mistakes.ts';
import { recoverSeed } from './recover-seed.ts';

/** Rows of the table of generation.md section 3, whose seed is 42. */
const ROWS: Readonly<Record<string, string>> = {
  'increment-not-shifted': '7aee5d49 51e0c2a4 6e3273e3 3eac02bf',
  'increment-or-1': '74b386cc 4d63ba8d 917e1688 16c19121',
  'default-increment': 'c2f57bd6 6b07c4a9 72b7b29b 44215383',
  'rotated-left': '5700ade8 1fd025ed e874ccc2 383d2f29',
  'signed-shift': 'a15c02b7 7b47f409 ba1d3330 ffffffff',
};

describe('mistakes of a generator whose seed is unknown', () => {
  for (const [id, row] of Object.entries(ROWS)) {
    it(`finds ${id} and the seed`, () => {
      const found = diagnoseSeedless(row.split(' ').map((word) => Number.parseInt(word, 16)));
      expect(found?.mistake.id).to.equal(id);
      expect(found?.seed).to.equal(42n);
    });
  }

  it('finds none in values of no generator', () => {
    expect(diagnoseSeedless([1, 2, 3, 4, 5])).to.equal(undefined);
    expect(diagnoseSeedless([1, 2, 3])).to.equal(undefined);
  });

  it('finds a wrong seeding by the seed that the key knows', () => {
    // The state before item 0 of seed 42, as generation.md section 1 has it.
    const s0 = 0x185706b82c2e03f8n;
    expect(diagnoseSeeding(42n, (seed) => seed === s0)?.id).to.equal('no-seeding');
    for (const id of ['seed-before-both-steps', 'new-state']) {
      const row = ITEMS_MISTAKES.find((mistake) => mistake.id === id)?.output(42n, 6) ?? [];
      expect(diagnoseSeeding(recoverSeed(row) ?? 0n, (seed) => seed === 42n)?.id).to.equal(id);
    }
    expect(diagnoseSeeding(42n, () => false)).to.equal(undefined);
  });
});

describe('mistakes of stateless values', () => {
  const of = (ratio: number, index: number, value: bigint, a = 7): DoublingValue => ({ a, ratio, index, value });

  it('finds doubles, which are right up to 2^53 and for ratio 2', () => {
    const values = [of(3, 31, 4_323_713_773_987_629n), of(2, 60, 7n << 60n), of(3, 33, 38_913_423_965_888_664n)];
    expect(diagnoseDoubling(values)?.id).to.match(/^rounded/);
    expect(diagnoseDoubling(values.slice(1, 2))).to.equal(undefined);
    expect(diagnoseDoubling([...values, of(3, 2, 64n)])).to.equal(undefined);
    expect(diagnoseDoubling([...values, of(3, 60_000, 1n)])?.id).to.match(/^rounded/);
  });

  it('finds the width to which values are cut', () => {
    expect(diagnoseDoubling([of(2, 31, 2_147_483_648n, 255)])?.id).to.equal('cut-32');
    expect(diagnoseDoubling([of(2, 63, 9_223_372_036_854_775_808n, 3)])?.id).to.equal('cut-64');
    expect(diagnoseDoubling([of(2, 62, 4_611_686_018_427_387_904n, 3)])?.id).to.equal('cut-63');
  });
});
