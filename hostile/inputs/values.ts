/**
 * Messages with a field outside its range, and requests that do not fit the session that they name. Spec: core.md
 * section 5, RSQ-LIM-2; errors.md.
 */
import { bytesField, presentUintField, uintField, varint } from '../../conformance/peer/protobuf.ts';
import type { CallCategory, Victim } from '../category.ts';
import type { Draw } from '../draw.ts';
import { CONFIRM, callOf, FIELD, openBytes, openWith, resumeOf, rightRequest, startWith } from './build.ts';

/** A varint field of 64 bits. */
const wideField = (field: number, value: bigint): Buffer =>
  Buffer.concat([varint(field << 3), varint(BigInt.asUintN(64, value))]);

export function badCount(draw: Draw): Buffer {
  const n = draw.pick([0, 65_536, 65_537, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, draw.int(65_536, 0xffff_ffff)]);
  return startWith(draw.clientId(), n);
}

export function negativeCount(draw: Draw): Buffer {
  return startWith(draw.clientId(), wideField(2, -BigInt(draw.int(1, 1_000))));
}

/** 2^32 + 5 and the like: protobuf cuts it to 5. */
export function countBeyond32Bits(draw: Draw): Buffer {
  return startWith(draw.clientId(), wideField(2, (BigInt(draw.int(1, 1_000)) << 32n) + BigInt(draw.int(2, 9))));
}

export function badClientId(draw: Draw): Buffer {
  const id = draw.clientId();
  const at = draw.int(0, id.length - 1);
  const foreign = draw.pick(['g', '-', ' ', '\0', '０', 'а', '\n', '{']);
  const bad = draw.pick([
    '',
    `{${id}}`,
    `urn:uuid:${id}`,
    `"${id}"`,
    ` ${id}`,
    `${id} `,
    `${id}0`,
    id.slice(1),
    id.replaceAll('-', ''),
    '00000000-0000-0000-0000-000000000000',
    '__proto__',
    draw.text(draw.int(1, 200)),
    id.slice(0, at) + (id[at] === foreign ? '!' : foreign) + id.slice(at + 1),
    '../'.repeat(draw.int(1, 20)),
    `${id}\0${id}`,
  ]);
  return startWith(bad, 5);
}

export function badResumeKey(draw: Draw): Buffer {
  const resumeKey = draw.bytes(draw.pick([0, 1, 15, 17, 32, draw.int(18, 200)])).toString('hex');
  return openBytes({ kind: 'stateful-resume', clientId: draw.clientId(), nextIndex: 0, resumeKey, attempt: 1 });
}

export function badExtensions(draw: Draw): Buffer {
  const names = draw.pick([
    Array.from({ length: draw.int(17, 60) }, (_, k) => `x${k}`),
    [''],
    ['x'.repeat(draw.int(65, 500))],
    ['confirm-final', 'é'.repeat(33)],
  ]);
  return Buffer.concat([...names.map((name) => bytesField(FIELD.extensions, name)), rightRequest(draw)]);
}

export function twoRequests(draw: Draw): Buffer {
  return openWith(
    FIELD.statelessStart,
    Buffer.alloc(0),
    bytesField(FIELD.statelessResume, uintField(1, draw.int(1, 255))),
  );
}

export function badConfirm(draw: Draw): Buffer {
  const clientId = draw.clientId();
  const resumeKey = draw.bytes(16).toString('hex');
  const attempt = draw.int(1, 100);
  return openBytes(
    draw.pick([
      { kind: 'confirm', clientId, resumeKey, attempt: 0 },
      { kind: 'confirm', clientId, resumeKey: resumeKey.slice(2), attempt },
      { kind: 'confirm', clientId: clientId.slice(1), resumeKey, attempt },
    ]),
  );
}

const statelessResume = (a: number, nextIndex: number, ratio?: number): Buffer =>
  openBytes({ kind: 'stateless-resume', a, nextIndex, ...(ratio === undefined ? {} : { ratio }) });

const wrongKey = (draw: Draw): string => draw.bytes(16).toString('hex');

type Row = readonly [
  name: string,
  rule: string,
  right: readonly string[],
  make: (draw: Draw, victim: Victim) => Buffer,
  path?: string,
];

const VALUE_ROWS: readonly Row[] = [
  ['n out of range', 'RSQ-SFL-2', ['100'], badCount],
  ['n negative', 'RSQ-SFL-2', ['100'], negativeCount],
  ['n beyond 32 bits', 'RSQ-SFL-2', ['served', '100'], countBeyond32Bits],
  ['client_id malformed', 'RSQ-ENC-1', ['100'], badClientId],
  ['resume_key too short or long', 'RSQ-KEY-3', ['100'], badResumeKey],
  ['a out of range', 'RSQ-SLS-5', ['100'], (d) => statelessResume(d.pick([0, 256, d.int(256, 0xffff_ffff)]), 1)],
  ['ratio unknown', 'RSQ-SLS-3', ['100'], (d) => statelessResume(7, 1, d.pick([0, 1, 4, d.int(4, 0xffff_ffff)]))],
  ['next_index beyond', 'RSQ-SLS-6', ['104'], (d) => statelessResume(7, d.pick([65_535, d.int(65_535, 0xffff_ffff)]))],
  [
    'protocol_version unknown',
    'RSQ-VER-1',
    ['101'],
    (d) => Buffer.concat([rightRequest(d), presentUintField(1, d.pick([0, 2, d.int(2, 0xffff_ffff)]))]),
  ],
  ['extensions too many or long', 'RSQ-LIM-2', ['100'], badExtensions],
  ['no request', 'RSQ-GRP-10', ['100'], (d) => Buffer.concat([uintField(1, 1), bytesField(2, d.text(9))])],
  ['two requests', 'RSQ-GRP-10', ['served', '100'], twoRequests],
  ['CONFIRM malformed', 'RSQ-OPN-1', ['100'], badConfirm, CONFIRM],
];

const STATE_ROWS: readonly Row[] = [
  [
    'RESUME of no session',
    'RSQ-RES-4',
    ['102'],
    (d, v) => resumeOf(v, { clientId: d.clientId(), resumeKey: wrongKey(d), attempt: 1_000 }),
  ],
  [
    'RESUME with another key',
    'RSQ-RES-4',
    ['102'],
    (d, v) => resumeOf(v, { resumeKey: wrongKey(d), attempt: v.attempt + 9 }),
  ],
  [
    'RESUME beyond n',
    'RSQ-RES-3',
    ['104'],
    (d, v) => resumeOf(v, { nextIndex: d.int(v.n, 0xffff_ffff), attempt: v.attempt + 9 }),
  ],
  ['RESUME with an old attempt', 'RSQ-ATT-3', ['106'], (d, v) => resumeOf(v, { attempt: d.int(1, v.attempt) })],
  [
    'START with another n',
    'RSQ-OPN-4',
    ['103'],
    (d, v) => openBytes({ kind: 'stateful-start', clientId: v.clientId, n: d.int(1, v.n - 1), attempt: v.attempt + 9 }),
  ],
  [
    'START with an old attempt',
    'RSQ-ATT-3',
    ['106'],
    (d, v) => openBytes({ kind: 'stateful-start', clientId: v.clientId, n: v.n, attempt: d.int(1, v.attempt) }),
  ],
  [
    'CONFIRM of no session',
    'RSQ-CNF-3',
    ['102'],
    (d) => openBytes({ kind: 'confirm', clientId: d.clientId(), resumeKey: wrongKey(d), attempt: d.int(1, 99) }),
    CONFIRM,
  ],
  [
    'CONFIRM with another key',
    'RSQ-CNF-3',
    ['102'],
    (d, v) => openBytes({ kind: 'confirm', clientId: v.clientId, resumeKey: wrongKey(d), attempt: v.attempt }),
    CONFIRM,
  ],
  [
    'CONFIRM with another attempt',
    'RSQ-CNF-3',
    ['106'],
    (d, v) =>
      openBytes({ kind: 'confirm', clientId: v.clientId, resumeKey: v.resumeKey, attempt: v.attempt + d.int(1, 99) }),
    CONFIRM,
  ],
];

const categories = (rows: readonly Row[], weight: number): CallCategory[] =>
  rows.map(([name, rule, right, make, path]) => ({
    name,
    rule,
    weight,
    right,
    make: (draw, victim) => callOf(make(draw, victim), path),
  }));

export const VALUES = categories(VALUE_ROWS, 4);
export const STATES = categories(STATE_ROWS, 3);
