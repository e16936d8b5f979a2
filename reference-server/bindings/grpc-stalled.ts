/**
 * Requests that never become complete: grpc-js calls a handler only when the request has ended, so a call whose client
 * does not end it would be held for ever and seen by nobody. Spec: bindings/grpc.md.
 */
import { constants } from 'node:http2';
import { Duplex } from 'node:stream';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type { ReseqError } from '../../protocol/errors.ts';
import { requestStalled } from '../refusals.ts';

/** Who hears of calls. */
export interface CallListener {
  /** The headers of a call have come from this peer, `address:port`. */
  arrived(peer: string): void;
  /** A call has been ended for its request. */
  refused(error: ReseqError): void;
}

/**
 * Ends calls whose request is not complete `limitMs` after its headers. Calls of methods that take a stream of requests
 * are left alone.
 */
export function limitRequests(limitMs: number, listener: CallListener): ServerInterceptor {
  return ({ requestStream }, call) => {
    listener.arrived(call.getPeer());
    if (requestStream) return new ServerInterceptingCall(call);
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const expire = (): void => {
      isOver = true;
      const error = requestStalled(limitMs);
      listener.refused(error);
      call.sendStatus(toStatus(error));
      letGo(call);
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            timer = setTimeout(expire, limitMs);
            pass(metadata);
          },
          onReceiveHalfClose: (pass) => {
            clearTimeout(timer);
            // A handler that began now would never hear that its call is over.
            if (!isOver) pass();
          },
          onCancel: () => {
            isOver = true;
            clearTimeout(timer);
          },
        }),
    });
  };
}

/**
 * grpc-js leaves the client's half of the stream open, and with it the connection. The stream is not part of its public
 * interface: should it be elsewhere one day, the call has ended all the same.
 */
function letGo(call: object): void {
  const stream: unknown = Reflect.get(call, 'stream');
  if (stream instanceof Duplex && 'close' in stream && typeof stream.close === 'function') {
    stream.close(constants.NGHTTP2_NO_ERROR);
  }
}
