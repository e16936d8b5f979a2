/**
 * Calls that are over for the server and whose client does not read what is left: grpc-js sends the status behind the last
 * message, and HTTP/2 keeps a stream with something unread as long as the client likes. Spec: core.md section 12.1
 * (RSQ-LIM-14).
 */
import { constants } from 'node:http2';
import { type ClosableStream, streamOf } from './grpc-stream.ts';

/** Times a limit is looked at while it runs. */
const LOOKS = 4;

export class Lingering {
  readonly #limitMs: number;
  readonly #now: () => number;
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

  /** A call is over but for its answer. @param call of a handler or of an interceptor */
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
