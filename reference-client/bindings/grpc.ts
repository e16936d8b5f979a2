/**
 * The gRPC binding of the client: dials and maps. Spec: bindings/grpc.md.
 *
 * Each link is a channel of its own with a private connection pool: a pooled connection that has
 * silently died would be handed out again. A link dials once: retries and back-off are the state
 * machine's.
 */
import { isIP } from 'node:net';
import {
  type ChannelCredentials,
  type ChannelOptions,
  type ClientReadableStream,
  credentials,
  Metadata,
  makeClientConstructor,
  type StatusObject,
} from '@grpc/grpc-js';
import { decodeServerMessage, encodeConfirm, encodeOpen, indexOf } from '../../protocol/bindings/grpc/codec.ts';
import { loadService, SERVICE_NAME, type SequenceClient } from '../../protocol/bindings/grpc/service.ts';
import { fromStatus } from '../../protocol/bindings/grpc/status.ts';
import type { OpenRequestWire } from '../../protocol/bindings/grpc/wire.ts';
import type { HostPort } from '../../protocol/cli.ts';
import { fail, type ReseqError, refusal } from '../../protocol/errors.ts';
import { KEEPALIVE_TIME_MS, KEEPALIVE_TIMEOUT_MS, LIVENESS_MIN_MS } from '../../protocol/limits.ts';
import type { Confirm, Open } from '../../protocol/messages.ts';
import type { Binding, Link, Received, StreamEvents } from '../link.ts';
import { OwnedCredentials } from './owned-credentials.ts';

/** Well above the 16,384 bytes that a client has to accept (RSQ-LIM-4), and a bound all the same. */
const MAX_RECEIVE_BYTES = 65_536;
/** A name may stand for several addresses, of which the first may belong to somebody else. */
const MAX_ADDRESSES = 4;
/** Longer than a link lives without an answer (RSQ-LIV-2), so that its channel never dials again by itself. */
const NO_RECONNECT_MS = 4 * LIVENESS_MIN_MS;

export interface TlsOptions {
  /** PEM of the authorities to trust; the system's own when absent. */
  readonly ca?: Uint8Array | undefined;
  /** PEM of the client's certificate and key, for mutual TLS. */
  readonly cert?: Uint8Array | undefined;
  readonly key?: Uint8Array | undefined;
}

export interface GrpcOptions {
  readonly server: HostPort;
  /** Absent = plain text. */
  readonly tls?: TlsOptions | undefined;
}

/** @throws Error for TLS material that cannot be used */
export function grpcBinding({ server, tls }: GrpcOptions): Binding {
  const { host } = server;
  const target = targetOf(server);
  const channelCredentials = tls === undefined ? credentials.createInsecure() : createTls(tls);
  const options = channelOptions(host);
  // Loading takes long enough to matter when the deadline of the first dial is running already.
  const Client = createClientClass();
  return {
    connect: () => {
      const owned = new OwnedCredentials(channelCredentials, isIP(host) === 0 ? MAX_ADDRESSES : 1);
      return new GrpcLink(new Client(target, owned, options), owned);
    },
  };
}

/** With its scheme: a host may be called `unix` or `dns`, which are schemes of gRPC too. */
export function targetOf({ host, port }: HostPort): string {
  return `dns:///${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function createTls({ ca, cert, key }: TlsOptions): ChannelCredentials {
  const pem = (bytes: Uint8Array | undefined): Buffer | null => (bytes === undefined ? null : Buffer.from(bytes));
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}

function channelOptions(host: string): ChannelOptions {
  const options: ChannelOptions = {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.initial_reconnect_backoff_ms': NO_RECONNECT_MS,
    'grpc.min_reconnect_backoff_ms': NO_RECONNECT_MS,
    'grpc.max_reconnect_backoff_ms': NO_RECONNECT_MS,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
    'grpc.service_config_disable_resolution': 1,
  };
  // A proxy from the environment would be asked to reach our own loopback.
  if (isLoopback(host)) options['grpc.enable_http_proxy'] = 0;
  return options;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** A stream of messages that are decoded already: bytes that are none arrive as a value, not as a broken call. */
interface DecodingClient extends Pick<SequenceClient, 'confirm' | 'close'> {
  open(request: OpenRequestWire): ClientReadableStream<Received>;
}

type DecodingConstructor = new (
  target: string,
  channelCredentials: ChannelCredentials,
  options: ChannelOptions,
) => DecodingClient;

function createClientClass(): DecodingConstructor {
  const { definition } = loadService();
  const open = {
    ...definition.Open,
    responseDeserialize: (bytes: Buffer) => decodeBytes(bytes, definition.Open.responseDeserialize),
  };
  // grpc-js types the class that it makes as a bag of methods: the cast states which ones.
  return makeClientConstructor({ ...definition, Open: open }, SERVICE_NAME) as unknown as DecodingConstructor;
}

function decodeBytes(bytes: Buffer, deserialize: (bytes: Buffer) => unknown): Received {
  try {
    const wire = deserialize(bytes);
    const message = decodeServerMessage(wire);
    return message.ok ? message : { ...message, index: indexOf(wire) };
  } catch (cause) {
    return fail(refusal('PROTOCOL_ERROR', `message: expected protobuf, got ${bytes.length} other bytes`, { cause }));
  }
}

class GrpcLink implements Link {
  readonly #client: DecodingClient;
  readonly #connections: OwnedCredentials;
  #stream: ClientReadableStream<Received> | undefined;
  #isClosed = false;

  constructor(client: DecodingClient, connections: OwnedCredentials) {
    this.#client = client;
    this.#connections = connections;
  }

  open(open: Open, openedBefore: boolean, events: StreamEvents): void {
    const stream = this.#client.open(encodeOpen(open));
    this.#stream = stream;
    let ending: StatusObject | undefined;
    let isEnded = false;
    let hasOpened = openedBefore;
    // The status may overtake messages that still wait in the stream: the end is when both have come.
    const endOnce = (): void => {
      if (this.#isClosed || isEnded || ending === undefined || !stream.readableEnded) return;
      isEnded = true;
      events.ended(fromStatus(ending, hasOpened));
    };
    stream.on('data', (message: Received) => {
      if (this.#isClosed) return;
      hasOpened ||= message.ok && message.value.kind === 'opened';
      events.message(message);
    });
    stream.on('status', (status: StatusObject) => {
      ending = status;
      endOnce();
    });
    stream.on('end', endOnce);
    // Says what `status` says as well; without a listener it would end the process.
    stream.on('error', () => {});
  }

  confirm(confirm: Confirm, answered: (error: ReseqError | undefined) => void): void {
    this.#client.confirm(encodeConfirm(confirm), new Metadata(), {}, (error) => {
      if (!this.#isClosed) answered(error === null ? undefined : fromStatus(error));
    });
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.#stream?.cancel();
    this.#client.close();
    // The cancellation leaves with the next turn of the loop.
    setImmediate(() => this.#connections.close());
  }
}
