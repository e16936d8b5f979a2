import { expect } from 'chai';
import { exitCodeOf, reportText } from './report.ts';
import type { MemoryReport, SoakReport } from './run.ts';
import { Tally } from './tally.ts';

const FLAT: MemoryReport = {
  process: 'proxy A',
  figure: 'heap',
  samples: 48,
  growth: { startMib: 7, endMib: 7.5, mibPerMinute: 0.05, hasGrown: false },
};

function report(over: Partial<SoakReport> = {}, tallied: Partial<Tally> = {}): SoakReport {
  const tally = Object.assign(new Tally(30_000), { sessions: 3, completed: 3, items: 60 }, tallied);
  const faults = { latency: 4, 'server SIGKILL': 1 };
  const victim = { name: 'server A', restarts: 1 };
  return { seed: 7, tookMs: 60_000, tally, faults, memory: [FLAT], victim, fallen: [], isFinished: true, ...over };
}

describe('report of a soak', () => {
  it('is 0 when all is well', () => {
    expect(exitCodeOf(report())).to.equal(0);
    const text = reportText(report());
    expect(text)
      .to.match(/^faults survived +5$/m)
      .and.to.match(/^ok 0 items lost$/m);
    expect(text).to.match(/^ok proxy A, heap flat: 7\.0 -> 7\.5 MiB$/m);
  });

  for (const name of ['lost', 'twice', 'outOfOrder', 'wrong', 'wrongChecksums', 'falselyRefused', 'failed'] as const) {
    it(`is 1 when something is ${name}`, () => {
      expect(exitCodeOf(report({}, { [name]: 1 }))).to.equal(1);
      expect(reportText(report({}, { [name]: 1 }))).to.match(/^not ok 1 /m);
    });
  }

  it('is 1 when memory has grown, a process has fallen, or sessions never end', () => {
    const grown = { ...FLAT, growth: { startMib: 7, endMib: 70, mibPerMinute: 6, hasGrown: true } };
    expect(exitCodeOf(report({ memory: [FLAT, grown] }))).to.equal(1);
    expect(exitCodeOf(report({ fallen: ['server B: out of memory'] }))).to.equal(1);
    expect(exitCodeOf(report({ isFinished: false }))).to.equal(1);
  });

  it('is 3 when it could not be told', () => {
    expect(exitCodeOf(report({ memory: [{ ...FLAT, growth: undefined }] }))).to.equal(3);
    expect(exitCodeOf(report({ memory: [] }))).to.equal(3);
    expect(exitCodeOf(report({}, { completed: 0 }))).to.equal(3);
    expect(exitCodeOf(report({ faults: {} }))).to.equal(3);
  });

  it('closes with one line that says how it ended', () => {
    const closing = (over: Partial<SoakReport>, tallied: Partial<Tally> = {}): string | undefined =>
      reportText(report(over, tallied)).trimEnd().split('\n').at(-1);
    expect(closing({})).to.equal('passed: 5 faults, nothing lost, memory flat');
    expect(closing({ fallen: ['server B: line\nline'] }, { lost: 2, examples: ['complete, but'] })).to.equal(
      'failed: 2 items lost; 1 processes ended by themselves',
    );
    expect(closing({ memory: [{ ...FLAT, samples: 3, growth: undefined }] })).to.equal(
      'could not tell: proxy A, heap: 3 samples are too few',
    );
  });

  it('counts no promise twice for who counts lines that begin with ok or not ok', () => {
    const lines = reportText(report({}, { lost: 2 })).split('\n');
    expect(lines.filter((line) => line.startsWith('not ok '))).to.deep.equal(['not ok 2 items lost']);
    expect(lines.filter((line) => line.startsWith('ok '))).to.have.length(9);
  });

  it('says which server is missing in the table of memory, and why', () => {
    const line = (restarts: number): string => reportText(report({ victim: { name: 'server A', restarts } }));
    expect(line(31)).to.match(/^server A was killed and restarted 31 times: not compared$/m);
    expect(line(1)).to.match(/^server A was killed and restarted once: not compared$/m);
    expect(line(0)).to.match(/^server A could have been killed at any time: not compared$/m);
    expect(reportText(report({ victim: undefined }))).not.to.include('not compared');
  });

  it('does not count an expired session as a loss', () => {
    expect(exitCodeOf(report({}, { expired: 2 }))).to.equal(0);
  });
});
