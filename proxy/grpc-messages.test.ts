import { expect } from 'chai';
import fc from 'fast-check';
import { MessageCounter } from './grpc-messages.ts';

const PREFACE = Buffer.from('505249202a20485454502f322e300d0a0d0a534d0d0a0d0a', 'hex');

/** RFC 9113 section 4.1: length, type, flags, stream. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

const SETTINGS = frame(4, 0, 0, Buffer.from('000300000064', 'hex'));

/** A gRPC message of so many bytes. */
function message(bytes: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(bytes, 1);
  return Buffer.concat([header, Buffer.alloc(bytes, 0xee)]);
}

function counted(isClient: boolean, pieces: readonly Uint8Array[]): number {
  const counter = new MessageCounter(isClient);
  for (const piece of pieces) expect(counter.take(piece)).to.equal(piece.length);
  return counter.messages;
}

describe('counter of gRPC messages', () => {
  it('counts messages in DATA frames and nothing else', () => {
    const headers = frame(1, 4, 1, Buffer.alloc(40, 0x82));
    const ping = frame(6, 0, 0, Buffer.alloc(8));
    const bytes = Buffer.concat([
      PREFACE,
      SETTINGS,
      headers,
      frame(0, 0, 1, message(20)),
      ping,
      frame(0, 1, 1, message(0)),
    ]);
    expect(counted(true, [bytes])).to.equal(2);
  });

  it('follows a message over several frames, several messages in one, and streams beside each other', () => {
    const long = message(30);
    const bytes = [
      SETTINGS,
      frame(0, 0, 1, long.subarray(0, 3)),
      frame(0, 0, 3, Buffer.concat([message(2), message(0), message(7)])),
      frame(0, 0, 1, long.subarray(3, 20)),
      frame(0, 0, 1, long.subarray(20)),
    ];
    expect(counted(false, bytes)).to.equal(4);
  });

  it('leaves padding and empty frames out', () => {
    const padded = Buffer.concat([Buffer.from([4]), message(6), Buffer.alloc(4)]);
    const none = frame(0, 8, 1, Buffer.from([3, 0, 0, 0]));
    expect(
      counted(false, [
        SETTINGS,
        frame(0, 8, 1, padded),
        none,
        frame(0, 0, 1, Buffer.alloc(0)),
        frame(0, 0, 1, message(1)),
      ]),
    ).to.equal(2);
  });

  it('begins anew with a stream that was reset in the middle of a message', () => {
    const half = message(9).subarray(0, 8);
    expect(
      counted(false, [SETTINGS, frame(0, 0, 1, half), frame(3, 0, 1, Buffer.alloc(4)), frame(0, 0, 1, message(1))]),
    ).to.equal(1);
  });

  it('stops at the last byte of the message that was asked for', () => {
    const first = Buffer.concat([SETTINGS, frame(0, 0, 1, Buffer.concat([message(4), message(5)]))]);
    const counter = new MessageCounter(false);
    const end = SETTINGS.length + 9 + 9;
    expect(counter.take(first, 1)).to.equal(end);
    expect(counter.take(first.subarray(end), 2)).to.equal(10);
    expect(counter.messages).to.equal(2);
  });

  it('counts the same however the bytes are cut into pieces', () => {
    const bytes = Buffer.concat([
      PREFACE,
      SETTINGS,
      frame(0, 8, 1, Buffer.concat([Buffer.from([2]), message(11), Buffer.alloc(2)])),
      frame(0, 0, 3, message(300)),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const pieces: Uint8Array[] = [];
        for (let at = 0, k = 0; at < bytes.length; k++) {
          const size = sizes[k % sizes.length] ?? 1;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        return counted(true, pieces) === 2;
      }),
    );
  });

  it('takes any other bytes without counting', () => {
    expect(counted(true, [Buffer.from('GET / HTTP/1.1\r\n\r\n'), message(3)])).to.equal(0);
    expect(counted(false, [Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), message(3)])).to.equal(0);
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.uint8Array({ maxLength: 60 })), (isClient, pieces) => {
        counted(isClient, pieces);
      }),
    );
  });
});
