/**
 * The gRPC binding of the server: accepts calls and maps messages. Spec: bindings/grpc.md.
 */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServerOptions,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { decodeConfirm, decodeOpen, encodeDescription } from '../../protocol/bindings/grpc/codec.ts';
import { loadService, SERVICE_NAME } from '../../protocol/bindings/grpc/service.ts';
import { toStatus } from '../../protocol/bindings/grpc/status.ts';
import type {
  ConfirmRequestWire,
  ConfirmResponseWire,
  DescribeRequestWire,
  OpenRequestWire,
} from '../../protocol/bindings/grpc/wire.ts';
import { KEEPALIVE_TIME_MS, KEEPALIVE_TIMEOUT_MS, MAX_REQUEST_BYTES } from '../../protocol/limits.ts';
import type { Description } from '../../protocol/messages.ts';
import { systemClock } from '../../protocol/real.ts';
import type { Log } from '../log.ts';
import { internalFault } from '../refusals.ts';
import type { Service } from '../service.ts';
import type { Address, Binding, Intake } from './binding.ts';
import { Health } from './grpc-health.ts';
import { Lingering } from './grpc-lingering.ts';
import { CallOutlet } from './grpc-outlet.ts';
import { type Arrival, decodeArrival, guarded, type RequestLimits } from './grpc-requests.ts';
import { PendingRequests } from './grpc-stalled.ts';
import { CONFIRM_REQUEST, DESCRIBE_REQUEST, OPEN_REQUEST } from './grpc-wire.ts';
import { Listener } from './listener.ts';
import { addressKey, addressOf } from './peer-address.ts';
import { Reception } from './reception.ts';
import { type SocketLimits, Sockets } from './sockets.ts';

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
  /** Default 256, 0 = no limit. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** Limits per address bind the machine itself as well. Default: false. */
  readonly limitLoopback?: boolean | undefined;
  /** Calls at one time on one connection, default 100. */
  readonly maxStreams?: number | undefined;
  /** At least 4096, the default. */
  readonly maxRequestBytes?: number | undefined;
  /** Bytes of names and values of a request's metadata, default 8192. */
  readonly maxMetadataBytes?: number | undefined;
  /** A connection that has never made a call is closed after this, default 10,000 ms. */
  readonly handshakeMs?: number | undefined;
  /** A connection without a call is closed after this, default 10,000 ms. */
  readonly idleMs?: number | undefined;
  /** A call whose request is not complete by then is ended, a quarter of this later at most; default 5,000 ms. */
  readonly requestMs?: number | undefined;
  /** A call that is over and whose client has not read the end of it by then is cut off, default 10,000 ms. */
  readonly unreadMs?: number | undefined;
}

export const DEFAULT_MAX_CONNECTIONS = 20_000;
export const DEFAULT_MAX_CONNECTIONS_PER_ADDRESS = 256;
export const DEFAULT_MAX_STREAMS = 100;
export const DEFAULT_MAX_METADATA_BYTES = 8_192;
export const DEFAULT_HANDSHAKE_MS = 10_000;
export const DEFAULT_IDLE_MS = 10_000;
export const DEFAULT_REQUEST_MS = 5_000;
export const DEFAULT_UNREAD_MS = 10_000;
/** What the library takes in, as a multiple of the limit: the refusal of a request that is too large names the limit. */
const RECEIVE_FACTOR = 16;

type OpenCall = ServerWritableStream<Arrival<OpenRequestWire>, Buffer>;

/** @throws Error from `listen` when the certificate cannot be used or the address cannot be had */
export function createGrpcBinding(options: GrpcBindingOptions = {}): Binding {
  return new GrpcBinding(options);
}

class GrpcBinding implements Binding {
  readonly #options: GrpcBindingOptions;
  readonly #health = new Health(['', SERVICE_NAME]);
  readonly #server: Server;
  readonly #intake: Intake;
  readonly #lingering: Lingering;
  readonly #pending: PendingRequests;
  readonly #now: () => number;
  #sockets: Sockets | undefined;
  #reception: Reception | undefined;
  #refused: Service['refused'] = () => undefined;

  constructor(options: GrpcBindingOptions) {
    const { host = 'localhost', port = 0, requestMs = DEFAULT_REQUEST_MS, unreadMs = DEFAULT_UNREAD_MS } = options;
    const clock = systemClock();
    this.#now = () => clock.now();
    this.#lingering = new Lingering(unreadMs, this.#now);
    this.#options = options;
    this.#pending = new PendingRequests(requestMs, this.#now, {
      arrived: (peer) => this.#sockets?.spoke(peer),
      refused: (error) => this.#refused(error),
      ending: (call) => this.#lingering.end(call),
    });
    const interceptors: ServerInterceptor[] = [(method, call) => this.#pending.intercept(method, call)];
    this.#server = new Server({ ...serverOptions(options), interceptors });
    this.#intake = options.intake ?? new Listener({ host, port });
  }

  async listen(service: Service, log: Log): Promise<Address> {
    this.#refused = (error) => service.refused(error);
    const { maxRequestBytes = MAX_REQUEST_BYTES, maxMetadataBytes = DEFAULT_MAX_METADATA_BYTES } = this.#options;
    addSequenceService(this.#server, {
      service,
      log,
      pending: this.#pending,
      lingering: this.#lingering,
      limits: { maxRequestBytes, maxMetadataBytes },
      addressFor: (call) => addressKey(addressOf(call.getPeer()), this.#options.limitLoopback ?? false),
    });
    const sockets = new Sockets(socketLimits(this.#options), service.stats.sockets);
    this.#sockets = sockets;
    this.#health.addToServer(this.#server);
    new ReflectionService(loadService().packageDefinition).addToServer(this.#server);
    const injector = this.#server.createConnectionInjector(credentials(this.#options.tls));
    const reception = new Reception((socket) => {
      injector.injectConnection(socket);
      // It was accepted paused.
      socket.resume();
    }, this.#now);
    this.#reception = reception;
    return this.#intake.listen((socket) => {
      if (sockets.admit(socket)) reception.accept(socket);
    }, log);
  }

  announceShutdown(): void {
    this.#health.setStatus('NOT_SERVING');
  }

  async close(graceMs: number): Promise<void> {
    this.#intake.stop();
    this.#reception?.close();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#server.forceShutdown();
    this.#sockets?.cut();
  }
}

function serverOptions({
  maxStreams = DEFAULT_MAX_STREAMS,
  maxRequestBytes = MAX_REQUEST_BYTES,
  idleMs = DEFAULT_IDLE_MS,
}: GrpcBindingOptions): ServerOptions {
  return {
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.max_receive_message_length': RECEIVE_FACTOR * maxRequestBytes,
    'grpc.max_concurrent_streams': maxStreams,
    'grpc.max_connection_idle_ms': idleMs,
    // A quarter of the CPU time per message otherwise.
    'grpc.enable_channelz': 0,
  };
}

function socketLimits(options: GrpcBindingOptions): SocketLimits {
  return {
    max: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    maxPerAddress: options.maxConnectionsPerAddress ?? DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
    countsLoopback: options.limitLoopback ?? false,
    handshakeMs: options.handshakeMs ?? DEFAULT_HANDSHAKE_MS,
  };
}

function credentials(tls: TlsOptions | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: tls.cert, private_key: tls.key };
  return ServerCredentials.createSsl(tls.ca ?? null, [pair], tls.ca !== undefined);
}

/** What serves the calls. */
interface Desk {
  readonly service: Service;
  readonly log: Log;
  readonly pending: PendingRequests;
  readonly lingering: Lingering;
  readonly limits: RequestLimits;
  /** Under which a call is counted, undefined: not at all. */
  readonly addressFor: (call: { getPeer(): string }) => string | undefined;
}

function addSequenceService(server: Server, desk: Desk): void {
  const { service, log, pending, limits, addressFor } = desk;
  const { Describe, Open, Confirm } = loadService().definition;
  const definition = {
    Describe: guarded(
      Describe,
      (message: Description) => Describe.responseSerialize(encodeDescription(message)),
      limits,
      DESCRIBE_REQUEST,
    ),
    Open: guarded(
      Open,
      // They are made where they are sent.
      (bytes: Buffer) => bytes,
      limits,
      OPEN_REQUEST,
    ),
    Confirm: guarded(
      Confirm,
      (response: ConfirmResponseWire) => Confirm.responseSerialize(response),
      limits,
      CONFIRM_REQUEST,
    ),
  };

  const describe: handleUnaryCall<Arrival<DescribeRequestWire>, Description> = (call, callback) => {
    if (pending.complete(call)) callback(null, service.describe());
  };

  const open: handleServerStreamingCall<Arrival<OpenRequestWire>, Buffer> = (call) => {
    try {
      serveOpen(call, desk);
    } catch (cause) {
      log.error({ err: cause }, 'Open failed');
      call.emit('error', toStatus(internalFault(cause)));
    }
  };

  const confirm: handleUnaryCall<Arrival<ConfirmRequestWire>, ConfirmResponseWire> = (call, callback) => {
    if (!pending.complete(call)) return;
    const request = decodeArrival(call.request, call.metadata, decodeConfirm, limits);
    if (!request.ok) {
      service.refused(request.error);
      callback(toStatus(request.error));
      return;
    }
    service.confirm(request.value, addressFor(call)).then(
      (result) => (result.ok ? callback(null, {}) : callback(toStatus(result.error))),
      (cause: unknown) => {
        log.error({ err: cause }, 'Confirm failed');
        callback(toStatus(internalFault(cause)));
      },
    );
  };

  server.addService(definition, { Describe: describe, Open: open, Confirm: confirm });
}

function serveOpen(call: OpenCall, { service, pending, lingering, limits, addressFor }: Desk): void {
  if (!pending.complete(call)) return;
  const request = decodeArrival(call.request, call.metadata, decodeOpen, limits);
  if (!request.ok) {
    service.refused(request.error);
    call.emit('error', toStatus(request.error));
    return;
  }
  const outlet = new CallOutlet(call, lingering);
  outlet.report(service.open(request.value, outlet, addressFor(call)));
}
