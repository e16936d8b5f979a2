/**
 * Requests that never become complete: grpc-js calls a handler only when the request has ended, so a call whose client
 * does not end it would be held for ever and seen by nobody. Spec: bindings/grpc.md.
 */
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type { ReseqError } from '../../protocol/errors.ts';
import { requestStalled } from '../refusals.ts';

/**
 * Ends calls whose request is not complete `limitMs` after its headers. Calls of methods that take a stream of requests
 * are left alone. `refused` hears of each call that is ended.
 */
export function limitRequests(limitMs: number, refused: (error: ReseqError) => void): ServerInterceptor {
  return ({ requestStream }, call) => {
    if (requestStream) return new ServerInterceptingCall(call);
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const expire = (): void => {
      isOver = true;
      const error = requestStalled(limitMs);
      refused(error);
      call.sendStatus(toStatus(error));
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
