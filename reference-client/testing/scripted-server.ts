/**
 * A small gRPC server for tests that does what its script says, with the TCP sockets in hand.
 */
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { type handleServerStreamingCall, Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { decodeConfirm, decodeOpen, encodeServerMessage } from '../../protocol/bindings/grpc/codec.ts';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type { OpenRequestWire } from '../../protocol/bindings/grpc/wire.ts';
import type { ReseqError, Result } from '../../protocol/errors.ts';
import type { Confirm, Open, ServerMessage } from '../../protocol/messages.ts';

/** What one connection does; the n-th stream gets the n-th script, further ones the last. */
export type Script = (stream: ScriptedStream) => void;

export class ScriptedStream {
  readonly open: Open;
  readonly #call: ServerWritableStream<OpenRequestWire, Buffer>;
  readonly #socket: Socket;

  constructor(open: Open, call: ServerWritableStream<OpenRequestWire, Buffer>, socket: Socket) {
    this.open = open;
    this.#call = call;
    this.#socket = socket;
  }

  send(...messages: ServerMessage[]): this {
    const { definition } = loadService();
    for (const message of messages) this.#call.write(definition.Open.responseSerialize(encodeServerMessage(message)));
    return this;
  }

  sendBytes(bytes: Uint8Array): this {
    this.#call.write(Buffer.from(bytes));
    return this;
  }

  end(): void {
    this.#call.end();
  }

  /** Ends with this status. */
  fail(error: Refusal): void {
    this.#call.emit('error', statusOf(error));
  }

  /** TCP reset, once what was sent has had time to leave. */
  reset(): void {
    setTimeout(() => this.#socket.resetAndDestroy(), 10);
  }
}

/** A registry error, or any other status as it is. */
type Refusal = ReseqError | { readonly code: number; readonly details: string };

function statusOf(error: Refusal): object {
  return 'details' in error ? error : toStatus(error);
}

export class ScriptedServer {
  readonly opens: Open[] = [];
  readonly confirms: Confirm[] = [];
  readonly sockets: Socket[] = [];
  readonly #scripts: readonly Script[];
  readonly #confirmAnswer: Refusal | undefined;
  readonly #grpc = new Server();
  readonly #net: NetServer;

  private constructor(scripts: readonly Script[], confirmAnswer: Refusal | undefined) {
    this.#scripts = scripts;
    this.#confirmAnswer = confirmAnswer;
    this.#addService();
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#net = createServer((socket) => {
      socket.on('error', () => {});
      this.sockets.push(socket);
      injector.injectConnection(socket);
    });
  }

  static async start(scripts: readonly Script[], confirmAnswer?: Refusal): Promise<ScriptedServer> {
    const server = new ScriptedServer(scripts, confirmAnswer);
    await new Promise<void>((resolve) => server.#net.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    const address = this.#net.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  stop(): void {
    this.#net.close();
    for (const socket of this.sockets) socket.destroy();
    this.#grpc.forceShutdown();
  }

  #addService(): void {
    const { definition } = loadService();
    const raw = { ...definition, Open: { ...definition.Open, responseSerialize: (bytes: Buffer) => bytes } };
    const open: handleServerStreamingCall<OpenRequestWire, Buffer> = (call) => this.#serve(call);
    this.#grpc.addService(raw, {
      open,
      describe: (_call: unknown, answer: (error: null, response: object) => void) => answer(null, {}),
      confirm: (call: { readonly request: unknown }, answer: (error: object | null, response?: object) => void) => {
        this.confirms.push(unwrap(decodeConfirm(call.request)));
        if (this.#confirmAnswer === undefined) answer(null, {});
        else answer(statusOf(this.#confirmAnswer));
      },
    });
  }

  #serve(call: ServerWritableStream<OpenRequestWire, Buffer>): void {
    const script = this.#scripts[Math.min(this.opens.length, this.#scripts.length - 1)];
    const socket = this.sockets.at(-1);
    if (script === undefined || socket === undefined) throw new Error('no script');
    call.on('error', () => {});
    const open = unwrap(decodeOpen(call.request));
    this.opens.push(open);
    script(new ScriptedStream(open, call, socket));
  }
}

function unwrap<Value>(result: Result<Value>): Value {
  if (!result.ok) throw result.error;
  return result.value;
}
