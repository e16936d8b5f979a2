import { expect } from 'chai';
import fc from 'fast-check';
import { encodeServerMessage } from '../../protocol/bindings/grpc/codec.ts';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { indexes, uint32s } from '../../protocol/testing/arbitraries.ts';
import { prefixed, prefixedNumberItem, withoutPrefix } from './grpc-items.ts';

describe('items as bytes', () => {
  it('are those of the transcript in the specification', () => {
    expect(prefixedNumberItem(0, 0xa15c02b7).toString('hex')).to.equal('0000000007120515b7025ca1');
    expect(prefixedNumberItem(1, 0x7b47f409).toString('hex')).to.equal('0000000009120708011509f4477b');
  });

  it('are those that the .proto gives, for every index and number', () => {
    const { responseSerialize } = loadService().definition.Open;
    const same = (index: number, value: number): void => {
      const expected = responseSerialize(encodeServerMessage({ kind: 'item', index, value }));
      expect(withoutPrefix(prefixedNumberItem(index, value)).toString('hex')).to.equal(expected.toString('hex'));
    };
    for (const index of [0, 1, 127, 128, 16_383, 16_384, 65_534]) same(index, 0);
    fc.assert(fc.property(indexes, uint32s, same));
  });
});

describe('prefixed', () => {
  it('puts five bytes in front: no compression, and the length', () => {
    expect(prefixed(Buffer.from('abc')).toString('hex')).to.equal('0000000003616263');
    expect(prefixed(Buffer.alloc(8_195)).subarray(0, 5).toString('hex')).to.equal('0000002003');
  });
});
