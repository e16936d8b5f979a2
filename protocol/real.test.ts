import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock, systemRandom } from './real.ts';

describe('systemClock', () => {
  it('rings in order and never early', async () => {
    const clock = systemClock();
    const start = clock.now();
    const rung: { readonly name: string; readonly earlyMs: number }[] = [];
    const set = (name: string, atMs: number) =>
      clock.alarm(atMs, () => rung.push({ name, earlyMs: Math.max(0, atMs - clock.now()) }));
    set('third', start + 12.5);
    set('first', start + 3.2);
    set('second', start + 3.3);
    await sleep(40);
    expect(rung).to.deep.equal([
      { name: 'first', earlyMs: 0 },
      { name: 'second', earlyMs: 0 },
      { name: 'third', earlyMs: 0 },
    ]);
  });

  it('does not ring a cancelled alarm, and rings the others', async () => {
    const clock = systemClock();
    const rung: string[] = [];
    const cancelled = clock.alarm(clock.now() + 2, () => rung.push('cancelled'));
    clock.alarm(clock.now() + 4, () => rung.push('kept'));
    cancelled.cancel();
    await sleep(20);
    cancelled.cancel();
    expect(rung).to.deep.equal(['kept']);
  });

  it('rings an alarm of the past soon, but not before the caller is done', async () => {
    const clock = systemClock();
    let rung = false;
    clock.alarm(clock.now() - 1_000, () => {
      rung = true;
    });
    expect(rung).to.equal(false);
    await sleep(20);
    expect(rung).to.equal(true);
  });

  it('rings alarms that were set by an alarm', async () => {
    const clock = systemClock();
    const rung: string[] = [];
    clock.alarm(clock.now() + 1, () => {
      rung.push('outer');
      clock.alarm(clock.now() + 1, () => rung.push('inner'));
    });
    await sleep(30);
    expect(rung).to.deep.equal(['outer', 'inner']);
  });

  it('rings an alarm that was moved at its new time, once for each move after a ring', async () => {
    const clock = systemClock();
    const rung: string[] = [];
    const alarm = clock.alarm(clock.now() + 60_000, () => rung.push('moved'));
    alarm.move?.(clock.now() + 2);
    clock.alarm(clock.now() + 8, () => rung.push('other'));
    await sleep(20);
    alarm.move?.(clock.now() + 1);
    await sleep(10);
    expect(rung).to.deep.equal(['moved', 'other', 'moved']);
  });

  it('serves ten thousand alarms with one timer', async () => {
    const clock = systemClock();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const start = clock.now();
    let rung = 0;
    for (let count = 0; count < 10_000; count++) clock.alarm(start + (count % 10), () => rung++);
    expect(timers() - before).to.be.at.most(1);
    await sleep(40);
    expect(rung).to.equal(10_000);
  });

  it('lets the process end when nothing is set any more', () => {
    const clock = systemClock();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const alarm = clock.alarm(clock.now() + 60_000, () => undefined);
    alarm.cancel();
    expect(timers()).to.equal(before);
  });
});

describe('systemRandom', () => {
  it('draws from [0, 1) and gives as many bytes as asked for', () => {
    const random = systemRandom();
    const draws = Array.from({ length: 100 }, () => random.uniform());
    expect(Math.min(...draws)).to.be.at.least(0);
    expect(Math.max(...draws)).to.be.below(1);
    expect(random.bytes(16)).to.have.length(16);
    expect(random.bytes(16)).not.to.deep.equal(random.bytes(16));
  });
});
