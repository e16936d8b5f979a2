/**
 * HTTP/2 as the load generator needs it, framed by hand so that it costs less than any server under test: one fixed header
 * block for requests, DATA frames of gRPC messages counted without being copied, response headers left unread. It is no
 * client for anything else. Sources: RFC 9113, RFC 7541 section 6.
 */

export const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8 } as const;
export const FRAME_HEADER_BYTES = 9;
/** Length prefix of a gRPC message: one byte of flags, four of length. */
export const PREFIX_BYTES = 5;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTING_INITIAL_WINDOW = 4;
const LARGEST_WINDOW = 0x7fff_ffff;
const FIRST_WINDOW = 65_535;
/** What has been received is given back when it is this much. */
export const WINDOW_STEP = 0x4000_0000;

/** @param streamId 0 is the connection */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** What a connection begins with: windows as large as they can be. */
export function greeting(): Buffer {
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(SETTING_INITIAL_WINDOW, 0);
  settings.writeUInt32BE(LARGEST_WINDOW, 2);
  return Buffer.concat([
    PREFACE,
    frame(FRAME.settings, 0, 0, settings),
    windowUpdate(0, LARGEST_WINDOW - FIRST_WINDOW),
  ]);
}

export function windowUpdate(streamId: number, by: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(by, 0);
  return frame(FRAME.windowUpdate, 0, streamId, payload);
}

/** The header block of a gRPC call, the same for all of one method: literals that are not indexed. */
export function headerBlock(path: string): Buffer {
  return Buffer.concat([
    Buffer.of(0x83, 0x86), // :method POST, :scheme http
    Buffer.of(0x04), // :path
    literal(path),
    Buffer.of(0x01), // :authority
    literal('localhost'),
    Buffer.of(0x0f, 31 - 15), // content-type
    literal('application/grpc'),
    Buffer.of(0x00),
    literal('te'),
    literal('trailers'),
  ]);
}

/** Text of at most 126 bytes. */
function literal(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')]);
}

/** A call: headers and the one request message, complete. */
export function call(streamId: number, block: Uint8Array, message: Uint8Array): Buffer {
  const prefixed = Buffer.alloc(PREFIX_BYTES + message.length);
  prefixed.writeUInt32BE(message.length, 1);
  prefixed.set(message, PREFIX_BYTES);
  return Buffer.concat([
    frame(FRAME.headers, FLAG.endHeaders, streamId, block),
    frame(FRAME.data, FLAG.endStream, streamId, prefixed),
  ]);
}

/** The client has no use for a stream any more. */
export function cancel(streamId: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(8, 0); // CANCEL
  return frame(FRAME.rstStream, 0, streamId, payload);
}
