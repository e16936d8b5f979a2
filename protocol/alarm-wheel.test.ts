import { expect } from 'chai';
import fc from 'fast-check';
import { AlarmWheel, WheelAlarm } from './alarm-wheel.ts';

const steps = fc.array(
  fc.record({
    atMs: fc.double({ min: 0, max: 6_000, noNaN: true }),
    moveMs: fc.option(fc.double({ min: 0, max: 6_000, noNaN: true }), { nil: undefined }),
    isRemoved: fc.boolean(),
  }),
);

function add(wheel: AlarmWheel, atMs: number, ring: () => void): WheelAlarm {
  const alarm = new WheelAlarm(ring);
  wheel.set(alarm, atMs);
  return alarm;
}

describe('AlarmWheel', () => {
  it('rings each alarm once, in its millisecond and in the order of setting, near or far, moved or not', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 3 }), (list, strides) => {
        const wheel = new AlarmWheel(0);
        const rung: { readonly k: number; readonly nowMs: number }[] = [];
        let nowMs = 0;
        const set = list.map(({ atMs }, k) => add(wheel, atMs, () => rung.push({ k, nowMs })));
        for (const [k, alarm] of set.entries()) {
          const { moveMs, isRemoved } = list[k] ?? { moveMs: undefined, isRemoved: false };
          if (moveMs !== undefined) wheel.set(alarm, moveMs);
          if (isRemoved) wheel.remove(alarm);
        }
        const due = (k: number): number => Math.max(1, Math.ceil(list[k]?.moveMs ?? list[k]?.atMs ?? 0));
        const kept = [...list.keys()].filter((k) => list[k]?.isRemoved === false);
        expect(wheel.size).to.equal(kept.length);
        for (const stride of [...strides, 7_000]) {
          nowMs += stride;
          wheel.ringDue(nowMs + 0.5);
          const late = kept.filter((k) => due(k) <= nowMs).length;
          expect(rung).to.have.length(late);
        }
        expect(rung.map(({ k }) => k).sort((a, b) => a - b)).to.deep.equal(kept);
        for (const { k, nowMs: atMs } of rung) expect(due(k)).to.be.at.most(atMs);
        const times = rung.map(({ k }) => due(k));
        expect(times).to.deep.equal([...times].sort((a, b) => a - b));
        expect(wheel.size).to.equal(0);
      }),
    );
  });

  it('rings alarms of one millisecond in the order in which they were set', () => {
    const wheel = new AlarmWheel(0);
    const rung: string[] = [];
    for (const name of ['a', 'b', 'c']) add(wheel, 7.2, () => rung.push(name));
    wheel.ringDue(7.9);
    expect(rung).to.deep.equal([]);
    expect(wheel.nextMs()).to.equal(8);
    wheel.ringDue(8);
    expect(rung.join('')).to.equal('abc');
  });

  it('rings what a ring sets in a later millisecond, so that a loop of them comes to an end', () => {
    const wheel = new AlarmWheel(100);
    const rung: number[] = [];
    const again = (): void => {
      rung.push(wheel.nextMs() ?? 0);
      add(wheel, 0, again);
    };
    add(wheel, 0, again);
    wheel.ringDue(103);
    expect(rung).to.have.length(3);
    expect(wheel.nextMs()).to.equal(104);
  });

  it('does not ring what a ring of the same millisecond has removed', () => {
    const wheel = new AlarmWheel(0);
    const rung: string[] = [];
    add(wheel, 3, () => wheel.remove(second));
    const second = add(wheel, 3, () => rung.push('second'));
    add(wheel, 3, () => rung.push('third'));
    wheel.ringDue(3);
    expect(rung).to.deep.equal(['third']);
    wheel.remove(second);
    expect(wheel.size).to.equal(0);
  });

  it('rings the rest of a millisecond later when a ring throws', () => {
    const wheel = new AlarmWheel(0);
    const rung: string[] = [];
    add(wheel, 3, () => {
      throw new Error('thrown by a ring');
    });
    add(wheel, 3, () => rung.push('second'));
    expect(() => wheel.ringDue(5)).to.throw('thrown by a ring');
    wheel.ringDue(5);
    expect(rung).to.deep.equal(['second']);
  });

  it('finds its way after a long sleep', () => {
    const wheel = new AlarmWheel(0);
    const rung: string[] = [];
    add(wheel, 10, () => rung.push('near'));
    add(wheel, 90_000_000, () => rung.push('far'));
    wheel.ringDue(80_000_000);
    add(wheel, 80_000_005, () => rung.push('new'));
    wheel.ringDue(100_000_000);
    expect(rung).to.deep.equal(['near', 'new', 'far']);
  });
});
