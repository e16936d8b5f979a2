/**
 * The HTTP/2 stream under a call of grpc-js, which is not part of its public interface: this file alone knows where it is,
 * and its test fails when it has moved. Calls are then served all the same, at more cost.
 *
 * Messages are written to it as bytes. grpc-js sends them one at a time through two further streams, which costs a server
 * with thousands of calls more than all the rest; headers before them and the status behind them stay with grpc-js.
 */
import { Duplex } from 'node:stream';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { withoutPrefix } from './grpc-items.ts';

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

/** Sends a message that has its length prefix. `flushed` is told when it has been handed to the network, or why not. */
export type Send = (bytes: Buffer, flushed: (error: Error | null | undefined) => void) => void;

/** How to send on a call. @param find how its stream is found */
export function sender(call: ServerWritableStream<unknown, Buffer>, find = streamOf): Send {
  const stream = find(call);
  if (stream === undefined) return (bytes, flushed) => void call.write(withoutPrefix(bytes), flushed);
  let hasBegun = false;
  return (bytes, flushed) => {
    if (stream.destroyed || stream.writableEnded) return;
    if (!hasBegun) call.sendMetadata(new Metadata());
    hasBegun = true;
    stream.write(bytes, flushed);
  };
}
