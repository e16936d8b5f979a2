import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { refusal } from '../../protocol/errors.ts';
import { receive } from '../testing/one-call.ts';
import { CallOutlet } from './grpc-outlet.ts';
import { streamOf } from './grpc-stream.ts';

const NOBODY = { end: () => undefined };
const ITEMS = [
  { kind: 'item', index: 0, value: 0xa15c02b7 },
  { kind: 'item', index: 1, value: 7n },
] as const;
/** OpenResponse{item{number}}, OpenResponse{item{index, integer}}. */
const ITEM_BYTES = ['120515b7025ca1', '120508011a0107'];

describe('CallOutlet', () => {
  for (const [how, find] of [
    ['over the stream', streamOf],
    ['over the call, when the stream is unknown', () => undefined],
  ] as const) {
    it(`delivers messages and the status behind them ${how}, and tells of each that it has left, and of the end`, async () => {
      const told: string[] = [];
      const got = await receive((call) => {
        const outlet = new CallOutlet(call, NOBODY, find(call));
        outlet.report({ flushed: () => told.push('flushed'), dropped: () => told.push('dropped') });
        for (const item of ITEMS) outlet.send(item);
        outlet.end(refusal('UNAVAILABLE', 'that was all'));
      });
      expect(got).to.deep.equal([...ITEM_BYTES, '14 that was all']);
      expect(told).to.deep.equal(['flushed', 'flushed', 'dropped']);
    });
  }

  it('ends without error, and sends nothing after the end', async () => {
    const got = await receive(async (call) => {
      const outlet = new CallOutlet(call, NOBODY);
      outlet.send(ITEMS[0]);
      outlet.end(undefined);
      await setImmediate();
      outlet.send(ITEMS[1]);
    });
    expect(got).to.deep.equal([ITEM_BYTES[0], '0 OK']);
  });

  it('sends nothing to a client that has gone', async () => {
    const told: string[] = [];
    await receive((call) => {
      const outlet = new CallOutlet(call, NOBODY);
      outlet.report({ flushed: () => told.push('flushed'), dropped: () => told.push('dropped') });
      const stream = streamOf(call);
      stream?.destroy();
      outlet.send(ITEMS[0]);
    });
    expect(told).to.deep.equal(['dropped']);
  });
});
