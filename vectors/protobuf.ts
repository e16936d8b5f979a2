/**
 * The protobuf encoding of spec/proto/reseq/v1/reseq.proto, by hand: the independent judge of frame.json.
 * Messages are JSON: bytes as hex, members named in camel case; a field with presence (message, optional,
 * oneof) is there when it is set, all others when they are not at their default.
 */
import { hexOf, isObject, type Json, type JsonObject } from './json.ts';

type Scalar = 'uint32' | 'fixed32' | 'string' | 'bytes';
/** `single`: left out at its default. `present`: written whenever set. `many`: a list. */
type Presence = 'single' | 'present' | 'many';

interface Field {
  readonly number: number;
  readonly name: string;
  readonly type: Scalar | MessageName;
  readonly presence: Presence;
  /** Name of its oneof. */
  readonly oneof?: string;
}

const MESSAGE_NAMES = [
  'OpenRequest',
  'StatelessStart',
  'StatelessResume',
  'StatefulStart',
  'StatefulResume',
  'OpenResponse',
  'Opened',
  'StatelessOpened',
  'StatefulOpened',
  'PrefixChecksum',
  'Item',
  'Final',
  'ConfirmRequest',
  'ConfirmResponse',
  'DescribeRequest',
  'DescribeResponse',
  'Limits',
] as const;
export type MessageName = (typeof MESSAGE_NAMES)[number];

function single(number: number, name: string, type: Scalar = 'uint32'): Field {
  return { number, name, type, presence: 'single' };
}

function present(number: number, name: string, type: Scalar | MessageName, oneof?: string): Field {
  return { number, name, type, presence: 'present', ...(oneof === undefined ? {} : { oneof }) };
}

function many(number: number, name: string, type: Scalar): Field {
  return { number, name, type, presence: 'many' };
}

const FIELDS: Readonly<Record<MessageName, readonly Field[]>> = {
  OpenRequest: [
    single(1, 'protocolVersion'),
    many(2, 'extensions', 'string'),
    present(3, 'statelessStart', 'StatelessStart', 'request'),
    present(4, 'statelessResume', 'StatelessResume', 'request'),
    present(5, 'statefulStart', 'StatefulStart', 'request'),
    present(6, 'statefulResume', 'StatefulResume', 'request'),
  ],
  StatelessStart: [present(1, 'ratio', 'uint32')],
  StatelessResume: [single(1, 'a'), single(2, 'nextIndex'), present(3, 'ratio', 'uint32')],
  StatefulStart: [single(1, 'clientId', 'string'), single(2, 'n'), present(3, 'attempt', 'uint32')],
  StatefulResume: [
    single(1, 'clientId', 'string'),
    single(2, 'nextIndex'),
    single(3, 'resumeKey', 'bytes'),
    present(4, 'attempt', 'uint32'),
  ],
  OpenResponse: [
    present(1, 'opened', 'Opened', 'message'),
    present(2, 'item', 'Item', 'message'),
    present(3, 'final', 'Final', 'message'),
  ],
  Opened: [
    single(1, 'protocolVersion'),
    single(2, 'intervalMs'),
    single(3, 'nextIndex'),
    many(4, 'extensions', 'string'),
    present(5, 'stateless', 'StatelessOpened', 'profile'),
    present(6, 'stateful', 'StatefulOpened', 'profile'),
  ],
  StatelessOpened: [single(1, 'a'), single(2, 'ratio')],
  StatefulOpened: [
    single(1, 'n'),
    single(2, 'retentionMs'),
    single(3, 'resumeKey', 'bytes'),
    single(4, 'attempt'),
    present(5, 'prefixChecksum', 'PrefixChecksum'),
  ],
  PrefixChecksum: [single(1, 'count'), single(2, 'sha256', 'bytes')],
  Item: [single(1, 'index'), present(2, 'number', 'fixed32', 'value'), present(3, 'integer', 'bytes', 'value')],
  Final: [single(1, 'index'), single(2, 'number', 'fixed32'), single(3, 'checksum', 'bytes')],
  ConfirmRequest: [single(1, 'clientId', 'string'), single(2, 'resumeKey', 'bytes'), single(3, 'attempt')],
  ConfirmResponse: [],
  DescribeRequest: [],
  DescribeResponse: [
    single(1, 'specVersion', 'string'),
    many(2, 'protocolVersions', 'uint32'),
    many(3, 'profiles', 'string'),
    many(4, 'extensions', 'string'),
    single(5, 'intervalMs'),
    single(6, 'retentionMs'),
    single(7, 'dropDetectionMs'),
    present(8, 'limits', 'Limits'),
    single(9, 'implementation', 'string'),
  ],
  Limits: [single(1, 'maxCount'), single(2, 'maxSessions'), single(3, 'maxRequestBytes')],
};

/** The message of this name; throws TypeError for any other name. */
export function messageName(name: string): MessageName {
  const known = MESSAGE_NAMES.find((one) => one === name);
  if (known === undefined) throw new TypeError(`message: expected one of ${MESSAGE_NAMES.join(', ')}, got ${name}`);
  return known;
}

// ---- writing

/** The canonical bytes: fields by number, none at its default unless it has presence, numbers of a list packed. */
export function encodeMessage(name: MessageName, message: JsonObject): Uint8Array {
  return Buffer.from(FIELDS[name].flatMap((field) => encodeField(field, message[field.name])));
}

function encodeField(field: Field, value: Json | undefined): number[] {
  if (value === undefined) return [];
  if (field.presence === 'many') return encodeList(field, Array.isArray(value) ? value : []);
  const isDefault = value === 0 || value === '';
  return field.presence === 'single' && isDefault ? [] : encodeOne(field, value);
}

function encodeList(field: Field, values: readonly Json[]): number[] {
  if (field.type !== 'uint32') return values.flatMap((value) => encodeOne(field, value));
  const packed = values.flatMap((value) => varint(Number(value)));
  return packed.length === 0 ? [] : [...varint((field.number << 3) | 2), ...varint(packed.length), ...packed];
}

function encodeOne(field: Field, value: Json): number[] {
  const tag = (wireType: number): number[] => varint((field.number << 3) | wireType);
  if (field.type === 'uint32') return [...tag(0), ...varint(Number(value))];
  if (field.type === 'fixed32') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(Number(value));
    return [...tag(5), ...bytes];
  }
  const bytes = lengthDelimited(field.type, value);
  return [...tag(2), ...varint(bytes.length), ...bytes];
}

function lengthDelimited(type: 'string' | 'bytes' | MessageName, value: Json): Uint8Array {
  if (type === 'string') return Buffer.from(String(value), 'utf8');
  if (type === 'bytes') return Buffer.from(String(value), 'hex');
  return encodeMessage(type, isObject(value) ? value : {});
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

// ---- reading

/** Reads any lawful bytes: any order of fields, written zeros, unknown fields, lists packed or not. Throws RangeError for others. */
export function decodeMessage(name: MessageName, bytes: Uint8Array): JsonObject {
  const message: Record<string, Json> = {};
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = reader.varint();
    const field = FIELDS[name].find(({ number }) => number === tag >>> 3);
    const raw = reader.value(tag & 7);
    if (field !== undefined) store(message, name, field, raw);
  }
  return message;
}

function store(message: Record<string, Json>, name: MessageName, field: Field, raw: number | Uint8Array): void {
  if (field.presence === 'many') {
    const before = message[field.name];
    const list = [...(Array.isArray(before) ? before : []), ...listOf(field, raw)];
    if (list.length > 0) message[field.name] = list;
    return;
  }
  for (const other of FIELDS[name]) {
    if (field.oneof !== undefined && other.oneof === field.oneof) delete message[other.name];
  }
  const value = fieldValue(field, raw);
  if (field.presence === 'single' && (value === 0 || value === '')) delete message[field.name];
  else message[field.name] = value;
}

function listOf(field: Field, raw: number | Uint8Array): Json[] {
  if (field.type !== 'uint32' || typeof raw === 'number') return [fieldValue(field, raw)];
  const reader = new Reader(raw);
  const values: number[] = [];
  while (!reader.done) values.push(reader.varint());
  return values;
}

function fieldValue(field: Field, raw: number | Uint8Array): Json {
  if (field.type === 'uint32' || field.type === 'fixed32') {
    if (typeof raw === 'number') return raw;
  } else if (typeof raw !== 'number') {
    if (field.type === 'string') return Buffer.from(raw).toString('utf8');
    return field.type === 'bytes' ? hexOf(raw) : decodeMessage(field.type, raw);
  }
  throw new RangeError(`${field.name}: wrong wire type`);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The low 32 bits of a varint, as uint32 fields take them. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asUintN(32, value));
    }
    throw new RangeError('varint: more than 10 bytes');
  }

  value(wireType: number): number | Uint8Array {
    switch (wireType) {
      case 0:
        return this.varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(this.varint());
      case 5:
        return this.#take(4).readUInt32LE();
      default:
        throw new RangeError(`wire type: expected 0, 1, 2 or 5, got ${wireType}`);
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`truncated: expected ${length} bytes at ${this.#at}`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
