import { expect } from 'chai';
import fc from 'fast-check';
import { AlarmHeap } from './alarm-heap.ts';

const nothing = (): void => undefined;

/** Takes everything out in order. */
function drain(heap: AlarmHeap): number[] {
  const times: number[] = [];
  for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
    times.push(first.atMs);
    heap.remove(first);
  }
  return times;
}

describe('AlarmHeap', () => {
  it('gives alarms by time, whatever was added and removed in which order', () => {
    const commands = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 50 }), remove: fc.boolean() }));
    fc.assert(
      fc.property(commands, (list) => {
        const heap = new AlarmHeap();
        const added = list.map(({ atMs, remove }) => ({ alarm: heap.add(atMs, nothing), remove }));
        for (const { alarm, remove } of added) if (remove) heap.remove(alarm);
        const expected = list.filter(({ remove }) => !remove).map(({ atMs }) => atMs);
        expect(heap.size).to.equal(expected.length);
        expect(drain(heap)).to.deep.equal(expected.sort((a, b) => a - b));
      }),
    );
  });

  it('gives alarms of one time in the order in which they were set', () => {
    const heap = new AlarmHeap();
    const rung: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) heap.add(7, () => rung.push(name));
    for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
      heap.remove(first);
      first.ring();
    }
    expect(rung).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('moves an alarm behind those of its new time, whether it is still in the heap or not', () => {
    const heap = new AlarmHeap();
    const rung: string[] = [];
    const [first, second] = ['first', 'second'].map((name, k) => heap.add(k, () => rung.push(name)));
    heap.add(5, () => rung.push('third'));
    if (first === undefined || second === undefined) throw new Error('two alarms have been added');
    heap.remove(first);
    heap.move(first, 5);
    heap.move(second, 7);
    expect(heap.size).to.equal(3);
    for (let due = heap.peek(); due !== undefined; due = heap.peek()) {
      heap.remove(due);
      due.ring();
    }
    expect(rung).to.deep.equal(['third', 'first', 'second']);
  });

  it('takes a second removal for none', () => {
    const heap = new AlarmHeap();
    const alarm = heap.add(1, nothing);
    heap.add(2, nothing);
    heap.remove(alarm);
    heap.remove(alarm);
    expect(drain(heap)).to.deep.equal([2]);
  });
});
