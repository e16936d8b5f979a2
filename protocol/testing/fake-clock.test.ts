import { expect } from 'chai';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('rings what falls due, each at its own time, in order', () => {
    const clock = new FakeClock(100);
    const rung: string[] = [];
    clock.alarm(130, () => rung.push(`b at ${clock.now()}`));
    clock.alarm(110, () => rung.push(`a at ${clock.now()}`));
    clock.alarm(151, () => rung.push('too far'));
    clock.advance(50);
    expect(rung).to.deep.equal(['a at 110', 'b at 130']);
    expect(clock.now()).to.equal(150);
    expect(clock.pending).to.equal(1);
    expect(clock.nextAlarmMs).to.equal(151);
  });

  it('rings alarms that an alarm sets within the same advance', () => {
    const clock = new FakeClock();
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.now());
      clock.alarm(clock.now() + 10, tick);
    };
    clock.alarm(10, tick);
    clock.advanceTo(35);
    expect(ticks).to.deep.equal([10, 20, 30]);
  });

  it('does not ring what was cancelled', () => {
    const clock = new FakeClock();
    const alarm = clock.alarm(5, () => expect.fail('rang'));
    alarm.cancel();
    clock.advance(10);
    expect(clock.pending).to.equal(0);
  });

  it('never goes back', () => {
    const clock = new FakeClock(50);
    clock.advanceTo(20);
    expect(clock.now()).to.equal(50);
  });

  it('lets promises settle between alarms', async () => {
    const clock = new FakeClock();
    const sleep = (ms: number): Promise<void> => new Promise((wake) => void clock.alarm(clock.now() + ms, wake));
    const woken: number[] = [];
    const sleeper = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        await sleep(10);
        woken.push(clock.now());
      }
    };
    const done = sleeper();
    await clock.advanceAsync(30);
    await done;
    expect(woken).to.deep.equal([10, 20, 30]);
  });
});
