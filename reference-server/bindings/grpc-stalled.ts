/**
 * Requests that never become complete: grpc-js calls a handler only when the request has ended, so a call whose client
 * does not end it would be held for ever and seen by nobody. Spec: core.md section 12.1 (RSQ-LIM-16).
 *
 * Calls are looked at together, a few times within the limit. A timer and a wrapper for each would be a tenth of what a
 * session takes in memory.
 */
import { constants } from 'node:http2';
import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerMethodDefinition,
} from '@grpc/grpc-js';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type { ReseqError } from '../../protocol/errors.ts';
import { overloaded, requestStalled } from '../refusals.ts';
import { type ClosableStream, streamOf } from './grpc-stream.ts';

/** Requests of one call of reflection: enough for any tool, and a bound on the answers that a client leaves unread. */
const MAX_STREAMED_REQUESTS = 64;
/** Times a limit is looked at while it runs. */
const LOOKS = 4;

/** Who hears of calls. */
export interface CallListener {
  /** The headers of a call have come from this peer, `address:port`. */
  arrived(peer: string): void;
  /** A call has been ended for its request. */
  refused(error: ReseqError): void;
  /** Nothing but its answer is left of a call. */
  ending(call: object): void;
}

interface Begun {
  readonly call: ServerInterceptingCallInterface;
  /** Whether the answer is a single message. */
  readonly isUnary: boolean;
  readonly atMs: number;
}

type Method = ServerMethodDefinition<unknown, unknown>;

/**
 * Ends calls whose request is not complete soon after `limitMs`. Calls of methods that take a stream of requests may take
 * their time, and get a limited number of them.
 */
export class PendingRequests {
  readonly #limitMs: number;
  readonly #now: () => number;
  readonly #listener: CallListener;
  readonly #begun = new Map<ClosableStream, Begun>();
  readonly #expired = new WeakSet<ClosableStream>();
  #timer: NodeJS.Timeout | undefined;

  /** `now`: monotonic milliseconds. */
  constructor(limitMs: number, now: () => number, listener: CallListener) {
    this.#limitMs = limitMs;
    this.#now = now;
    this.#listener = listener;
  }

  /** For the server: an interceptor that sees each call begin. */
  intercept({ requestStream, responseStream }: Method, call: ServerInterceptingCallInterface): ServerInterceptingCall {
    this.#listener.arrived(call.getPeer());
    if (requestStream) return limitStreamed(call, this.#listener);
    const stream = streamOf(call);
    if (stream !== undefined) {
      this.#begun.set(stream, { call, isUnary: !responseStream, atMs: this.#now() });
      this.#timer ??= setTimeout(() => this.#look(), this.#limitMs / LOOKS).unref();
    }
    // The type asks for a wrapper around the call, of which nothing is used but the interface.
    return call as ServerInterceptingCall;
  }

  /** The handler of a call is called. @returns false when that is too late: the call is over and will not say so again */
  complete(call: object): boolean {
    const stream = streamOf(call);
    if (stream === undefined) return true;
    if (this.#begun.get(stream)?.isUnary) this.#listener.ending(call);
    this.#begun.delete(stream);
    return !this.#expired.has(stream);
  }

  #look(): void {
    this.#timer = undefined;
    const sinceMs = this.#now() - this.#limitMs;
    for (const [stream, begun] of this.#begun) {
      if (!stream.destroyed && begun.atMs > sinceMs) continue;
      this.#begun.delete(stream);
      if (!stream.destroyed) this.#judge(stream, begun);
    }
    if (this.#begun.size > 0) this.#timer = setTimeout(() => this.#look(), this.#limitMs / LOOKS).unref();
  }

  /** The time of a request is over. */
  #judge(stream: ClosableStream, { call, isUnary }: Begun): void {
    if (stream.readableEnded) {
      // A method whose handler is not ours.
      if (isUnary) this.#listener.ending(call);
      return;
    }
    // Otherwise grpc-js has refused it by itself.
    if (!stream.writableEnded) this.#refuse(stream, call);
    // grpc-js leaves the client's half of the stream open, and with it the connection.
    stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #refuse(stream: ClosableStream, call: ServerInterceptingCallInterface): void {
    this.#expired.add(stream);
    const error = requestStalled(this.#limitMs);
    this.#listener.refused(error);
    call.sendStatus(toStatus(error));
  }
}

function limitStreamed(call: ServerInterceptingCallInterface, listener: CallListener): ServerInterceptingCall {
  let requests = 0;
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMessage: (message, pass) => {
          if (++requests <= MAX_STREAMED_REQUESTS) {
            pass(message);
            return;
          }
          const error = overloaded('requests of one call');
          listener.refused(error);
          call.sendStatus(toStatus(error));
          listener.ending(call);
        },
      }),
  });
}
