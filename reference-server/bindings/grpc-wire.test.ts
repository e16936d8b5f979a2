import { expect } from 'chai';
import fc from 'fast-check';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { CONFIRM_REQUEST, DESCRIBE_REQUEST, isWellFormed, OPEN_REQUEST, type Shape } from './grpc-wire.ts';

const judge = (hex: string): boolean => isWellFormed(Buffer.from(hex.replaceAll(' ', ''), 'hex'), OPEN_REQUEST);

describe('bytes as protocol buffers', () => {
  for (const [what, hex] of [
    ['nothing', ''],
    ['the START of the specification', '0801 1a00'],
    ['a varint of 10 bytes', '08 ffffffffffffffffff01'],
    ['fixed32 and fixed64', 'fd01 00000000 f901 0000000000000000'],
    ['an unknown field of bytes that are no message', 'fa01 02 ffff'],
    ['a group with a field', 'fb01 0801 fc01'],
    ['100 groups in groups', 'fb01'.repeat(100) + 'fc01'.repeat(100)],
    ['the largest field number', 'f8ffffff0f 01'],
  ] as const) {
    it(`are ${what}`, () => expect(judge(hex)).to.equal(true));
  }

  for (const [what, hex] of [
    ['field number 0', '0001'],
    ['field number 0 in a request', '2a02 0001'],
    ['a varint of 11 bytes', '08 ffffffffffffffffffff01'],
    ['a varint of more than 64 bits', '08 ffffffffffffffffff02'],
    ['a varint without end', '08ff'],
    ['a varint without end in a request', '2a02 08ff'],
    ['a field number of more than 29 bits', '8080808010 01'],
    ['a length beyond the end', '0a05 00'],
    ['a length of 2^63', '0a ffffffffffffffff7f'],
    ['half a fixed32', '0d 0000'],
    ['protocol_version as bytes', '0a00'],
    ['a request as a number', '2801'],
    ['n as text', '2a03 12 01 35'],
    ['wire type 6', '0e'],
    ['wire type 7', '0f'],
    ['a group without end', 'fb01'],
    ['an end without group', 'fc01'],
    ['the end of another group', 'fb01 fc02'],
    ['101 groups in groups', 'fb01'.repeat(101) + 'fc01'.repeat(101)],
  ] as const) {
    it(`are not ${what}`, () => expect(judge(hex)).to.equal(false));
  }

  it('have the wire types that the .proto says', () => {
    const { Open, Confirm, Describe } = loadService().definition;
    const texts = { clientId: 'x', resumeKey: Buffer.from('y') };
    const numbers = { n: 5, attempt: 6, nextIndex: 7, a: 8, ratio: 9 };
    const shapes: readonly [Buffer, Shape][] = [
      ...(['statelessStart', 'statelessResume', 'statefulStart', 'statefulResume'] as const).map(
        (name) =>
          [
            Open.requestSerialize({ protocolVersion: 1, extensions: ['z'], [name]: { ...texts, ...numbers } }),
            OPEN_REQUEST,
          ] as [Buffer, Shape],
      ),
      [Confirm.requestSerialize({ ...texts, attempt: 6 }), CONFIRM_REQUEST],
      [Describe.requestSerialize({}), DESCRIBE_REQUEST],
    ];
    for (const [bytes, shape] of shapes) expect(isWellFormed(bytes, shape), bytes.toString('hex')).to.equal(true);
  });

  it('are whatever the .proto writes', () => {
    const { requestSerialize } = loadService().definition.Open;
    const request = fc.record({
      protocolVersion: fc.nat(),
      extensions: fc.array(fc.string()),
      statefulStart: fc.record({ clientId: fc.string(), n: fc.nat(), attempt: fc.nat() }),
    });
    fc.assert(fc.property(request, (message) => isWellFormed(requestSerialize(message), OPEN_REQUEST)));
  });
});
