/**
 * Where the messages of one call go: as bytes to the HTTP/2 stream under it. grpc-js sends them one at a time through two
 * further streams, which costs a server with thousands of calls more than all the rest; headers before them and the status
 * behind them stay with grpc-js.
 */
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { encodeServerMessage } from '../../protocol/bindings/grpc/codec.ts';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type { ReseqError } from '../../protocol/errors.ts';
import type { ServerMessage } from '../../protocol/messages.ts';
import type { Inlet, Outlet } from '../connection.ts';
import { prefixed, prefixedNumberItem, withoutPrefix } from './grpc-items.ts';
import type { Lingering } from './grpc-lingering.ts';
import { type ClosableStream, streamOf } from './grpc-stream.ts';

/** Read by grpc-js for each call, and changed by nobody. */
const NO_METADATA = new Metadata();

type Call = ServerWritableStream<unknown, Buffer>;

export class CallOutlet implements Outlet {
  readonly #call: Call;
  readonly #stream: ClosableStream | undefined;
  readonly #lingering: Pick<Lingering, 'end'>;
  readonly #noteFlushed = (error: Error | null | undefined): void => {
    if (!error) this.#inlet?.flushed();
  };
  #inlet: Inlet | undefined;
  #hasBegun = false;

  /** @param stream under the call, undefined: unknown */
  constructor(call: Call, lingering: Pick<Lingering, 'end'>, stream = streamOf(call)) {
    this.#call = call;
    this.#lingering = lingering;
    this.#stream = stream;
  }

  /** Who is told what becomes of the messages, and of the call. */
  report(inlet: Inlet): void {
    this.#inlet = inlet;
    // Comes at the end of every call, also of one that ended well: the connection knows.
    this.#call.on('cancelled', () => inlet.dropped());
    if (this.#call.cancelled) inlet.dropped();
  }

  send(message: ServerMessage): void {
    const bytes = toBytes(message);
    const stream = this.#stream;
    if (stream === undefined) {
      this.#call.write(withoutPrefix(bytes), this.#noteFlushed);
      return;
    }
    if (stream.writableEnded) return;
    if (!this.#hasBegun) this.#begin();
    stream.write(bytes, this.#noteFlushed);
  }

  end(error: ReseqError | undefined): void {
    if (error === undefined) this.#call.end();
    else this.#call.emit('error', toStatus(error));
    this.#lingering.end(this.#call);
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#call.sendMetadata(NO_METADATA);
  }
}

/** A message with its length prefix. */
function toBytes(message: ServerMessage): Buffer {
  return message.kind === 'item' && typeof message.value === 'number'
    ? prefixedNumberItem(message.index, message.value)
    : prefixed(loadService().definition.Open.responseSerialize(encodeServerMessage(message)));
}
