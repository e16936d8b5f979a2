/**
 * Calls that are over for the server and whose client does not read what is left: grpc-js sends the status behind the last
 * message, and HTTP/2 keeps a stream with something unread as long as the client likes. Spec: core.md section 12.1
 * (RSQ-LIM-14).
 */
import { constants } from 'node:http2';
import { Duplex } from 'node:stream';
import type { Metadata } from '@grpc/grpc-js';

/** A stream of node:http2, as far as it is needed here. */
export type ClosableStream = Duplex & { close(code: number): void };

/** Times a limit is looked at while it runs. */
const LOOKS = 4;

/** The stream under an intercepted call of grpc-js. It is not part of the public interface: it may be elsewhere one day. */
export function streamOf(call: object): ClosableStream | undefined {
  const stream: unknown = Reflect.get(call, 'stream');
  return stream instanceof Duplex && 'close' in stream && typeof stream.close === 'function'
    ? (stream as ClosableStream)
    : undefined;
}

export class Lingering {
  readonly #limitMs: number;
  readonly #now: () => number;
  /** By what the handler of a call knows as well. */
  readonly #streams = new WeakMap<Metadata, ClosableStream>();
  /** When each has ended, the oldest first. */
  readonly #endedAtMs = new Map<ClosableStream, number>();
  #timer: NodeJS.Timeout | undefined;

  /** A stream that is still there `limitMs` after its call has ended is reset. `now`: monotonic milliseconds. */
  constructor(limitMs: number, now: () => number) {
    this.#limitMs = limitMs;
    this.#now = now;
  }

  get size(): number {
    return this.#endedAtMs.size;
  }

  /** An intercepted call has begun, whose handler will see these headers. */
  note(metadata: Metadata, call: object): void {
    const stream = streamOf(call);
    if (stream !== undefined) this.#streams.set(metadata, stream);
  }

  /** The call with these headers is over for its handler. */
  endOf(metadata: Metadata): void {
    this.#add(this.#streams.get(metadata));
  }

  /** An intercepted call is over but for its answer. */
  end(call: object): void {
    this.#add(streamOf(call));
  }

  #add(stream: ClosableStream | undefined): void {
    if (stream === undefined || stream.destroyed || this.#endedAtMs.has(stream)) return;
    this.#endedAtMs.set(stream, this.#now());
    stream.once('close', () => this.#endedAtMs.delete(stream));
    this.#timer ??= setTimeout(() => this.#look(), this.#limitMs / LOOKS).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const now = this.#now();
    for (const [stream, endedAtMs] of this.#endedAtMs) {
      if (now - endedAtMs < this.#limitMs) break;
      this.#endedAtMs.delete(stream);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    if (this.#endedAtMs.size > 0) this.#timer = setTimeout(() => this.#look(), this.#limitMs / LOOKS).unref();
  }
}
