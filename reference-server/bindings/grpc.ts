/**
 * The gRPC binding of the server: accepts calls and maps messages. Spec: bindings/grpc.md.
 */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import {
  decodeConfirm,
  decodeOpen,
  encodeDescription,
  encodeServerMessage,
} from '../../protocol/bindings/grpc/codec.ts';
import { loadService, SERVICE_NAME } from '../../protocol/bindings/grpc/service.ts';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type {
  ConfirmRequestWire,
  ConfirmResponseWire,
  DescribeRequestWire,
  OpenRequestWire,
} from '../../protocol/bindings/grpc/wire.ts';
import { KEEPALIVE_TIME_MS, KEEPALIVE_TIMEOUT_MS, MAX_REQUEST_BYTES } from '../../protocol/limits.ts';
import type { Description, ServerMessage } from '../../protocol/messages.ts';
import type { Outlet } from '../connection.ts';
import type { Log } from '../log.ts';
import { internalFault } from '../refusals.ts';
import type { Service } from '../service.ts';
import type { Address, Binding, Intake } from './binding.ts';
import { encodeNumberItem } from './grpc-items.ts';
import { type Arrival, decodeArrival, guarded } from './grpc-requests.ts';
import { limitRequests } from './grpc-stalled.ts';
import { Listener } from './listener.ts';
import { Sockets } from './sockets.ts';

export interface TlsOptions {
  /** PEM texts. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Certificates that sign those of clients; when given, clients without one are refused. */
  readonly ca?: Buffer | undefined;
}

export interface GrpcBindingOptions {
  /** `localhost` (both loopback addresses, the default) or one address. */
  readonly host?: string | undefined;
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** Takes connections from elsewhere, in place of `host` and `port`. */
  readonly intake?: Intake | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Default 20,000. */
  readonly maxConnections?: number | undefined;
  /** Calls at one time on one connection, default 100. */
  readonly maxStreams?: number | undefined;
  /** A connection without a call is closed after this, default 10,000 ms. */
  readonly idleMs?: number | undefined;
  /** A call whose request is not complete by then is ended, default 5,000 ms. */
  readonly requestMs?: number | undefined;
}

export const DEFAULT_MAX_CONNECTIONS = 20_000;
export const DEFAULT_MAX_STREAMS = 100;
const DEFAULT_IDLE_MS = 10_000;
const DEFAULT_REQUEST_MS = 5_000;
/** Above MAX_REQUEST_BYTES, so that the refusal of a request that is too large can name the limit. */
const MAX_RECEIVE_BYTES = 16 * MAX_REQUEST_BYTES;

type OpenCall = ServerWritableStream<Arrival<OpenRequestWire>, ServerMessage>;

/** @throws Error from `listen` when the certificate cannot be used or the address cannot be had */
export function createGrpcBinding(options: GrpcBindingOptions = {}): Binding {
  return new GrpcBinding(options);
}

class GrpcBinding implements Binding {
  readonly #options: GrpcBindingOptions;
  readonly #health = new HealthImplementation({ '': 'SERVING', [SERVICE_NAME]: 'SERVING' });
  readonly #server: Server;
  readonly #intake: Intake;
  readonly #sockets: Sockets;
  #refused: Service['refused'] = () => undefined;

  constructor(options: GrpcBindingOptions) {
    const { host = 'localhost', port = 0, maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
    const { requestMs = DEFAULT_REQUEST_MS } = options;
    this.#options = options;
    const limit = limitRequests(requestMs, (error) => this.#refused(error));
    this.#server = new Server({ ...serverOptions(options), interceptors: [limit] });
    this.#intake = options.intake ?? new Listener({ host, port });
    this.#sockets = new Sockets(maxConnections);
  }

  async listen(service: Service, log: Log): Promise<Address> {
    this.#refused = (error) => service.refused(error);
    addSequenceService(this.#server, service, log);
    this.#health.addToServer(this.#server);
    new ReflectionService(loadService().packageDefinition).addToServer(this.#server);
    const injector = this.#server.createConnectionInjector(credentials(this.#options.tls));
    return this.#intake.listen((socket) => {
      if (this.#sockets.admit(socket)) injector.injectConnection(socket);
    }, log);
  }

  announceShutdown(): void {
    this.#health.setStatus('', 'NOT_SERVING');
    this.#health.setStatus(SERVICE_NAME, 'NOT_SERVING');
  }

  async close(graceMs: number): Promise<void> {
    this.#intake.stop();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#server.forceShutdown();
    this.#sockets.cut();
  }
}

function serverOptions({
  maxStreams = DEFAULT_MAX_STREAMS,
  idleMs = DEFAULT_IDLE_MS,
}: GrpcBindingOptions): ServerOptions {
  return {
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
    'grpc.max_concurrent_streams': maxStreams,
    'grpc.max_connection_idle_ms': idleMs,
    // A quarter of the CPU time per message otherwise.
    'grpc.enable_channelz': 0,
  };
}

function credentials(tls: TlsOptions | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: tls.cert, private_key: tls.key };
  return ServerCredentials.createSsl(tls.ca ?? null, [pair], tls.ca !== undefined);
}

function addSequenceService(server: Server, service: Service, log: Log): void {
  const { Describe, Open, Confirm } = loadService().definition;
  const definition = {
    Describe: guarded(Describe, (message: Description) => Describe.responseSerialize(encodeDescription(message))),
    Open: guarded(Open, (message: ServerMessage) =>
      message.kind === 'item' && typeof message.value === 'number'
        ? encodeNumberItem(message.index, message.value)
        : Open.responseSerialize(encodeServerMessage(message)),
    ),
    Confirm: guarded(Confirm, (response: ConfirmResponseWire) => Confirm.responseSerialize(response)),
  };

  const describe: handleUnaryCall<Arrival<DescribeRequestWire>, Description> = (_call, callback) =>
    callback(null, service.describe());

  const open: handleServerStreamingCall<Arrival<OpenRequestWire>, ServerMessage> = (call) => {
    try {
      serveOpen(call, service);
    } catch (cause) {
      log.error({ err: cause }, 'Open failed');
      call.emit('error', toStatus(internalFault(cause)));
    }
  };

  const confirm: handleUnaryCall<Arrival<ConfirmRequestWire>, ConfirmResponseWire> = (call, callback) => {
    const request = decodeArrival(call.request, call.metadata, decodeConfirm);
    if (!request.ok) {
      service.refused(request.error);
      callback(toStatus(request.error));
      return;
    }
    service.confirm(request.value).then(
      (result) => (result.ok ? callback(null, {}) : callback(toStatus(result.error))),
      (cause: unknown) => {
        log.error({ err: cause }, 'Confirm failed');
        callback(toStatus(internalFault(cause)));
      },
    );
  };

  server.addService(definition, { Describe: describe, Open: open, Confirm: confirm });
}

function serveOpen(call: OpenCall, service: Service): void {
  const request = decodeArrival(call.request, call.metadata, decodeOpen);
  if (!request.ok) {
    service.refused(request.error);
    call.emit('error', toStatus(request.error));
    return;
  }
  const noteFlushed = (error: Error | null | undefined): void => {
    if (!error) inlet.flushed();
  };
  const outlet: Outlet = {
    send: (message) => {
      call.write(message, noteFlushed);
    },
    end: (error) => {
      if (error === undefined) call.end();
      else call.emit('error', toStatus(error));
    },
  };
  const inlet = service.open(request.value, outlet);
  // Comes at the end of every call, also of one that ended well: the connection knows.
  call.on('cancelled', () => inlet.dropped());
  if (call.cancelled) inlet.dropped();
}
