import { expect } from 'chai';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import { parseRandomFaults } from './grammar.ts';
import { drawsOf } from './random.ts';
import { RandomFaults } from './random-faults.ts';

/** What begins within so many seconds: time and name. */
function schedule(seed: number, label: string, seconds: number): string[] {
  const clock = new FakeClock();
  const begun: string[] = [];
  const faults = parseRandomFaults('reset_peer|timeout|latency');
  const chance = new RandomFaults({
    clock,
    seed,
    label,
    faults,
    meanMs: 3_000,
    begin: ({ kind }) => begun.push(`${clock.now()} ${kind.name}`),
  });
  chance.start();
  clock.advance(seconds * 1_000);
  chance.stop();
  expect(clock.pending).to.equal(0);
  return begun;
}

describe('random faults', () => {
  it('are the same for the same seed and label, and others for others', () => {
    expect(schedule(7, 'connection 1', 60)).to.deep.equal(schedule(7, 'connection 1', 60));
    expect(schedule(7, 'connection 1', 60)).not.to.deep.equal(schedule(8, 'connection 1', 60));
    expect(schedule(7, 'connection 1', 60)).not.to.deep.equal(schedule(7, 'connection 2', 60));
  });

  it('come at their mean rate and are of each kind', () => {
    const begun = schedule(1, 'x', 30_000);
    // 10,000 expected; the standard deviation of a Poisson count is its root, 100.
    expect(begun.length).to.be.within(9_500, 10_500);
    for (const name of ['reset_peer', 'timeout', 'latency']) {
      expect(begun.filter((line) => line.endsWith(name)).length).to.be.within(3_000, 3_700);
    }
  });

  it('draw evenly from 0 to 1', () => {
    const draw = drawsOf(3, 'even');
    const values = Array.from({ length: 10_000 }, draw);
    expect(Math.min(...values)).to.be.within(0, 0.01);
    expect(Math.max(...values)).to.be.within(0.99, 0.999999999);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).to.be.within(0.48, 0.52);
  });
});
