import { expect } from 'chai';
import type { RunReport } from '../session-run.ts';
import { Tally } from './tally.ts';

const GOOD: RunReport = {
  isComplete: true,
  hasRightChecksums: true,
  right: 20,
  wrong: 0,
  lost: 0,
  twice: 0,
  outOfOrder: 0,
  reconnects: 2,
  error: undefined,
  refusal: undefined,
  awayMs: 3,
};
const GONE: RunReport = { ...GOOD, isComplete: false, right: 5, lost: 15, error: 'gone', refusal: 'SESSION_NOT_FOUND' };

function tally(...reports: readonly RunReport[]): Tally {
  const all = new Tally(30_000);
  for (const report of reports) all.add(report);
  return all;
}

describe('tally of a soak', () => {
  it('adds up what went well', () => {
    const all = tally(GOOD, GOOD);
    expect(all).to.include({ sessions: 2, completed: 2, items: 40, reconnects: 4, isFlawless: true });
  });

  for (const field of ['lost', 'twice', 'wrong', 'outOfOrder'] as const) {
    it(`sees a complete run with items ${field}`, () => {
      const all = tally(GOOD, { ...GOOD, [field]: 1 });
      expect(all).to.include({ [field]: 1, isFlawless: false });
      expect(all.examples).to.have.length(1);
    });
  }

  it('sees a wrong checksum', () => {
    expect(tally({ ...GOOD, hasRightChecksums: false })).to.include({ wrongChecksums: 1, isFlawless: false });
  });

  it('tells a session that had expired from one that was falsely refused', () => {
    expect(tally({ ...GONE, awayMs: 30_001 })).to.include({ expired: 1, falselyRefused: 0, lost: 0, isFlawless: true });
    expect(tally({ ...GONE, awayMs: 29_000 })).to.include({ expired: 0, falselyRefused: 1, isFlawless: false });
  });

  it('fails any other end', () => {
    expect(tally({ ...GONE, refusal: undefined })).to.include({ failed: 1, isFlawless: false });
    expect(tally({ ...GONE, refusal: 'STALE_ATTEMPT', awayMs: 60_000 })).to.include({ failed: 1, isFlawless: false });
  });
});
