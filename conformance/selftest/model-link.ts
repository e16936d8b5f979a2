/** gRPC from the client's side in the least that the model client needs: one TCP connection, one Open, and confirms. */

import http2 from 'node:http2';
import net from 'node:net';
import { decodeFields } from '../peer/protobuf.ts';
import { GRPC_STATUS } from '../peer/transport.ts';
import { decodeResponse, encodeRequest } from '../target/wire.ts';
import type { MessageView, RequestView, StatusView } from '../trace.ts';
import type { ClientBug } from './bugs/client.ts';
import type { ClientOddball } from './oddballs.ts';

export interface LinkEvents {
  message(message: MessageView): void;
  /** @param status undefined when the connection went without one */
  ended(status: StatusView | undefined): void;
}

const STATUS_NAMES = Object.keys(GRPC_STATUS);
const PREFIX_BYTES = 5;
const TWICE_AFTER_MS = 10;
const FAULTY: MessageView = { kind: 'malformed', detail: 'not to the liking of this client' };

export class ModelLink {
  private readonly socket: net.Socket;
  private readonly session: http2.ClientHttp2Session;
  private readonly bug: ClientBug | undefined;
  private readonly odd: ClientOddball;

  constructor(server: string, bug: ClientBug | undefined, odd: ClientOddball) {
    this.bug = bug;
    this.odd = odd;
    const { hostname, port } = new URL(`http://${server}`);
    this.socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('error', () => undefined);
    this.session = http2.connect(`http://${server}`, { createConnection: () => this.socket });
    this.session.on('error', () => undefined);
    // One listener for each call.
    this.session.setMaxListeners(0);
  }

  call(method: 'Open' | 'Confirm', request: RequestView, events: LinkEvents): void {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': `/reseq.v1.SequenceService/${method}`,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
      ...this.odd.metadata,
    });
    let status: StatusView | undefined;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      events.ended(status);
    };
    const read = (headers: http2.IncomingHttpHeaders): void => {
      status = statusOf(headers) ?? status;
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', () => undefined);
    stream.on('close', end);
    this.session.on('close', end);
    let rest = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= PREFIX_BYTES) {
        const length = rest.readUInt32BE(1);
        if (rest.length < PREFIX_BYTES + length) return;
        const message = rest.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
        rest = rest.subarray(PREFIX_BYTES + length);
        if (!ended) events.message(this.isFault(message) ? FAULTY : decodeResponse(method, message));
      }
    });
    const bytes = Buffer.concat([encodeRequest(request), this.odd.extra ?? new Uint8Array()]);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(bytes.length, 1);
    const framed = Buffer.concat([prefix, bytes]);
    if (this.odd.byteByByte === true) {
      for (const byte of framed) stream.write(Buffer.of(byte));
      stream.end();
    } else if (this.bug === 'sends-twice') {
      stream.write(framed);
      setTimeout(() => stream.end(framed), TWICE_AFTER_MS);
    } else stream.end(framed);
  }

  get isOpen(): boolean {
    return !this.session.destroyed && !this.session.closed;
  }

  /** Messages that only a mistake takes offence at. */
  private isFault(message: Buffer): boolean {
    if (this.bug === 'small-messages-only') return message.length > 4_096;
    return (
      this.bug === 'refuses-unknown-fields' && decodeFields(message)?.some(({ number }) => number >= 1_000) === true
    );
  }

  close(): void {
    this.session.destroy();
    // A destroyed session would leave the end of the connection to the peer.
    this.socket.destroy();
  }
}

function statusOf(headers: http2.IncomingHttpHeaders): StatusView | undefined {
  const status = headers['grpc-status'];
  if (status === undefined) return undefined;
  const code = Number(headers['reseq-code'] ?? Number.NaN);
  const retryAfterMs = Number(headers['reseq-retry-after-ms'] ?? Number.NaN);
  return {
    grpc: STATUS_NAMES[Number(status)] ?? 'UNKNOWN',
    detail: decodeURIComponent(String(headers['grpc-message'] ?? '')),
    ...(Number.isInteger(code) ? { code } : {}),
    ...(Number.isInteger(retryAfterMs) ? { retryAfterMs } : {}),
  };
}
