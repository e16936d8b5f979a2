import { expect } from 'chai';
import fc from 'fast-check';
import { encodeServerMessage } from '../../protocol/bindings/grpc/codec.ts';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { indexes, uint32s } from '../../protocol/testing/arbitraries.ts';
import { encodeNumberItem } from './grpc-items.ts';

describe('items as bytes', () => {
  it('are those of the transcript in the specification', () => {
    expect(encodeNumberItem(0, 0xa15c02b7).toString('hex')).to.equal('120515b7025ca1');
    expect(encodeNumberItem(1, 0x7b47f409).toString('hex')).to.equal('120708011509f4477b');
  });

  it('are those that the .proto gives, for every index and number', () => {
    const { responseSerialize } = loadService().definition.Open;
    const same = (index: number, value: number): void => {
      const expected = responseSerialize(encodeServerMessage({ kind: 'item', index, value }));
      expect(encodeNumberItem(index, value).toString('hex')).to.equal(expected.toString('hex'));
    };
    for (const index of [0, 1, 127, 128, 16_383, 16_384, 65_534]) same(index, 0);
    fc.assert(fc.property(indexes, uint32s, same));
  });
});
