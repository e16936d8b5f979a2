/**
 * Servers that are hostile to a client, and what a client makes of each. Spec: core.md sections 3, 7 to 10, RSQ-LIM-18;
 * bindings/grpc.md section 2.
 */
import type http2 from 'node:http2';
import type net from 'node:net';
import { gzipSync } from 'node:zlib';
import { sequenceChecksum } from '../../conformance/oracle/checksum.ts';
import { itemsOf } from '../../conformance/oracle/pcg32.ts';
import { encodeFinal, encodeItem, encodeOpened } from '../../conformance/peer/wire.ts';
import { framed } from '../inputs/build.ts';
import { FRAME, frame, setting } from '../inputs/frames.ts';

/** Items that the client is to ask for. */
export const COUNT = 5;
const SEED = 42n;
const INTERVAL_MS = 20;
/** Shorter than any wait. */
const SHORT_HINT = { 'grpc-status': '8', 'reseq-code': '201', 'reseq-retry-after-ms': '1' };
const RESUME_KEY = Buffer.alloc(16, 7);
const WRITE_EVERY_MS = 5;

type Serve = (stream: http2.ServerHttp2Stream) => void;

export interface HostileServer {
  readonly name: string;
  readonly rule: string;
  /** Exit codes, or `trying`: still reconnecting, or still listening, when the time was over. */
  readonly right: readonly string[];
  /** Answers calls. */
  readonly serve?: Serve;
  /** Takes the TCP connection as it is. */
  readonly accept?: (socket: net.Socket) => void;
}

const opened = (extensions: readonly string[] = []): Buffer =>
  framed(
    encodeOpened({
      profile: 'stateful',
      protocolVersion: 1,
      intervalMs: INTERVAL_MS,
      nextIndex: 0,
      extensions,
      a: 0,
      ratio: 0,
      n: COUNT,
      retentionMs: 30_000,
      resumeKey: RESUME_KEY,
      attempt: 1,
    }),
  );
const values = itemsOf(SEED, COUNT);
const item = (index: number): Buffer => framed(encodeItem(index, values[index] ?? 0));
const final = (checksum: Uint8Array = sequenceChecksum(SEED, COUNT)): Buffer =>
  framed(encodeFinal(COUNT - 1, values[COUNT - 1] ?? 0, checksum));
const wholeSequence = (first: Buffer = opened(), last: Buffer = final()): Buffer =>
  Buffer.concat([first, ...values.slice(0, -1).map((_, index) => item(index)), last]);

const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };

/** Sends messages, and a status when there is one. */
const answer = (body: Buffer, trailers?: http2.OutgoingHttpHeaders, headers: http2.OutgoingHttpHeaders = {}): Serve => {
  return (stream) => {
    stream.respond({ ...HEADERS, ...headers }, { waitForTrailers: true });
    if (trailers === undefined) {
      stream.write(body);
      return;
    }
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(body);
  };
};
const refuse = (trailers: http2.OutgoingHttpHeaders): Serve => {
  return (stream) => stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
};
const http = (status: number, type = 'text/html'): Serve => {
  return (stream) => {
    stream.respond({ ':status': status, 'content-type': type, location: '/' });
    stream.end('<html><body>not here</body></html>');
  };
};
/** Writes `bytes` again and again for as long as the stream lives, `first` before. */
const endless = (bytes: Buffer, first: Buffer = Buffer.alloc(0)): Serve => {
  return (stream) => {
    stream.respond(HEADERS);
    stream.write(first);
    const timer = setInterval(() => {
      for (let k = 0; k < 100 && stream.writableLength < 1 << 20; k++) stream.write(bytes);
    }, WRITE_EVERY_MS);
    stream.on('close', () => clearInterval(timer));
  };
};
/** One byte of `bytes` each half second. */
const drip = (bytes: Buffer): Serve => {
  return (stream) => {
    stream.respond(HEADERS);
    let at = 0;
    const timer = setInterval(() => stream.write(bytes.subarray(at, ++at)), 500);
    stream.on('close', () => clearInterval(timer));
  };
};
const flood = (bytes: Buffer): ((socket: net.Socket) => void) => {
  return (socket) => {
    socket.write(frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(0)));
    const timer = setInterval(() => {
      if (socket.writableLength < 1 << 20) socket.write(bytes);
    }, WRITE_EVERY_MS);
    socket.on('close', () => clearInterval(timer));
  };
};
const times = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(bytes));

const AGAIN = ['trying', '5'] as const;
const OK = { 'grpc-status': '0' };

export const SERVERS: readonly HostileServer[] = [
  { name: 'HTML page 404', rule: 'RSQ-GRP-11', right: ['4'], serve: http(404) },
  { name: 'HTML page 200', rule: 'RSQ-GRP-11', right: AGAIN, serve: http(200) },
  { name: 'HTTP 401', rule: 'RSQ-GRP-11', right: ['4'], serve: http(401) },
  { name: 'HTTP 503', rule: 'RSQ-GRP-11', right: AGAIN, serve: http(503) },
  { name: 'redirect', rule: 'RSQ-GRP-11', right: AGAIN, serve: http(302) },
  { name: 'never answers a call', rule: 'RSQ-LIV-2', right: AGAIN, serve: () => undefined },
  { name: 'never says anything', rule: 'RSQ-LIV-2', right: AGAIN, accept: () => undefined },
  { name: 'closes every connection', rule: 'RSQ-BAK-1', right: AGAIN, accept: (socket) => socket.end() },
  { name: 'resets every call', rule: 'RSQ-BAK-1', right: AGAIN, serve: (stream) => stream.close(2) },
  { name: 'GOAWAY at once', rule: 'RSQ-BAK-1', right: AGAIN, serve: (stream) => stream.session?.goaway(11) },
  {
    name: 'random bytes',
    rule: 'RSQ-BAK-1',
    right: AGAIN,
    accept: (socket) => socket.write(Buffer.alloc(4_096, 0xa7)),
  },
  {
    name: 'HTTP/1.1',
    rule: 'RSQ-BAK-1',
    right: AGAIN,
    accept: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  },
  { name: 'drip of bytes', rule: 'RSQ-LIV-2', right: AGAIN, serve: drip(opened()) },
  {
    name: 'message of 4 GiB, without end',
    rule: 'RSQ-LIM-18',
    right: AGAIN,
    serve: endless(Buffer.alloc(16_384), framed(Buffer.alloc(0), 0, 0xffff_ffff)),
  },
  { name: 'message of 1 MiB', rule: 'RSQ-LIM-18', right: AGAIN, serve: answer(framed(Buffer.alloc(1 << 20)), OK) },
  {
    name: 'gzip bomb',
    rule: 'RSQ-LIM-18',
    right: AGAIN,
    serve: answer(framed(gzipSync(Buffer.alloc(16 << 20)), 1), OK, { 'grpc-encoding': 'gzip' }),
  },
  {
    name: 'garbage for gzip',
    rule: 'RSQ-MSG-9',
    right: AGAIN,
    serve: answer(framed(Buffer.alloc(99, 0xa7), 1), OK, { 'grpc-encoding': 'gzip' }),
  },
  {
    name: 'thousands of extensions',
    rule: 'RSQ-VER-4',
    right: ['0', ...AGAIN],
    serve: answer(wholeSequence(opened(Array(5_000).fill('x.y'))), OK),
  },
  {
    name: 'trailers of 60 KiB',
    rule: 'RSQ-LIM-18',
    right: ['0', ...AGAIN],
    serve: answer(wholeSequence(), { ...OK, 'x-large': 'x'.repeat(60_000) }),
  },
  { name: 'no status at the end', rule: 'RSQ-GRP-11', right: AGAIN, serve: answer(Buffer.alloc(0), {}) },
  { name: 'OK before everything', rule: 'RSQ-FIN-7', right: AGAIN, serve: answer(opened(), OK) },
  { name: 'code 99', rule: 'RSQ-ERR-4', right: ['4'], serve: refuse({ 'grpc-status': '14', 'reseq-code': '99' }) },
  {
    name: 'code 299 for ever',
    rule: 'RSQ-ERR-4',
    right: AGAIN,
    serve: refuse({ 'grpc-status': '2', 'reseq-code': '299' }),
  },
  {
    name: 'hint of a month',
    rule: 'RSQ-BAK-4',
    right: AGAIN,
    serve: refuse({ 'grpc-status': '14', 'reseq-code': '200', 'reseq-retry-after-ms': '2592000000' }),
  },
  {
    name: 'hint of 1 ms for ever',
    rule: 'RSQ-BAK-6',
    right: AGAIN,
    serve: refuse(SHORT_HINT),
  },
  { name: 'hint of 1 ms after OPENED', rule: 'RSQ-BAK-7', right: AGAIN, serve: answer(opened(), SHORT_HINT) },
  {
    name: 'session lost after OPENED',
    rule: 'RSQ-FIN-8',
    right: ['3'],
    serve: answer(opened(), { 'grpc-status': '5', 'reseq-code': '102' }),
  },
  {
    name: 'wrong checksum',
    rule: 'RSQ-FIN-2',
    right: ['1'],
    serve: answer(wholeSequence(opened(), final(Buffer.alloc(32))), OK),
  },
  {
    name: 'items beyond the end, without end',
    rule: 'RSQ-MSG-10',
    right: ['1', 'trying'],
    serve: endless(framed(encodeItem(COUNT, 1)), opened()),
  },
  { name: 'the first item, without end', rule: 'RSQ-MSG-7', right: AGAIN, serve: endless(item(0), opened()) },
  { name: 'items after FINAL, without end', rule: 'RSQ-FIN-9', right: ['0'], serve: endless(item(0), wholeSequence()) },
  {
    name: 'flood of pings',
    rule: 'RSQ-LIV-5',
    right: AGAIN,
    accept: flood(times(1_000, frame(FRAME.PING, 0, 0, Buffer.alloc(8)))),
  },
  {
    name: 'flood of settings',
    rule: 'RSQ-LIV-5',
    right: AGAIN,
    accept: flood(times(1_000, frame(FRAME.SETTINGS, 0, 0, setting(3, 100)))),
  },
];
