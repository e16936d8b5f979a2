/**
 * Calls that are wrong around their message: size, framing, compression, names, headers. Spec: bindings/grpc.md; the
 * answers of libraries: the gRPC protocol over HTTP/2.
 */
import { gzipSync } from 'node:zlib';
import { bytesField } from '../../conformance/peer/protobuf.ts';
import type { CallCategory, CallInput } from '../category.ts';
import type { Draw } from '../draw.ts';
import { callOf, DESCRIBE, framed, OPEN, rightStart } from './build.ts';

const PADDING = 100;
/** One kilobyte of it becomes a megabyte. */
const BOMB = gzipSync(Buffer.alloc(16 << 20));

/** A right START of exactly `size` bytes, an unknown field filling it up. */
export function padded(draw: Draw, size: number): Buffer {
  const start = rightStart(draw);
  const head = 2 + 3;
  return Buffer.concat([start, bytesField(PADDING, Buffer.alloc(Math.max(128, size - start.length - head), 0x61))]);
}

const start = (draw: Draw, changes: Partial<CallInput>): CallInput => ({ ...callOf(rightStart(draw)), ...changes });
const zipped = (draw: Draw, body: Buffer, encoding = 'gzip'): CallInput =>
  start(draw, { headers: { 'grpc-encoding': encoding }, body: framed(body, 1) });

export const CALLS: readonly CallCategory[] = [
  {
    name: 'request over 4096 bytes',
    rule: 'RSQ-LIM-3',
    weight: 2,
    right: ['100'],
    lenient: ['served', 'grpc 8'],
    make: (draw) => callOf(padded(draw, draw.int(4_300, 60_000))),
  },
  {
    name: 'request over 64 KiB',
    rule: 'RSQ-LIM-3',
    weight: 0.5,
    right: ['100', 'grpc 8'],
    lenient: ['served'],
    make: (draw) => callOf(padded(draw, draw.int(70_000, 300_000))),
  },
  {
    name: 'length of 4 GiB',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['grpc 8', '100'],
    make: (draw) => start(draw, { body: framed(rightStart(draw), 0, draw.int(0x8000_0000, 0xffff_ffff)) }),
  },
  {
    name: 'length longer than the body',
    rule: 'RSQ-SEC-2',
    weight: 2,
    right: ['grpc 13', 'grpc 12', 'grpc 3', '100', 'reset'],
    make: (draw) => {
      const message = rightStart(draw);
      return start(draw, { body: framed(message, 0, message.length + draw.int(1, 1_000)) });
    },
  },
  {
    name: 'no message',
    rule: 'RSQ-SEC-2',
    weight: 2,
    right: ['grpc 13', 'grpc 12', 'grpc 3', '100', 'reset'],
    make: (draw) => start(draw, { body: draw.bytes(draw.int(0, 4)) }),
  },
  {
    name: 'two messages',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['grpc 12', 'grpc 13', 'grpc 3', '100'],
    lenient: ['served'],
    make: (draw) => start(draw, { body: Buffer.concat([framed(rightStart(draw)), framed(rightStart(draw))]) }),
  },
  {
    name: 'unknown compression flag',
    rule: 'RSQ-SEC-2',
    weight: 2,
    right: ['grpc 13', 'grpc 12', '100'],
    lenient: ['served'],
    make: (draw) => start(draw, { body: framed(rightStart(draw), draw.int(2, 255)) }),
  },
  {
    name: 'compressed without an encoding',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['grpc 13', 'grpc 12', '100'],
    make: (draw) => start(draw, { body: framed(gzipSync(rightStart(draw)), 1) }),
  },
  {
    name: 'garbage for gzip',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['grpc 13', '100'],
    make: (draw) => zipped(draw, draw.bytes(draw.int(1, 200))),
  },
  {
    name: 'gzip bomb',
    rule: 'RSQ-SEC-2',
    weight: 0.3,
    right: ['grpc 8', '100'],
    make: (draw) => zipped(draw, BOMB),
  },
  {
    name: 'unknown encoding',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['grpc 12', 'grpc 13'],
    make: (draw) => zipped(draw, rightStart(draw), draw.pick(['br', 'x', '__proto__', 'gzip, gzip'])),
  },
  {
    name: 'unknown method',
    rule: 'RSQ-SEC-2',
    weight: 3,
    right: ['grpc 12'],
    make: (draw) =>
      start(draw, {
        path: draw.pick([
          '/reseq.v1.SequenceService/Close',
          `${OPEN}/`,
          `/${draw.text(draw.int(1, 300)).replace(/[?#%]/g, 'x')}`,
          '/',
          '/__proto__/constructor',
        ]),
      }),
  },
  {
    name: 'not gRPC',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['http 415', 'http 405', 'grpc 2', 'grpc 12', 'grpc 13', 'reset'],
    make: (draw) =>
      start(draw, { headers: { 'content-type': draw.pick(['text/html', 'application/json', undefined]) } }),
  },
  {
    name: 'malformed grpc-timeout',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['grpc 13', 'grpc 3', 'grpc 4', 'http 400'],
    lenient: ['served'],
    make: (draw) => start(draw, { headers: { 'grpc-timeout': draw.pick(['x', '-1S', '1', '999999999999S', '1e9S']) } }),
  },
  {
    name: 'metadata over 8 KiB',
    rule: 'RSQ-LIM-17',
    weight: 1,
    right: ['100'],
    lenient: ['grpc 8', 'served'],
    make: (draw) => start(draw, { headers: { 'x-large': draw.text(draw.int(8_200, 14_000)) } }),
  },
  {
    name: 'metadata over 60 KiB',
    rule: 'RSQ-LIM-17',
    weight: 0.3,
    right: ['100', 'grpc 8', 'grpc 13', 'reset', 'closed', 'http 431'],
    make: (draw) => start(draw, { headers: { 'x-large': draw.text(draw.int(61_000, 64_000)) } }),
  },
  {
    name: 'hundreds of headers',
    rule: 'RSQ-LIM-17',
    weight: 0.5,
    right: ['100', 'served', 'grpc 8', 'grpc 13', 'reset', 'closed', 'http 431'],
    make: (draw) => {
      const keys = Array.from({ length: draw.int(130, 900) }, (_, k) => [`x-${k}`, draw.text(5)] as const);
      return start(draw, { headers: Object.fromEntries(keys) });
    },
  },
  {
    name: 'binary metadata that is none',
    rule: 'RSQ-SEC-2',
    weight: 1,
    right: ['served', '100', 'grpc 13', 'grpc 3'],
    make: (draw) => start(draw, { headers: { 'x-bin': draw.text(draw.int(1, 60)), 'grpc-trace-bin': '*' } }),
  },
  {
    name: 'DESCRIBE with a wrong message',
    rule: 'RSQ-DSC-1',
    weight: 1,
    right: ['served', '100'],
    lenient: ['grpc 13'],
    make: (draw) => callOf(draw.bytes(draw.int(1, 100)), DESCRIBE),
  },
  {
    name: 'request that never ends',
    rule: 'RSQ-LIM-16',
    weight: 0.3,
    right: ['200'],
    lenient: ['reset', 'closed'],
    make: (draw) => {
      const body = framed(rightStart(draw));
      return start(draw, { body: body.subarray(0, draw.int(0, body.length)), ends: false });
    },
  },
  {
    name: 'watching other services',
    rule: 'RSQ-LIM-9',
    weight: 2,
    right: ['served', 'grpc 5', 'grpc 12'],
    make: (draw) => callOf(bytesField(1, draw.text(draw.int(20, 3_000))), '/grpc.health.v1.Health/Watch'),
  },
];
