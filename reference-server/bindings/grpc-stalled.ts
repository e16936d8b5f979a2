/**
 * Requests that never become complete: grpc-js calls a handler only when the request has ended, so a call whose client
 * does not end it would be held for ever and seen by nobody. Spec: bindings/grpc.md.
 */
import { constants } from 'node:http2';
import { ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from '@grpc/grpc-js';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type { ReseqError } from '../../protocol/errors.ts';
import { overloaded, requestStalled } from '../refusals.ts';
import { streamOf } from './grpc-stream.ts';

/** Requests of one call of reflection: enough for any tool, and a bound on the answers that a client leaves unread. */
const MAX_STREAMED_REQUESTS = 64;

/** Who hears of calls. */
export interface CallListener {
  /** The headers of a call have come from this peer, `address:port`. */
  arrived(peer: string): void;
  /** A call has been ended for its request. */
  refused(error: ReseqError): void;
  /** Nothing but its answer is left of a call. */
  ending(call: object): void;
}

/**
 * Ends calls whose request is not complete `limitMs` after its headers. Calls of methods that take a stream of requests
 * may take their time, and get a limited number of them.
 */
export function limitRequests(limitMs: number, listener: CallListener): ServerInterceptor {
  return ({ requestStream, responseStream }, call) => {
    listener.arrived(call.getPeer());
    if (requestStream) return limitStreamed(call, listener);
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
            if (!responseStream) listener.ending(call);
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

/** grpc-js leaves the client's half of the stream open, and with it the connection. */
function letGo(call: object): void {
  streamOf(call)?.close(constants.NGHTTP2_NO_ERROR);
}
