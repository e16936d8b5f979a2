/**
 * The bytes of a stateful ITEM, written by hand: it is the message of which a server sends thousands a second, and the
 * way over objects costs several times as much. All other messages go through the .proto. Spec: bindings/grpc.md.
 */

/** Field 2 of OpenResponse (item), length-delimited. */
const TAG_ITEM = 0x12;
/** Field 1 of Item (index), varint. */
const TAG_INDEX = 0x08;
/** Field 2 of Item (number), fixed32. */
const TAG_NUMBER = 0x15;
const NUMBER_BYTES = 1 + 4;
/** In front of each message of a call: a byte of flags, four bytes of length. */
const PREFIX_BYTES = 5;

/**
 * The length-prefixed OpenResponse{item{index, number}}, byte for byte as a protobuf library writes it. `index` 0..65534,
 * `number` uint32.
 */
export function prefixedNumberItem(index: number, number: number): Buffer {
  const itemBytes = indexBytes(index) + NUMBER_BYTES;
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + 2 + itemBytes);
  writePrefix(bytes, 2 + itemBytes);
  bytes[PREFIX_BYTES] = TAG_ITEM;
  bytes[PREFIX_BYTES + 1] = itemBytes;
  let at = PREFIX_BYTES + 2;
  if (index > 0) {
    bytes[at++] = TAG_INDEX;
    let rest = index;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
  }
  bytes[at++] = TAG_NUMBER;
  bytes[at++] = number;
  bytes[at++] = number >>> 8;
  bytes[at++] = number >>> 16;
  bytes[at] = number >>> 24;
  return bytes;
}

/** Any other message of a call with its prefix. */
export function prefixed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(bytes, message.length);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

/** A message without the prefix that it was made with. */
export function withoutPrefix(bytes: Buffer): Buffer {
  return bytes.subarray(PREFIX_BYTES);
}

/** `length` below 2^24: responses have at most 16,384 bytes. */
function writePrefix(bytes: Buffer, length: number): void {
  bytes[0] = 0;
  bytes[1] = 0;
  bytes[2] = length >>> 16;
  bytes[3] = length >>> 8;
  bytes[4] = length;
}

/** Tag and varint; an index of 0 is left out. */
function indexBytes(index: number): number {
  if (index === 0) return 0;
  if (index <= 0x7f) return 2;
  return index <= 0x3fff ? 3 : 4;
}
