import { expect } from 'chai';
import { enter, judge, tallyFor, worse } from './category.ts';
import { verdictOf } from './clients/run.ts';
import { complaints, outcomeOf, summary } from './report.ts';
import { portions, type RunResult } from './run/program.ts';

const CATEGORY = { name: 'n out of range', rule: 'RSQ-SFL-2', weight: 1, right: ['100'], lenient: ['grpc 3'] };

const GOOD: RunResult = {
  tallies: [{ ...tallyFor(CATEGORY), inputs: 1, answers: new Map([['100', 1]]) }],
  inputs: 1,
  tookMs: 1_000,
  health: {
    sessions: 3,
    items: 120,
    faults: [],
    lateness: { 'under fire': { items: 100, p50: 1, p99: 9, max: 40 } },
    ownLagMs: 12,
  },
  victim: undefined,
  memory: { before: 100, peak: 300, after: 120 },
  left: { connections: 0, sockets: 0, sessions: 0 },
  crashed: false,
};

describe('a verdict on hostile input', () => {
  it('tells right answers, tolerable ones and wrong ones apart', () => {
    expect(['100', 'grpc 3', '101', 'served', 'silent'].map((answer) => judge(CATEGORY, answer))).to.deep.equal([
      'PASS',
      'NON-STRICT',
      'FAIL',
      'FAIL',
      'FAIL',
    ]);
    expect(worse('NON-STRICT', 'PASS')).to.equal('NON-STRICT');
    expect(worse('FAIL', 'CRASH')).to.equal('CRASH');
  });

  it('stays with its category, with the first wrong input as the example', () => {
    const tally = tallyFor(CATEGORY);
    for (const answer of ['100', 'served', '100', '101']) enter(tally, CATEGORY, answer, () => `input for ${answer}`);
    expect(tally).to.include({ inputs: 4, verdict: 'FAIL', example: 'served: input for served' });
    expect([...tally.answers]).to.deep.equal([
      ['100', 2],
      ['served', 1],
      ['101', 1],
    ]);
  });

  it('is good when all is', () => {
    expect(complaints(GOOD)).to.deep.equal([]);
    expect(outcomeOf(GOOD)).to.equal('withstood');
    expect(summary(GOOD, 7)).to.equal('hostile: 1 PASS, 0 NON-STRICT, 0 FAIL, 0 CRASH (1 inputs in 1.0 s, seed 7)');
  });

  for (const [what, change] of [
    ['a wrong answer', { tallies: [{ ...tallyFor(CATEGORY), verdict: 'FAIL' }] }],
    ['a crash', { crashed: true }],
    ['an abused session that has ended', { victim: 'closed' }],
    ['a healthy session that lost an item', { health: { ...GOOD.health, faults: ['index 3 instead of 2'] } }],
    [
      'items that are so late that a client would leave',
      { health: { ...GOOD.health, lateness: { 'under fire': { items: 1, p50: 1, p99: 1, max: 5_001 } } } },
    ],
    ['memory that does not come back', { memory: { before: 100, peak: 300, after: 165 } }],
    ['streams that are left', { left: { connections: 1, sockets: 0, sessions: 0 } }],
    ['connections that are left', { left: { connections: 0, sockets: 1, sessions: 0 } }],
    ['sessions that are left', { left: { connections: 0, sockets: 0, sessions: 1 } }],
  ] as const) {
    it(`is bad for ${what}`, () => {
      const result: RunResult = { ...GOOD, ...change };
      expect(outcomeOf(result)).to.equal('failed');
      expect(summary(result, 7)).to.match(/ 1 FAIL/);
    });
  }

  it('is none when the measuring process stood still, or measured nothing', () => {
    expect(outcomeOf({ ...GOOD, health: { ...GOOD.health, ownLagMs: 3_000 } })).to.equal('unclear');
    expect(outcomeOf({ ...GOOD, health: { ...GOOD.health, items: 0 } })).to.equal('unclear');
  });

  it('gives out all inputs in proportion', () => {
    expect(portions([1, 2, 1], 100)).to.deep.equal([25, 50, 25]);
    expect(portions([3, 3, 3], 100).reduce((sum, portion) => sum + portion, 0)).to.equal(100);
    expect(portions([1, 0, 1], 5)).to.deep.equal([3, 0, 2]);
  });

  it('on a client counts its memory and how often it dials', () => {
    const server = { right: ['4'] };
    expect(verdictOf(server, '4', 1, 90)).to.equal('PASS');
    expect(verdictOf(server, '0', 1, 90)).to.equal('FAIL');
    expect(verdictOf(server, '4', 1_000, 90)).to.equal('FAIL');
    expect(verdictOf(server, '4', 1, 900)).to.equal('FAIL');
    expect(verdictOf(server, 'SIGSEGV', 1, 90)).to.equal('CRASH');
  });
});
