/**
 * One connection of the load generator and the gRPC calls on it.
 */
import { connect, type Socket } from 'node:net';
import {
  call,
  cancel,
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  frame,
  greeting,
  PREFIX_BYTES,
  WINDOW_STEP,
  windowUpdate,
} from './frames.ts';

/** Who makes a call. */
export interface Caller {
  /** Whether the bytes of the next message are wanted; without them it costs a third. */
  wantsBytes: boolean;
  /** One message has come. `bytes` when they were wanted. */
  message(atMs: number, bytes: Buffer | undefined): void;
  /** The call is over, for whatever reason. */
  ended(): void;
}

interface Stream {
  readonly caller: Caller;
  /** Bytes of the prefix of the message under way that have come. */
  prefix: number;
  length: number;
  /** Bytes of the message that are missing. */
  missing: number;
  parts: Buffer[] | undefined;
  /** Bytes that have not been given back to its window. */
  received: number;
}

/** Bytes that have come of a frame whose rest has not. */
const NOTHING = Buffer.alloc(0);

export class LoadConnection {
  readonly #socket: Socket;
  readonly #streams = new Map<number, Stream>();
  #rest: Buffer = NOTHING;
  #nextId = 1;
  #unacknowledged = 0;
  #isOver = false;
  /** Reset by the peer, or refused. */
  wasReset = false;

  constructor(port: number, onReady: () => void, onClose: () => void) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.write(greeting());
    this.#socket.on('connect', onReady);
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', () => {
      this.wasReset = true;
    });
    this.#socket.on('close', () => {
      this.#isOver = true;
      for (const { caller } of this.#streams.values()) caller.ended();
      this.#streams.clear();
      onClose();
    });
  }

  /** Begins a call. @returns its number, for `cancel` */
  call(block: Uint8Array, message: Uint8Array, caller: Caller): number {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(id, { caller, prefix: 0, length: 0, missing: 0, parts: undefined, received: 0 });
    this.#socket.write(call(id, block, message));
    return id;
  }

  cancel(id: number): void {
    if (this.#streams.delete(id) && !this.#isOver) this.#socket.write(cancel(id));
  }

  /** As a network does that loses its memory: a reset, no farewell. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  #receive(chunk: Buffer): void {
    const atMs = performance.now();
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + FRAME_HEADER_BYTES + length;
      if (end > bytes.length) break;
      this.#frame(bytes, at, end, atMs);
      at = end;
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
  }

  #frame(bytes: Buffer, start: number, end: number, atMs: number): void {
    const type = bytes[start + 3] ?? 0;
    const flags = bytes[start + 4] ?? 0;
    const id = bytes.readUInt32BE(start + 5);
    const from = start + FRAME_HEADER_BYTES;
    if (type === FRAME.data) {
      if ((flags & FLAG.padded) !== 0) throw new Error('DATA: expected no padding');
      this.#data(id, bytes, from, end, atMs);
      this.#giveBack(end - from);
    } else if (type === FRAME.settings && (flags & FLAG.ack) === 0) {
      this.#socket.write(frame(FRAME.settings, FLAG.ack, 0, NOTHING));
    } else if (type === FRAME.ping && (flags & FLAG.ack) === 0) {
      this.#socket.write(frame(FRAME.ping, FLAG.ack, 0, bytes.subarray(from, end)));
    }
    const endsStream = (type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0;
    if (endsStream || type === FRAME.rstStream) this.#finish(id);
  }

  #finish(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    stream.caller.ended();
  }

  /** Messages may begin and end anywhere in a frame. */
  #data(id: number, bytes: Buffer, from: number, end: number, atMs: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.received += end - from;
    if (stream.received >= WINDOW_STEP) {
      this.#socket.write(windowUpdate(id, stream.received));
      stream.received = 0;
    }
    let at = from;
    while (at < end) {
      if (stream.prefix < PREFIX_BYTES) {
        stream.length = (stream.prefix === 0 ? 0 : stream.length << 8) | (bytes[at++] ?? 0);
        if (++stream.prefix < PREFIX_BYTES) continue;
        stream.missing = stream.length;
      }
      const take = Math.min(stream.missing, end - at);
      if (stream.caller.wantsBytes) stream.parts = [...(stream.parts ?? []), bytes.subarray(at, at + take)];
      at += take;
      stream.missing -= take;
      if (stream.missing > 0) return;
      stream.prefix = 0;
      const { parts } = stream;
      stream.parts = undefined;
      stream.caller.message(atMs, parts && Buffer.concat(parts));
    }
  }

  /** The window of the connection; that of a stream is opened in `#data`. */
  #giveBack(length: number): void {
    this.#unacknowledged += length;
    if (this.#unacknowledged < WINDOW_STEP) return;
    this.#socket.write(windowUpdate(0, this.#unacknowledged));
    this.#unacknowledged = 0;
  }
}
