/**
 * The HTTP/2 stream under a call of grpc-js, which is not part of its public interface: this file alone knows where it is,
 * and its test fails when it has moved. Calls are then served all the same, at more cost and with fewer limits.
 */
import { Duplex } from 'node:stream';

/** A stream of node:http2, as far as it is needed here. */
export type ClosableStream = Duplex & { close(code: number): void };

/** Layers between a handler and the stream: the call, one for each interceptor. */
const MAX_LAYERS = 8;

/** @param call of a handler or of an interceptor. @returns undefined when the stream is elsewhere one day */
export function streamOf(call: object): ClosableStream | undefined {
  let layer: unknown = call;
  for (let depth = 0; depth < MAX_LAYERS && typeof layer === 'object' && layer !== null; depth++) {
    const stream: unknown = Reflect.get(layer, 'stream');
    if (isClosable(stream)) return stream;
    layer = Reflect.get(layer, depth === 0 && 'call' in layer ? 'call' : 'nextCall');
  }
  return undefined;
}

function isClosable(stream: unknown): stream is ClosableStream {
  return stream instanceof Duplex && 'close' in stream && typeof stream.close === 'function';
}
