/**
 * Whether bytes are protocol buffers at all. The decoder in use is lenient: it takes field number 0 and varints without
 * end, which a server is to refuse (RSQ-LIM-8). Source: https://protobuf.dev/programming-guides/encoding/
 */

const MAX_VARINT_BYTES = 10;
/** Groups inside groups: what protobuf libraries allow for messages. */
const MAX_DEPTH = 100;

const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** Wire types of the fields of a message by their numbers; a shape is that of a message inside. */
export type Shape = ReadonlyMap<number, 'number' | 'bytes' | Shape>;

/** @param shape of the message: a known field has its own wire type, and a message inside is looked into */
export function isWellFormed(bytes: Uint8Array, shape: Shape): boolean {
  return new Walk(bytes).isMessage(shape);
}

const NUMBER = 'number';
const BYTES = 'bytes';

/** OpenRequest of spec/proto/reseq/v1/reseq.proto. */
export const OPEN_REQUEST: Shape = new Map<number, 'number' | 'bytes' | Shape>([
  [1, NUMBER],
  [2, BYTES],
  [3, new Map([[1, NUMBER]])],
  [
    4,
    new Map([
      [1, NUMBER],
      [2, NUMBER],
      [3, NUMBER],
    ]),
  ],
  [
    5,
    new Map([
      [1, BYTES],
      [2, NUMBER],
      [3, NUMBER],
    ]),
  ],
  [
    6,
    new Map([
      [1, BYTES],
      [2, NUMBER],
      [3, BYTES],
      [4, NUMBER],
    ]),
  ],
]);

/** ConfirmRequest. */
export const CONFIRM_REQUEST: Shape = new Map([
  [1, BYTES],
  [2, BYTES],
  [3, NUMBER],
]);

/** DescribeRequest. */
export const DESCRIBE_REQUEST: Shape = new Map();

/** Goes over a message once. Positions below 0 stand for "no such thing". */
class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isMessage(shape: Shape): boolean {
    const groups: number[] = [];
    while (this.#at < this.#bytes.length) {
      const tag = this.#varint();
      const field = Math.floor(tag / 8);
      if (tag < 0 || tag > 0xffff_ffff || field === 0) return false;
      const known = groups.length === 0 ? shape.get(field) : undefined;
      const wireType = tag % 8;
      if (known !== undefined && wireType !== (known === NUMBER ? WIRE.varint : WIRE.bytes)) return false;
      if (!this.#skip(wireType, field, groups, known)) return false;
    }
    return groups.length === 0;
  }

  #skip(wireType: number, field: number, groups: number[], known: ReturnType<Shape['get']>): boolean {
    switch (wireType) {
      case WIRE.varint:
        return this.#varint() >= 0;
      case WIRE.fixed64:
        return this.#forward(8);
      case WIRE.fixed32:
        return this.#forward(4);
      case WIRE.bytes:
        return this.#skipBytes(known);
      case WIRE.groupStart:
        return groups.push(field) <= MAX_DEPTH;
      case WIRE.groupEnd:
        return groups.pop() === field;
      default:
        return false;
    }
  }

  #skipBytes(known: ReturnType<Shape['get']>): boolean {
    const length = this.#varint();
    const from = this.#at;
    if (length < 0 || !this.#forward(length)) return false;
    return !(known instanceof Map) || isWellFormed(this.#bytes.subarray(from, this.#at), known);
  }

  #forward(count: number): boolean {
    this.#at += count;
    return this.#at <= this.#bytes.length;
  }

  /** Its value, exact up to 2^53, or -1 when it has no end or more than 64 bits. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let k = 0; k < MAX_VARINT_BYTES; k++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return -1;
      if (byte < 0x80) return k === MAX_VARINT_BYTES - 1 && byte > 1 ? -1 : value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    return -1;
  }
}
