/**
 * The part of the protocol-buffers wire format that Reseq needs, by hand. Spec: bindings/grpc.md.
 * The peer shares no codec with the programs that it tests, so a fault of a common library cannot hide on both ends.
 */

/** One decoded field: a varint or fixed32 as number or bigint, or the bytes of a length-delimited one. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

export function varint(value: number | bigint): Buffer {
  const out: number[] = [];
  let rest = BigInt(value);
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Buffer.from(out);
}

/** A varint field; zero is left out, as proto3 does for fields without presence. */
export function uintField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : presentUintField(field, value);
}

/** A varint field that is written even when zero (`optional`). */
export function presentUintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

export function fixed32Field(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
}

/** A length-delimited field: bytes, text or an embedded message; written even when empty. */
export function bytesField(field: number, value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

/** All fields in order, or undefined when the bytes are no message. */
export function decodeFields(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = readVarint();
    if (tag === undefined) return undefined;
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    let value: bigint | Uint8Array | undefined;
    if (wireType === 0) value = readVarint();
    else {
      const length = wireType === 2 ? readVarint() : wireType === 5 ? 4n : wireType === 1 ? 8n : undefined;
      if (length === undefined || BigInt(at) + length > BigInt(bytes.length)) return undefined;
      const part = bytes.subarray(at, at + Number(length));
      at += Number(length);
      value = wireType === 2 ? part : littleEndian(part);
    }
    if (value === undefined) return undefined;
    fields.push({ number, value });
  }
  return fields;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Last occurrence of a varint field as number, or undefined. */
export function uintOf(fields: readonly Field[], number: number): number | undefined {
  const value = last(fields, number);
  return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : undefined;
}

/** Last occurrence of a length-delimited field, or undefined. */
export function bytesOf(fields: readonly Field[], number: number): Uint8Array | undefined {
  const value = last(fields, number);
  return value instanceof Uint8Array ? value : undefined;
}

/** Text of a length-delimited field, empty when absent. */
export function textOf(fields: readonly Field[], number: number): string {
  return Buffer.from(bytesOf(fields, number) ?? []).toString('utf8');
}

function last(fields: readonly Field[], number: number): bigint | Uint8Array | undefined {
  return fields.findLast((field) => field.number === number)?.value;
}
