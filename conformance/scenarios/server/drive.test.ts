import { expect } from 'chai';
import { DEFAULT_DESCRIPTION } from '../../conform.ts';
import { marginItems } from './drive.ts';

function contextOf(intervalMs: number): Parameters<typeof marginItems>[0] {
  return { description: { ...DEFAULT_DESCRIPTION, intervalMs } };
}

describe('marginItems', () => {
  it('is a count of items at the usual pace', () => {
    expect(marginItems(contextOf(1_000), 4)).to.equal(4);
    expect(marginItems(contextOf(30_000), 1)).to.equal(1);
  });

  it('lasts a second at least, however fast the server is', () => {
    for (const intervalMs of [1, 5, 20, 100, 333, 999]) {
      expect(marginItems(contextOf(intervalMs), 1) * intervalMs, `${intervalMs} ms`).to.be.at.least(1_000);
    }
  });
});
