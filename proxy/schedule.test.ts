import { expect } from 'chai';
import { phaseAt } from './schedule.ts';

/** Whether it is on, at each of these milliseconds. */
function onAt(schedule: Parameters<typeof phaseAt>[0], times: readonly number[]): boolean[] {
  return times.map((ms) => phaseAt(schedule, ms).isOn);
}

describe('schedule of a fault', () => {
  it('is one window from at on, for ever or for a while', () => {
    expect(onAt({ atMs: 0 }, [0, 1e9])).to.deep.equal([true, true]);
    expect(onAt({ atMs: 500, forMs: 300 }, [0, 499, 500, 799, 800, 5_000])).to.deep.equal([
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('comes again every so often, counted from beginning to beginning', () => {
    const schedule = { atMs: 500, forMs: 300, everyMs: 1_000 };
    expect(onAt(schedule, [499, 500, 799, 800, 1_499, 1_500, 1_799, 1_800])).to.deep.equal([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(phaseAt(schedule, 1_600)).to.deep.equal({ isOn: true, round: 1, startMs: 1_500, changeMs: 1_800 });
    expect(phaseAt(schedule, 1_900)).to.deep.equal({ isOn: false, round: 1, startMs: 1_500, changeMs: 2_500 });
  });

  it('lasts until the next window when no length is given', () => {
    expect(phaseAt({ atMs: 0, everyMs: 1_000 }, 2_500)).to.deep.equal({
      isOn: true,
      round: 2,
      startMs: 2_000,
      changeMs: 3_000,
    });
  });

  it('says that nothing changes any more', () => {
    expect(phaseAt({ atMs: 0, forMs: 10 }, 10).changeMs).to.equal(Number.POSITIVE_INFINITY);
    expect(phaseAt({ atMs: 0 }, 10).changeMs).to.equal(Number.POSITIVE_INFINITY);
  });
});
