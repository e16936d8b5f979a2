/**
 * Messages that are no protocol buffers, or not those of this service. Spec: bindings/grpc.md, core.md RSQ-LIM-8, RSQ-MSG-5.
 */
import {
  bytesField,
  decodeFields,
  fixed32Field,
  presentUintField,
  uintField,
  varint,
} from '../../conformance/peer/protobuf.ts';
import type { CallCategory } from '../category.ts';
import type { Draw } from '../draw.ts';
import { callOf, FIELD, openWith, rightRequest, rightStart, startWith } from './build.ts';

/** "unless its transport library refuses it first" (RSQ-LIM-8). */
const BY_LIBRARY = ['grpc 3', 'grpc 13'] as const;
/** What a request may come to that can be read and means something. */
const LAWFUL = ['served', '100', '101', '102', '104'] as const;

/** Highest field number that is in use, with room for versions to come. */
const UNKNOWN = 100;

/** @returns what `make` makes, when that can be read only if `readable` says so */
function until(make: () => Buffer, readable: boolean): Buffer {
  for (;;) {
    const bytes = make();
    if ((decodeFields(bytes) !== undefined) === readable) return bytes;
  }
}

export function truncated(draw: Draw): Buffer {
  return until(() => {
    const right = rightStart(draw);
    return right.subarray(0, draw.int(1, right.length - 1));
  }, false);
}

export function mutated(draw: Draw): Buffer {
  const bytes = Buffer.from(rightRequest(draw));
  for (let k = draw.int(1, 4); k > 0; k--) {
    const at = draw.int(0, bytes.length - 1);
    bytes[at] = draw.int(0, 255);
  }
  return bytes;
}

export function lyingLength(draw: Draw): Buffer {
  const extra = draw.pick([1, 7, 200, 4_000_000_000]);
  const text = draw.clientId();
  const id = Buffer.concat([varint((1 << 3) | 2), varint(text.length + extra), Buffer.from(text)]);
  return openWith(FIELD.statefulStart, id);
}

export function overlongVarint(draw: Draw): Buffer {
  const endless = Buffer.alloc(draw.int(10, 20), 0xff);
  return Buffer.concat([rightStart(draw), varint(UNKNOWN << 3), endless, Buffer.from([1])]);
}

export function fieldZero(draw: Draw): Buffer {
  return Buffer.concat([rightStart(draw), Buffer.from([0x00, draw.int(0, 127)])]);
}

export function openGroup(draw: Draw): Buffer {
  return Buffer.concat([rightStart(draw), varint((UNKNOWN << 3) | 3), uintField(1, draw.int(1, 100))]);
}

export function strayGroupEnd(draw: Draw): Buffer {
  return Buffer.concat([rightStart(draw), varint((UNKNOWN << 3) | 4)]);
}

export function reservedWireType(draw: Draw): Buffer {
  return Buffer.concat([rightStart(draw), varint((UNKNOWN << 3) | draw.pick([6, 7])), draw.bytes(8)]);
}

/** Groups inside groups, all of them ended. */
export function nestedGroups(draw: Draw, depth = draw.int(1, 90)): Buffer {
  const start = varint((UNKNOWN << 3) | 3);
  const end = varint((UNKNOWN << 3) | 4);
  return Buffer.concat([rightStart(draw), ...Array(depth).fill(start), ...Array(depth).fill(end)]);
}

export function invalidUtf8(draw: Draw): Buffer {
  const id = Buffer.from(draw.clientId());
  const bad = draw.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80]]);
  id.set(bad, draw.int(0, id.length - bad.length));
  return startWith(id, 5);
}

/** A field that matters, with a wire type that is not its own. */
export function wrongWireType(draw: Draw): Buffer {
  const id = draw.clientId();
  switch (draw.int(0, 3)) {
    case 0:
      // request as a number
      return Buffer.concat([uintField(1, 1), presentUintField(FIELD.statefulStart, draw.int(0, 1_000))]);
    case 1:
      // client_id as a number
      return openWith(FIELD.statefulStart, Buffer.concat([presentUintField(1, draw.int(0, 1_000)), uintField(2, 5)]));
    case 2:
      // n as text
      return startWith(id, bytesField(2, draw.text(draw.int(1, 20))));
    default:
      // client_id as fixed32
      return openWith(FIELD.statefulStart, Buffer.concat([fixed32Field(1, draw.int(0, 1_000)), uintField(2, 5)]));
  }
}

export function unknownFields(draw: Draw): Buffer {
  const number = draw.int(UNKNOWN, 500_000);
  const unknown = draw.pick([
    presentUintField(number, draw.int(0, 1_000_000)),
    fixed32Field(number, draw.int(0, 1_000_000)),
    bytesField(number, draw.bytes(draw.int(0, 500))),
  ]);
  return draw.chance(0.5)
    ? Buffer.concat([unknown, rightRequest(draw)])
    : startWith(draw.clientId(), draw.int(2, 9), unknown);
}

/** The same field twice: the last one counts. */
export function repeatedField(draw: Draw): Buffer {
  return startWith(draw.clientId(), 0, presentUintField(2, draw.int(2, 9)));
}

export const PROTOBUF: readonly CallCategory[] = [
  ...(
    [
      ['truncated message', truncated],
      ['length beyond the end', lyingLength],
      ['overlong varint', overlongVarint],
      ['group without end', openGroup],
      ['end of no group', strayGroupEnd],
      ['reserved wire type', reservedWireType],
    ] as const
  ).map(([name, make]) => ({
    name,
    rule: 'RSQ-LIM-8',
    weight: 3,
    right: ['100'],
    lenient: BY_LIBRARY,
    make: (draw: Draw) => callOf(make(draw)),
  })),
  {
    name: 'field number 0',
    rule: 'RSQ-LIM-8',
    weight: 2,
    right: ['100'],
    // Some decoders know no wrong field numbers.
    lenient: [...BY_LIBRARY, 'served'],
    make: (draw) => callOf(fieldZero(draw)),
  },
  {
    name: 'groups in groups',
    rule: 'RSQ-MSG-5',
    weight: 1,
    right: ['served'],
    make: (draw) => callOf(nestedGroups(draw)),
  },
  {
    name: 'groups without measure',
    rule: 'RSQ-LIM-8',
    weight: 1,
    // Every library has a depth of its own.
    right: ['served', '100'],
    lenient: BY_LIBRARY,
    make: (draw) => callOf(nestedGroups(draw, draw.int(150, 900))),
  },
  {
    name: 'invalid UTF-8',
    rule: 'RSQ-ENC-1',
    weight: 3,
    right: ['100'],
    lenient: BY_LIBRARY,
    make: (draw) => callOf(invalidUtf8(draw)),
  },
  {
    name: 'wrong wire type',
    rule: 'RSQ-LIM-8',
    weight: 3,
    right: ['100'],
    lenient: BY_LIBRARY,
    make: (draw) => callOf(wrongWireType(draw)),
  },
  {
    name: 'random bytes',
    rule: 'RSQ-LIM-8',
    weight: 3,
    right: ['100', '101'],
    lenient: BY_LIBRARY,
    make: (draw) => callOf(until(() => draw.bytes(draw.int(1, 200)), false)),
  },
  {
    name: 'mutated, no message',
    rule: 'RSQ-LIM-8',
    weight: 4,
    right: ['100', '101'],
    // The judge's decoder and the server's may differ about wire types that nobody uses.
    lenient: [...BY_LIBRARY, 'served'],
    make: (draw) => callOf(until(() => mutated(draw), false)),
  },
  {
    name: 'mutated, a message',
    rule: 'RSQ-OPN-1',
    weight: 8,
    right: LAWFUL,
    lenient: BY_LIBRARY,
    make: (draw) => callOf(until(() => mutated(draw), true)),
  },
  {
    name: 'unknown fields',
    rule: 'RSQ-MSG-5',
    weight: 3,
    right: ['served'],
    make: (draw) => callOf(unknownFields(draw)),
  },
  {
    name: 'a field twice',
    rule: 'RSQ-MSG-5',
    weight: 1,
    right: ['served'],
    make: (draw) => callOf(repeatedField(draw)),
  },
];
