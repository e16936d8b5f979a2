/**
 * Counts the gRPC messages in one direction of an HTTP/2 connection, as its bytes go by. It reads frame headers and the
 * five bytes in front of each message, and nothing else. Sans-I/O. Sources: RFC 9113 sections 3.4, 4.1, 6.1; gRPC over
 * HTTP/2, "Length-Prefixed-Message".
 */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FRAME_HEADER_BYTES = 9;
const MESSAGE_HEADER_BYTES = 5;
const DATA = 0;
const RST_STREAM = 3;
const SETTINGS = 4;
const END_STREAM = 0x1;
const PADDED = 0x8;
/** Streams that are followed at one time; of more, the oldest is forgotten. */
const MAX_STREAMS = 10_000;

/** Where a stream is: in the header of a message, or so many bytes before the end of its body. */
interface Place {
  header: number[];
  bodyLeft: number;
}

interface Frame {
  readonly type: number;
  readonly streamId: number;
  readonly isLastOfStream: boolean;
  /** Bytes of its payload that have not come. */
  left: number;
  /** Of these, padding at the end. */
  padding: number;
  /** The first byte of the payload is the length of the padding, and has not come. */
  awaitsPadLength: boolean;
}

/** One direction of one connection. Bytes that are no HTTP/2 count as no messages. */
export class MessageCounter {
  /** Messages whose last byte has gone by. */
  messages = 0;
  #prefaceLeft: number;
  #isHttp2 = true;
  #isFirstFrame = true;
  #header: number[] = [];
  #frame: Frame | undefined;
  readonly #streams = new Map<number, Place>();

  /** @param isClient the direction begins with the client's preface */
  constructor(isClient: boolean) {
    this.#prefaceLeft = isClient ? PREFACE.length : 0;
  }

  /**
   * Takes bytes until one of them ends message number `stopAt`.
   * @returns how many have been taken: all when that message does not end here
   */
  take(bytes: Uint8Array, stopAt = Number.POSITIVE_INFINITY): number {
    let at = 0;
    while (this.#isHttp2 && at < bytes.length && this.messages < stopAt) {
      at += this.#frame === undefined ? this.#takeOutside(bytes, at) : this.#takePayload(this.#frame, bytes, at);
    }
    return this.#isHttp2 ? at : bytes.length;
  }

  /** One byte of the preface or of a frame's header. */
  #takeOutside(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0;
    if (this.#prefaceLeft > 0) {
      this.#isHttp2 = byte === PREFACE[PREFACE.length - this.#prefaceLeft];
      this.#prefaceLeft -= 1;
      return 1;
    }
    this.#header.push(byte);
    if (this.#header.length === FRAME_HEADER_BYTES) this.#beginFrame(Buffer.from(this.#header));
    return 1;
  }

  #beginFrame(header: Buffer): void {
    this.#header = [];
    const type = header.readUInt8(3);
    const flags = header.readUInt8(4);
    const isData = type === DATA;
    if (this.#isFirstFrame && type !== SETTINGS) this.#isHttp2 = false;
    this.#isFirstFrame = false;
    const frame: Frame = {
      type,
      streamId: header.readUInt32BE(5) & 0x7fff_ffff,
      isLastOfStream: (isData && (flags & END_STREAM) !== 0) || type === RST_STREAM,
      left: header.readUIntBE(0, 3),
      padding: 0,
      awaitsPadLength: isData && (flags & PADDED) !== 0,
    };
    this.#frame = frame;
    if (frame.left === 0) this.#endFrame(frame);
  }

  #endFrame({ isLastOfStream, streamId }: Frame): void {
    if (isLastOfStream) this.#streams.delete(streamId);
    this.#frame = undefined;
  }

  /** @returns bytes taken, at least one, at most to the end of a message */
  #takePayload(frame: Frame, bytes: Uint8Array, at: number): number {
    const here = Math.min(frame.left, bytes.length - at);
    let taken = here;
    if (frame.awaitsPadLength) {
      frame.awaitsPadLength = false;
      frame.padding = bytes[at] ?? 0;
      taken = 1;
    } else if (frame.type === DATA && frame.left > frame.padding) {
      const content = bytes.subarray(at, at + Math.min(here, frame.left - frame.padding));
      taken = this.#takeContent(this.#place(frame.streamId), content);
    }
    frame.left -= taken;
    if (frame.left <= 0) this.#endFrame(frame);
    return taken;
  }

  #place(streamId: number): Place {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const place: Place = { header: [], bodyLeft: 0 };
    this.#streams.set(streamId, place);
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    return place;
  }

  /** One byte of a message's header, or what is here of its body. */
  #takeContent(place: Place, content: Uint8Array): number {
    if (place.bodyLeft > 0) {
      const taken = Math.min(place.bodyLeft, content.length);
      place.bodyLeft -= taken;
      if (place.bodyLeft === 0) this.messages += 1;
      return taken;
    }
    place.header.push(content[0] ?? 0);
    if (place.header.length < MESSAGE_HEADER_BYTES) return 1;
    place.bodyLeft = Buffer.from(place.header).readUInt32BE(1);
    place.header = [];
    if (place.bodyLeft === 0) this.messages += 1;
    return 1;
  }
}
