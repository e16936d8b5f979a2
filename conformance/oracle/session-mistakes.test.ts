import { expect } from 'chai';
import { diagnoseAttempts, diagnoseBegins, diagnoseKept, diagnoseRetention, type Probe } from './session-mistakes.ts';

const probe = (sinceStartMs: number, sinceAttachMs: number, sinceDropMs: number, isThere: boolean): Probe => ({
  sinceStartMs,
  sinceAttachMs,
  sinceDropMs,
  isThere,
});

describe('what a retention runs from', () => {
  const retention = (...probes: readonly Probe[]) => diagnoseRetention(probes, 3_000);

  it('is nothing to tell when it is the drop', () => {
    expect(retention(probe(4_000, 4_000, 2_500, true), probe(5_600, 5_600, 4_100, false))).to.equal(undefined);
  });

  it('is the last attach or START when those alone fit', () => {
    const probes = [
      probe(3_520, 3_520, 2_000, false),
      probe(2_520, 2_520, 1_000, true),
      probe(5_510, 5_510, 500, false),
    ];
    expect(retention(...probes)?.cause).to.equal(
      'the retention seems to run from the last attach or START and not from the drop',
    );
    expect(retention(...probes)?.figures).to.equal(
      'seen gone 3.52, 5.51 s after the last attach (2.00, 0.50 s after the last drop); seen there 2.52 s after the last attach (1.00 s after the last drop)',
    );
    const again = probe(4_010, 2_600, 2_100, true);
    expect(retention(...probes, again)?.cause).to.include('from the last attach and not');
    expect(retention(...probes, probe(4_010, 2_400, 2_100, false))?.cause).to.include('from START and not');
  });

  it('is the drop with another length when that fits', () => {
    const short = [probe(2_500, 2_500, 1_000, true), probe(3_500, 3_500, 2_000, false)];
    const once = [
      probe(9_000, 1_500, 1_000, true),
      probe(9_000, 5_000, 2_000, false),
      probe(2_500, 2_500, 1_900, false),
    ];
    expect(retention(...short)?.cause).to.include('from the last attach or START');
    expect(retention(...short, ...once)?.cause).to.include('between 1.00 and 1.90 s instead of 3.00 s');
    const outlived = retention(probe(7_000, 7_000, 5_500, true));
    expect(outlived?.cause).to.include('still there 5.50 s after the drop');
    // It may be gone a moment later: nobody has looked.
    expect(outlived?.figures).to.equal('seen gone never in 1 probes; seen there 5.50 s after the last drop');
  });

  it('is not told when nothing fits', () => {
    expect(retention(probe(2_000, 2_000, 1_000, false), probe(4_500, 4_500, 4_100, true))).to.equal(undefined);
  });
});

describe('attempts that are served', () => {
  const seen = (kind: 'START' | 'RESUME', given: number, stored: number, isServed: boolean) => ({
    kind,
    given,
    stored,
    isServed,
  });

  it('are told by what tells them apart from those that are refused', () => {
    const cause = (...all: Parameters<typeof diagnoseAttempts>[0]) => diagnoseAttempts(all)?.cause;
    expect(cause(seen('RESUME', 6, 5, true), seen('RESUME', 5, 5, false))).to.equal(undefined);
    expect(cause(seen('RESUME', 5, 5, true), seen('START', 1, 5, true))).to.equal(
      'a given attempt is not compared with the stored one',
    );
    expect(cause(seen('RESUME', 5, 5, true), seen('RESUME', 4, 5, false))).to.equal(
      'an attempt that equals the stored one is served',
    );
    expect(cause(seen('START', 4, 5, true), seen('RESUME', 4, 5, false))).to.include('attempt of a START');
    expect(cause(seen('RESUME', 4, 5, true), seen('START', 4, 5, false))).to.include('attempt of a RESUME');
  });
});

describe('streams that begin elsewhere', () => {
  it('are told with how many of which kind do', () => {
    const begins = [
      { kind: 'START', asked: 0, first: 0 },
      { kind: 'RESUME', asked: 4, first: 5 },
      { kind: 'RESUME', asked: 2, first: 3 },
    ] as const;
    expect(diagnoseBegins(begins)?.figures).to.equal('wrong in 2 of 2 RESUMEs and 0 of 1 STARTs');
    expect(diagnoseBegins(begins.slice(0, 1))).to.equal(undefined);
    expect(diagnoseBegins([{ kind: 'RESUME', asked: 4, first: 2 }])?.cause).to.equal(
      'streams do not begin at next_index',
    );
  });
});

describe('a session after FINAL', () => {
  it('is told with the times at which it was there', () => {
    const kept = diagnoseKept([
      { sinceFinalMs: 400.4, isThere: true },
      { sinceFinalMs: 1, isThere: true },
    ]);
    expect(kept?.figures).to.equal('2 of 2 RESUMEs served, still there 1, 400 ms after FINAL, not once seen gone');
    expect(diagnoseKept([{ sinceFinalMs: 1, isThere: false }])).to.equal(undefined);
  });
});
