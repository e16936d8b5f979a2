/**
 * HTTP/2 frames as bytes, and what no peer of HTTP/2 may send. Source: RFC 9113.
 */
import type { ConnectionCategory } from '../category.ts';
import type { Draw } from '../draw.ts';
import { framed, openBytes } from './build.ts';

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const HEAD_BYTES = 9;
const END_HEADERS = 0x4;
const ACK = 0x1;
const END_STREAM = 0x1;
const UNKNOWN_TYPE = 0x42;

/** @param length what the head says, when it is not the truth */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** A setting and its value. */
export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

/** What opens every connection. */
export function greeting(settings: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0, settings)]);
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** A literal header, not indexed, without Huffman: RFC 7541 section 6.2.2; texts shorter than 127 bytes. */
const literal = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);

/** The headers of a right call of Open. */
export const CALL_HEADERS = Buffer.concat([
  literal(':method', 'POST'),
  literal(':scheme', 'http'),
  literal(':path', '/reseq.v1.SequenceService/Open'),
  literal(':authority', 'localhost'),
  literal('content-type', 'application/grpc'),
  literal('te', 'trailers'),
]);

type Wrong = (draw: Draw) => Buffer;

/** Each of them is an error of the connection: RFC 9113 says so under the section in its name. */
export const CONNECTION_ERRORS: Readonly<Record<string, Wrong>> = {
  'frame larger than allowed (4.2)': (d) => frame(FRAME.DATA, 0, 1, d.bytes(100), d.int(16_385, 0xff_ffff)),
  'headers that do not decompress (4.3)': (d) =>
    frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, d.int(0x80, 0xff)])),
  'stream of even number (5.1.1)': (d) => frame(FRAME.HEADERS, END_HEADERS, 2 * d.int(1, 1_000), CALL_HEADERS),
  'headers on stream 0 (6.2)': () => frame(FRAME.HEADERS, END_HEADERS, 0, CALL_HEADERS),
  'data on stream 0 (6.1)': (d) => frame(FRAME.DATA, 0, 0, d.bytes(d.int(1, 50))),
  'data on an idle stream (5.1)': (d) => frame(FRAME.DATA, 0, 2 * d.int(1, 1_000) + 1, d.bytes(d.int(1, 50))),
  'padding longer than the frame (6.1)': (d) =>
    Buffer.concat([
      frame(FRAME.HEADERS, END_HEADERS, 1, CALL_HEADERS),
      frame(FRAME.DATA, 0x8, 1, Buffer.from([d.int(10, 255), 1])),
    ]),
  'settings on a stream (6.5)': (d) => frame(FRAME.SETTINGS, 0, d.int(1, 9), setting(3, 1)),
  'settings of odd length (6.5)': (d) => frame(FRAME.SETTINGS, 0, 0, d.bytes(d.pick([1, 5, 7]))),
  'acknowledgement with settings (6.5)': () => frame(FRAME.SETTINGS, ACK, 0, setting(3, 1)),
  'window beyond 2^31 in settings (6.5.2)': (d) =>
    frame(FRAME.SETTINGS, 0, 0, setting(4, d.int(0x8000_0000, 0xffff_ffff))),
  'maximum frame size below 16384 (6.5.2)': (d) => frame(FRAME.SETTINGS, 0, 0, setting(5, d.int(0, 16_383))),
  'push from a client (8.4)': () => frame(FRAME.PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([uint32(2), CALL_HEADERS])),
  'ping of wrong length (6.7)': (d) => frame(FRAME.PING, 0, 0, d.bytes(d.pick([0, 7, 9]))),
  'ping on a stream (6.7)': (d) => frame(FRAME.PING, 0, d.int(1, 9), d.bytes(8)),
  'window update by 0 (6.9)': () => frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0)),
  'window beyond 2^31 (6.9.1)': () => frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0x7fff_ffff)),
  'window update of wrong length (6.9)': (d) => frame(FRAME.WINDOW_UPDATE, 0, 0, d.bytes(d.pick([3, 5]))),
  'reset of an idle stream (6.4)': (d) => frame(FRAME.RST_STREAM, 0, 2 * d.int(1, 99) + 1, uint32(8)),
  'continuation of nothing (6.10)': () => frame(FRAME.CONTINUATION, END_HEADERS, 1, CALL_HEADERS),
  'headers interrupted by a ping (6.10)': (d) =>
    Buffer.concat([frame(FRAME.HEADERS, 0, 1, CALL_HEADERS), frame(FRAME.PING, 0, 0, d.bytes(8))]),
};

/** What is no HTTP/2 at all. */
const FOREIGN: Readonly<Record<string, Wrong>> = {
  'HTTP/1.1': (d) => Buffer.from(`GET /${d.int(0, 999)} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  'TLS hello': (d) => Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), d.bytes(190)]),
  'random bytes': (d) => d.bytes(d.int(24, 400)),
  'preface with a fault': (d) => {
    const bytes = greeting();
    const at = d.int(0, PREFACE.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ d.int(1, 255);
    return bytes;
  },
};

/** Nothing more comes: the server has to end it. */
const UNFINISHED: Readonly<Record<string, Wrong>> = {
  'connection that never speaks': () => Buffer.alloc(0),
  'half a preface': (d) => greeting().subarray(0, d.int(1, PREFACE.length - 1)),
  'greeting without a call': () => greeting(),
  'half a frame': () => Buffer.concat([greeting(), frame(FRAME.HEADERS, END_HEADERS, 1, CALL_HEADERS).subarray(0, 20)]),
};

/** Allowed by RFC 9113: whoever gets it ignores it. */
const IGNORED: Readonly<Record<string, Wrong>> = {
  'frame of unknown type (5.5)': (d) => frame(UNKNOWN_TYPE, d.int(0, 255), d.int(0, 99), d.bytes(d.int(0, 99))),
  'unknown setting (6.5.2)': (d) => frame(FRAME.SETTINGS, 0, 0, setting(d.int(0x100, 0xffff), d.int(0, 1_000))),
  'priority (5.3)': (d) => frame(FRAME.PRIORITY, 0, 2 * d.int(1, 99) + 1, Buffer.from([0, 0, 0, 0, d.int(0, 255)])),
};

const rows = (
  wrongs: Readonly<Record<string, Wrong>>,
  expectation: Pick<ConnectionCategory, 'rule' | 'weight' | 'right' | 'lenient'>,
  before: readonly Buffer[] = [],
): ConnectionCategory[] =>
  Object.entries(wrongs).map(([name, wrong]) => ({ name, ...expectation, make: (draw) => [...before, wrong(draw)] }));

const FLOOD = 10_000;
const times = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(bytes));

/** Thousands of frames at once, each of them allowed. */
const FLOODS: Readonly<Record<string, Wrong>> = {
  'flood of pings': (d) => times(FLOOD, frame(FRAME.PING, 0, 0, d.bytes(8))),
  'flood of settings': () => times(FLOOD, frame(FRAME.SETTINGS, 0, 0, setting(3, 1))),
  'flood of empty headers': () =>
    Buffer.concat([
      frame(FRAME.HEADERS, 0, 1, CALL_HEADERS),
      times(FLOOD, frame(FRAME.CONTINUATION, 0, 1, Buffer.alloc(0))),
    ]),
  'flood of empty data': () =>
    Buffer.concat([
      frame(FRAME.HEADERS, END_HEADERS, 1, CALL_HEADERS),
      times(FLOOD, frame(FRAME.DATA, 0, 1, Buffer.alloc(0))),
    ]),
  'flood of window updates': () => times(FLOOD, frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(1))),
  'flood of unknown frames': (d) => times(FLOOD, frame(UNKNOWN_TYPE, 0, 0, d.bytes(20))),
  'flood of opens and resets': () =>
    Buffer.concat(
      Array.from({ length: FLOOD / 4 }, (_, k) =>
        Buffer.concat([
          frame(FRAME.HEADERS, END_HEADERS, 2 * k + 1, CALL_HEADERS),
          frame(FRAME.RST_STREAM, 0, 2 * k + 1, uint32(8)),
        ]),
      ),
    ),
  'flood of opens': () =>
    Buffer.concat(
      Array.from({ length: FLOOD / 4 }, (_, k) => frame(FRAME.HEADERS, END_HEADERS, 2 * k + 1, CALL_HEADERS)),
    ),
};

/** A session is opened, and then nothing is answered any more, pings least of all. */
function deaf(draw: Draw): readonly Buffer[] {
  return [
    greeting(),
    frame(FRAME.HEADERS, END_HEADERS, 1, CALL_HEADERS),
    frame(
      FRAME.DATA,
      END_STREAM,
      1,
      framed(openBytes({ kind: 'stateful-start', clientId: draw.clientId(), n: 65_535 })),
    ),
  ];
}

export const CONNECTIONS: readonly ConnectionCategory[] = [
  // A server may see a stream's fault where the RFC sees the connection's, and be polite.
  ...rows(CONNECTION_ERRORS, { rule: 'RSQ-SEC-2', weight: 1, right: ['closed'], lenient: ['open'] }, [greeting()]),
  ...rows(FOREIGN, { rule: 'RSQ-SEC-2', weight: 3, right: ['closed'] }),
  ...rows(FLOODS, { rule: 'RSQ-SEC-2', weight: 0.25, right: ['closed', 'open'] }, [greeting()]),
  { name: 'session that answers no ping', rule: 'RSQ-GRP-6', weight: 0.5, right: ['closed'], isSlow: true, make: deaf },
  ...rows(UNFINISHED, { rule: 'RSQ-LIM-15', weight: 2, right: ['closed'] }),
];

/** Still there after them. */
export const HARMLESS: readonly ConnectionCategory[] = rows(
  IGNORED,
  { rule: 'RSQ-SEC-2', weight: 1, right: ['open'] },
  [greeting()],
);
