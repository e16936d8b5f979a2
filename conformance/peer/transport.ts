/**
 * gRPC from the server's side, made of node:http2 alone. Spec: bindings/grpc.md.
 * A peer has to do what a good gRPC library refuses: reset a TCP connection at a chosen byte, stop answering pings,
 * end a stream without trailers. It also keeps the tester off the library that most programs under test use.
 */

import http2 from 'node:http2';
import net from 'node:net';

/** What a TCP connection gets before a byte of it is read. */
export type Admission = 'serve' | 'reset' | 'close' | 'black-hole' | 'garbage' | 'settings-then-close';

/** gRPC status names with their numbers. */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcStatus = keyof typeof GRPC_STATUS;

/** How a call ends: a status, the registry code and the wait that travel as trailers. */
export interface CallEnd {
  readonly status: GrpcStatus;
  readonly detail?: string;
  readonly code?: number;
  readonly retryAfterMs?: number;
}

/** What a good server may do as well: metadata of its own, and other bytes for the same messages. */
export interface Oddity {
  /** In headers and trailers of every answer. */
  readonly metadata?: Readonly<Record<string, string>>;
  rewrite?(message: Uint8Array): Uint8Array;
}

/** One TCP connection of a program under test. */
export class Connection {
  readonly id: number;
  /** The peer killed it: what the client does on it afterwards means nothing. */
  dead = false;
  private readonly socket: net.Socket;

  constructor(id: number, socket: net.Socket) {
    this.id = id;
    this.socket = socket;
  }

  /** RST, at once: what was written and not yet sent is lost. */
  reset(): void {
    this.dead = true;
    this.socket.resetAndDestroy();
  }

  /** The link dies without a sign: nothing is read and nothing leaves any more. */
  freeze(): void {
    this.dead = true;
    this.socket.pause();
    this.socket.removeAllListeners('data');
    this.socket.write = () => false;
    this.socket.end = () => this.socket;
    // node:http2 writes through the handle, past the socket: the handle must stop as well.
    const handle: unknown = Reflect.get(this.socket, '_handle');
    if (
      typeof handle === 'object' &&
      handle !== null &&
      'readStop' in handle &&
      typeof handle.readStop === 'function'
    ) {
      handle.readStop();
    }
  }
}

/** One call: its request bytes, and the way to answer it. */
export class Call {
  readonly connection: Connection;
  readonly method: string;
  /** The first message of the client, without its five-byte prefix. */
  readonly request: Uint8Array;
  private readonly stream: http2.ServerHttp2Stream;
  private readonly oddity: Oddity;
  private answered = false;
  private over = false;

  constructor(
    connection: Connection,
    method: string,
    request: Uint8Array,
    stream: http2.ServerHttp2Stream,
    oddity: Oddity = {},
  ) {
    this.oddity = oddity;
    this.connection = connection;
    this.method = method;
    this.request = request;
    this.stream = stream;
  }

  /** True once either side has ended it. */
  get ended(): boolean {
    return this.over || this.stream.destroyed;
  }

  /** Bytes that wait for the client to read. */
  get unsentBytes(): number {
    return this.stream.writableLength;
  }

  /** Sends one message. */
  send(right: Uint8Array): void {
    const message = this.oddity.rewrite?.(right) ?? right;
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    this.sendRaw(Buffer.concat([prefix, message]));
  }

  /** Sends bytes as they are, without a message prefix. */
  sendRaw(bytes: Uint8Array): void {
    if (this.ended) return;
    this.respond();
    this.stream.write(bytes);
  }

  /** Ends the call with a status, in trailers or, when nothing was sent, in the headers alone. */
  end(end: CallEnd): void {
    if (this.ended) return;
    this.over = true;
    const trailers = { ...this.oddity.metadata, ...trailersOf(end) };
    if (!this.answered) {
      this.stream.respond(
        { ':status': 200, 'content-type': 'application/grpc+proto', ...trailers },
        { endStream: true },
      );
      return;
    }
    this.stream.once('wantTrailers', () => this.stream.sendTrailers(trailers));
    this.stream.end();
  }

  /** RST_STREAM with an HTTP/2 error code. */
  resetStream(http2Code: number): void {
    if (this.ended) return;
    this.over = true;
    this.stream.close(http2Code);
  }

  /** Calls back once, when the stream is gone, whoever ended it. */
  onGone(gone: (byPeer: boolean) => void): void {
    this.stream.once('close', () => gone(this.over));
  }

  /** Calls back when the client sends more than its one request. */
  onExtra(extra: () => void): void {
    this.stream.on('data', extra);
  }

  private respond(): void {
    if (this.answered) return;
    this.answered = true;
    const headers = { ':status': 200, 'content-type': 'application/grpc+proto', ...this.oddity.metadata };
    this.stream.respond(headers, { waitForTrailers: true });
  }
}

function trailersOf(end: CallEnd): http2.OutgoingHttpHeaders {
  return {
    'grpc-status': String(GRPC_STATUS[end.status]),
    ...(end.detail === undefined ? {} : { 'grpc-message': encodeURIComponent(end.detail) }),
    ...(end.code === undefined ? {} : { 'reseq-code': String(end.code) }),
    ...(end.retryAfterMs === undefined ? {} : { 'reseq-retry-after-ms': String(end.retryAfterMs) }),
  };
}

/** What the transport reports and asks. */
export interface TransportEvents {
  admit(ordinal: number): Admission;
  connected(connection: Connection): void;
  disconnected(connection: Connection): void;
  called(call: Call): void;
  /** The client has sent a PING, which is answered whatever happens here. */
  pinged?(connection: Connection): void;
}

export interface Transport {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1.
 * @param keepaliveMs time between pings and for their answer, 0 = none
 */
export async function listen(events: TransportEvents, keepaliveMs = 0, oddity: Oddity = {}): Promise<Transport> {
  const sockets = new Set<net.Socket>();
  const grpc = http2.createServer();
  let current: Connection | undefined;
  grpc.on('session', (session) => {
    const connection = current;
    if (connection === undefined) return;
    serveSession(session, connection, events, oddity);
    if (keepaliveMs > 0) keepAlive(session, keepaliveMs);
  });
  grpc.on('sessionError', () => undefined);
  let ordinal = 0;
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const connection = new Connection(++ordinal, socket);
    socket.once('close', () => {
      sockets.delete(socket);
      events.disconnected(connection);
    });
    events.connected(connection);
    const admission = events.admit(ordinal);
    if (admission !== 'serve') {
      turnAway(socket, admission);
      return;
    }
    // The http2 server makes its session before emit returns, so this tells it whose session it is.
    current = connection;
    grpc.emit('connection', socket);
    current = undefined;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string')
    throw new Error(`peer: expected a TCP address, got ${String(bound)}`);
  return {
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A SETTINGS frame without entries. */
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

function turnAway(socket: net.Socket, admission: Exclude<Admission, 'serve'>): void {
  switch (admission) {
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      socket.end();
      socket.resume();
      return;
    case 'black-hole':
      socket.pause();
      return;
    case 'garbage':
      socket.resume();
      socket.write(Buffer.from('16030100ff0000deadbeef7f7f7f7f7f00ff00ff00ff00ff', 'hex'));
      return;
    case 'settings-then-close':
      socket.resume();
      socket.end(EMPTY_SETTINGS);
      return;
  }
}

function keepAlive(session: http2.ServerHttp2Session, everyMs: number): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) {
      session.destroy();
      return;
    }
    answered = false;
    if (!session.destroyed)
      session.ping(() => {
        answered = true;
      });
  }, everyMs);
  session.once('close', () => clearInterval(timer));
}

function serveSession(
  session: http2.ServerHttp2Session,
  connection: Connection,
  events: TransportEvents,
  oddity: Oddity,
): void {
  session.on('error', () => undefined);
  session.on('ping', () => events.pinged?.(connection));
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    let received = Buffer.alloc(0);
    let called = false;
    stream.on('data', (chunk: Buffer) => {
      if (called) return;
      received = Buffer.concat([received, chunk]);
      if (received.length < 5) return;
      const length = received.readUInt32BE(1);
      if (received.length < 5 + length) return;
      called = true;
      events.called(new Call(connection, String(headers[':path']), received.subarray(5, 5 + length), stream, oddity));
    });
  });
}
