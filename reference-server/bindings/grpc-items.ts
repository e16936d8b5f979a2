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

/** OpenResponse{item{index, number}}, byte for byte as a protobuf library writes it. `index` 0..65534, `number` uint32. */
export function encodeNumberItem(index: number, number: number): Buffer {
  const itemBytes = indexBytes(index) + NUMBER_BYTES;
  const bytes = Buffer.allocUnsafe(2 + itemBytes);
  bytes[0] = TAG_ITEM;
  bytes[1] = itemBytes;
  let at = 2;
  if (index > 0) {
    bytes[at++] = TAG_INDEX;
    let rest = index;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
  }
  bytes[at++] = TAG_NUMBER;
  bytes.writeUInt32LE(number, at);
  return bytes;
}

/** Tag and varint; an index of 0 is left out. */
function indexBytes(index: number): number {
  if (index === 0) return 0;
  if (index <= 0x7f) return 2;
  return index <= 0x3fff ? 3 : 4;
}
