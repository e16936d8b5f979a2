/**
 * gRPC from the client's side, made of node:http2 alone, recording all that happens. Spec: bindings/grpc.md.
 * A judge has to do what a good gRPC library refuses (reset the TCP connection under a call, send bytes that are no message),
 * and must not share a library with what it judges.
 */

import http2 from 'node:http2';
import net from 'node:net';
import type { Recorder } from '../recorder.ts';
import type { DropKind, MessageView, OpenedView, RequestView, StatusView } from '../trace.ts';
import type { ServerTarget } from './server.ts';
import { statusOf } from './status.ts';
import { Tap } from './tap.ts';
import { decodeResponse, encodeRequest, type Method } from './wire.ts';

/** How a TCP connection is to be, and the first answer on it. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** What can be done to a whole TCP connection. */
export type LinkDrop = Exclude<DropKind, 'cancel'>;

type Value = Extract<MessageView, { kind: 'item' | 'final' }>;

/** One TCP connection to a server; calls share it. */
export class Link {
  readonly #socket: net.Socket;
  readonly #tap: Tap | undefined;
  readonly #session: http2.ClientHttp2Session;
  readonly #calls = new Set<Call>();
  readonly #recorder: Recorder;
  #failure = 'connection closed';
  #dropped = false;

  /** @param tapped whether it can be cut at a byte and go dead */
  constructor(recorder: Recorder, target: ServerTarget, { tapped = false } = {}) {
    this.#recorder = recorder;
    this.#socket = net.connect({ host: target.host, port: target.port, noDelay: true });
    this.#tap = tapped ? new Tap(this.#socket) : undefined;
    this.#session = http2.connect(`http://${target.host.includes(':') ? 'localhost' : target.host}:${target.port}`, {
      createConnection: () => this.#tap ?? this.#socket,
    });
    const timer = setTimeout(() => this.#socket.destroy(new Error('no connection in time')), CONNECT_TIMEOUT_MS);
    this.#session.once('connect', () => clearTimeout(timer));
    this.#session.once('close', () => clearTimeout(timer));
    const failed = (error: Error): void => {
      this.#failure = error.message;
    };
    this.#socket.on('error', failed);
    this.#session.on('error', failed);
    recorder.onCut(() => this.#session.destroy());
    this.#session.on('close', () => {
      for (const call of this.#calls) call.lost(this.#failure);
    });
  }

  get failure(): string {
    return this.#failure;
  }

  /** Start a call. @param extra bytes behind the encoded message, for fields that the server does not know */
  call(method: Method, request: RequestView, extra: Uint8Array = new Uint8Array()): Call {
    const call = new Call(this.#recorder, this, method, request);
    this.#calls.add(call);
    call.done.then(() => this.#calls.delete(call));
    if (this.#session.destroyed || this.#session.closed) {
      call.lost(this.#failure);
      return call;
    }
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': `/reseq.v1.SequenceService/${method}`,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
    });
    const message = Buffer.concat([encodeRequest(request), extra]);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
    call.attach(stream);
    return call;
  }

  open(request: RequestView, extra?: Uint8Array): Call {
    return this.call('Open', request, extra);
  }

  /** Milliseconds that an HTTP/2 PING takes, undefined when it is not answered within the time. */
  ping(timeoutMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      const settle = (ms: number | undefined): void => {
        clearTimeout(timer);
        resolve(ms);
      };
      if (this.#session.destroyed) return settle(undefined);
      this.#session.ping((error, ms) => settle(error === null ? ms : undefined));
    });
  }

  /** Whether calls can still be started on it. */
  get usable(): boolean {
    return !this.#dropped && !this.#session.destroyed && !this.#session.closed;
  }

  /** The valve of a tapped link. */
  get tap(): Tap {
    if (this.#tap === undefined) throw new Error('the link is not tapped');
    return this.#tap;
  }

  /** Give the whole TCP connection up, and with it every call on it. A black hole is for a tapped link. */
  drop(how: LinkDrop): void {
    this.#dropped = true;
    for (const call of [...this.#calls]) call.abandon(how);
    if (how === 'rst') this.#socket.resetAndDestroy();
    else if (how === 'fin') this.#session.destroy();
    else this.tap.goDead();
  }

  /** End the TCP connection, also one that went dead. */
  destroy(): void {
    this.#session.destroy();
  }

  /**
   * End the TCP connection if its calls are over, without any sign in the trace. Not before: under a running stream a
   * GOAWAY keeps Node's HTTP/2 servers from sending pings, and gRPC on top of them drops the connection for that.
   */
  close(): void {
    if (this.#dropped || this.#session.destroyed) return;
    if ([...this.#calls].every((call) => call.over)) this.#session.close();
  }
}

/** One call on a link: what has come so far, and ways to wait for more. */
export class Call {
  readonly conn: number;
  readonly link: Link;
  readonly request: RequestView;
  readonly messages: MessageView[] = [];
  /** How it ended, undefined while it runs and after a drop by this side. */
  status: StatusView | undefined;
  /** Resolves when the call is over, whoever ended it. */
  readonly done: Promise<void>;
  readonly #recorder: Recorder;
  readonly #method: Method;
  #stream: http2.ClientHttp2Stream | undefined;
  #pending = Buffer.alloc(0);
  #over = false;
  #finish: () => void = () => undefined;
  readonly #waiters = new Set<() => void>();

  constructor(recorder: Recorder, link: Link, method: Method, request: RequestView) {
    this.#recorder = recorder;
    this.link = link;
    this.#method = method;
    this.request = request;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.conn = recorder.connect();
    recorder.open(this.conn, request);
  }

  get over(): boolean {
    return this.#over;
  }

  get opened(): OpenedView | undefined {
    return this.messages.find((message): message is OpenedView => message.kind === 'opened');
  }

  /** Items and the final message that have come. */
  get values(): Value[] {
    return this.messages.filter((message): message is Value => message.kind === 'item' || message.kind === 'final');
  }

  attach(stream: http2.ClientHttp2Stream): void {
    this.#stream = stream;
    let trailers: http2.IncomingHttpHeaders | undefined;
    let failure: string | undefined;
    stream.on('response', (headers) => {
      if (headers['grpc-status'] !== undefined) trailers = headers;
      else if (headers[':status'] !== 200) failure = `HTTP status ${String(headers[':status'])}`;
    });
    stream.on('trailers', (headers: http2.IncomingHttpHeaders) => {
      trailers = headers;
    });
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error) => {
      failure ??= error.message;
    });
    stream.on('close', () => {
      if (trailers === undefined) this.lost(failure ?? resetText(stream) ?? this.link.failure);
      else this.#end(statusOf(trailers));
    });
  }

  /** Resolves with true when the condition holds, with false when the call is over or the time is up before. */
  until(holds: (call: Call) => boolean, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (result: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve(result);
      };
      const look = (): void => {
        if (holds(this)) settle(true);
        else if (this.#over) settle(false);
      };
      const timer = setTimeout(() => settle(holds(this)), timeoutMs);
      this.#waiters.add(look);
      look();
    });
  }

  /** Give the call up: cancel the stream alone, or hurt the TCP connection under it. */
  drop(how: DropKind): void {
    if (this.#over) return;
    if (how !== 'cancel') {
      this.link.drop(how);
      return;
    }
    this.abandon(how);
    this.#stream?.close(http2.constants.NGHTTP2_CANCEL);
    this.link.close();
  }

  /** This side has given the call up: nothing of it counts any more. */
  abandon(how: DropKind): void {
    if (this.#over) return;
    this.#recorder.cancel(this.conn, how);
    this.#over = true;
    this.#settle();
  }

  /** The transport is gone and no status has come. */
  lost(detail: string): void {
    if (this.#over) return;
    this.#recorder.close(this.conn, detail);
    this.#end({ grpc: 'NONE', detail: `no status: ${detail}` });
  }

  #receive(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 5) {
      const length = this.#pending.readUInt32BE(1);
      if (this.#pending.length < 5 + length) return;
      const bytes = this.#pending.subarray(5, 5 + length);
      const compressed = this.#pending[0] !== 0;
      this.#pending = this.#pending.subarray(5 + length);
      if (this.#over) continue;
      const message: MessageView = compressed
        ? { kind: 'malformed', detail: 'compressed although no encoding was agreed on' }
        : decodeResponse(this.#method, bytes);
      this.messages.push(message);
      this.#recorder.message(this.conn, message);
      this.look();
    }
  }

  #end(status: StatusView): void {
    if (this.#over) return;
    this.#over = true;
    this.status = status;
    this.#recorder.status(this.conn, status);
    this.#settle();
    this.link.close();
  }

  #settle(): void {
    this.#finish();
    this.look();
  }

  /** Have every `until` look again, at something that is no message. */
  look(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

function resetText(stream: http2.ClientHttp2Stream): string | undefined {
  return stream.rstCode === undefined || stream.rstCode === 0 ? undefined : `stream reset with code ${stream.rstCode}`;
}
