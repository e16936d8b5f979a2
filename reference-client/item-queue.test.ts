import { expect } from 'chai';
import { ItemQueue } from './item-queue.ts';

function queueOf(capacity: number): { queue: ItemQueue<number>; told: boolean[] } {
  const told: boolean[] = [];
  return { queue: new ItemQueue<number>(capacity, (full) => told.push(full)), told };
}

describe('item queue', () => {
  it('hands items to readers in order, whoever comes first', async () => {
    const { queue } = queueOf(10);
    const early = [queue.next(), queue.next()];
    for (const item of [1, 2, 3]) queue.push(item);
    const values = (await Promise.all([...early, queue.next()])).map(({ value }) => value);
    expect(values).to.deep.equal([1, 2, 3]);
  });

  it('says that it is full at its capacity and that it is not at half of it', async () => {
    const { queue, told } = queueOf(4);
    for (const item of [1, 2, 3, 4]) queue.push(item);
    expect(told).to.deep.equal([true]);
    await queue.next();
    expect(told).to.deep.equal([true]);
    await queue.next();
    expect(told).to.deep.equal([true, false]);
  });

  it('is not stuck with a capacity of one', async () => {
    const { queue, told } = queueOf(1);
    queue.push(1);
    await queue.next();
    expect(told).to.deep.equal([true, false]);
  });

  it('ends behind the items that wait', async () => {
    const { queue } = queueOf(4);
    queue.push(1);
    queue.end(undefined);
    expect(await queue.next()).to.deep.equal({ done: false, value: 1 });
    expect(await queue.next()).to.deep.equal({ done: true, value: undefined });
    expect(await queue.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('fails readers that wait and readers that come later', async () => {
    const { queue } = queueOf(4);
    const failure = new Error('lost');
    const waiting = queue.next().catch((error: unknown) => error);
    queue.end(failure);
    expect(await waiting).to.equal(failure);
    expect(await queue.next().catch((error: unknown) => error)).to.equal(failure);
  });

  it('drops everything once it discards, and is not full any more', () => {
    const { queue, told } = queueOf(1);
    queue.push(1);
    queue.discard();
    queue.push(2);
    expect(told).to.deep.equal([true, false]);
  });
});
