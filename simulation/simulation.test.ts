import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { BUGS, hunt } from './bugs/index.ts';
import { runSchedule } from './run.ts';
import { decodeToken, drawSchedule, encodeToken, type Schedule } from './schedule.ts';
import { schedules, shrinkSchedule } from './shrink.ts';

/** A failure is told with the command that shows it. */
function expectKept(schedule: Schedule): void {
  const { violation } = runSchedule(schedule);
  if (violation === undefined) return;
  expect.fail(`${violation.invariant}: ${violation.detail}\nnpm run simulate -- --replay ${encodeToken(schedule)}`);
}

/** No stack is read here, and none is to be paid for. */
function withoutStacks<Value>(run: () => Value): Value {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

describe('simulation', () => {
  it('keeps every promise in schedules that fast-check draws', function () {
    this.timeout(20_000);
    withoutStacks(() => fc.assert(fc.property(schedules, expectKept), { numRuns: 1_000 }));
  });

  it('keeps every promise in schedules of its own drawing', function () {
    this.timeout(20_000);
    withoutStacks(() => {
      for (let seed = 0; seed < 2_000; seed++) expectKept(drawSchedule(seed));
    });
  });

  it('runs the same way twice, to the last bit', () => {
    const trace = (seed: number): string => {
      const lines: string[] = [];
      runSchedule(drawSchedule(seed), { trace: (line) => lines.push(line) });
      return lines.join('\n');
    };
    for (let seed = 100; seed < 150; seed++) expect(trace(seed)).to.equal(trace(seed));
    expect(trace(100)).not.to.equal(trace(101));
  });

  it('uses no clock, chance or timer but its own', () => {
    const real = { now: Date.now, random: Math.random, performance: performance.now };
    const forbidden = (): never => expect.fail('the world outside was asked');
    const reports: string[] = [];
    Date.now = forbidden;
    Math.random = forbidden;
    performance.now = forbidden;
    try {
      for (let seed = 0; seed < 300; seed++) {
        const { violation } = runSchedule(drawSchedule(seed));
        if (violation !== undefined) reports.push(violation.detail);
      }
    } finally {
      Date.now = real.now;
      Math.random = real.random;
      performance.now = real.performance;
    }
    expect(reports).to.deep.equal([]);
  });

  it('keeps nothing of a schedule that is over, even while no promise gets its turn', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const runAll = (from: number, to: number): number => {
      for (let seed = from; seed < to; seed++) runSchedule(drawSchedule(seed));
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = withoutStacks(() => runAll(0, 200));
    const after = withoutStacks(() => runAll(200, 1_000));
    // A schedule that is kept takes 20 KB.
    expect((after - before) / 800, 'bytes a schedule').to.be.below(4_000);
  });

  it('makes a token of a schedule and the schedule of a token', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        expect(decodeToken(encodeToken(schedule))).to.deep.equal(schedule);
      }),
      { numRuns: 200 },
    );
    for (const word of ['', 'x', '2-1', '1-1-1', `${encodeToken(drawSchedule(1))}-1`, 'é']) {
      expect(() => decodeToken(word), word).to.throw('replay: expected');
    }
  });

  it('makes a schedule that breaks a promise smaller', () => {
    const bug = BUGS.find(({ name }) => name === 'resumes-one-late');
    if (bug === undefined) return expect.fail('no such bug');
    const { token = '' } = hunt(bug, 1, 1_000);
    const large = decodeToken(token ?? '');
    const small = shrinkSchedule(large, bug.plant);
    expect(small.faults.length).to.be.within(1, large.faults.length);
    expect(runSchedule(small, { plant: bug.plant }).violation?.invariant).to.equal(
      runSchedule(large, { plant: bug.plant }).violation?.invariant,
    );
    expect(runSchedule(small).violation).to.equal(undefined);
  });

  describe('with one wrong decision planted', () => {
    for (const bug of BUGS) {
      it(`finds ${bug.name}: ${bug.does} (${bug.breaks})`, () => {
        withoutStacks(() => {
          const { invariant, token } = hunt(bug, 1, 250);
          expect(invariant, 'the invariant that sees it').to.be.a('string');
          expect(runSchedule(decodeToken(token ?? '')).violation, 'without the bug').to.equal(undefined);
        });
      });
    }
  });
});
