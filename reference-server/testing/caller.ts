/**
 * A bare gRPC caller for tests of the binding: no retries, no judgement, everything is kept.
 */
import {
  type ChannelCredentials,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { loadService, type SequenceClient } from '../../protocol/bindings/grpc/service.ts';
import type {
  ConfirmRequestWire,
  DescribeResponseWire,
  OpenRequestWire,
  OpenResponseWire,
} from '../../protocol/bindings/grpc/wire.ts';

export interface Ended {
  /** Name of the gRPC status. */
  readonly status: string;
  readonly details: string;
  /** Trailer `reseq-code`. */
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
}

export class Stream {
  readonly messages: OpenResponseWire[] = [];
  readonly ended: Promise<Ended>;
  readonly cancel: () => void;
  #waiting: (() => void)[] = [];

  constructor(client: SequenceClient, request: OpenRequestWire, metadata = new Metadata()) {
    const call = client.open(request, metadata);
    call.on('data', (message: OpenResponseWire) => {
      this.messages.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    call.on('error', () => undefined);
    this.cancel = () => call.cancel();
    this.ended = new Promise((resolve) => call.on('status', (ended: StatusObject) => resolve(read(ended))));
  }

  /** Resolves when so many messages, OPENED among them, have come or the stream has ended. */
  async received(count: number): Promise<this> {
    let hasEnded = false;
    void this.ended.then(() => {
      hasEnded = true;
    });
    while (this.messages.length < count && !hasEnded) {
      await Promise.race([this.ended, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    }
    return this;
  }

  get numbers(): readonly (number | undefined)[] {
    return this.messages.slice(1).map(({ item, final }) => (item ?? final)?.number);
  }

  get indexes(): readonly (number | undefined)[] {
    return this.messages.slice(1).map(({ item, final }) => (item ?? final)?.index);
  }

  get resumeKey(): Uint8Array {
    return this.messages[0]?.opened?.stateful?.resumeKey ?? new Uint8Array();
  }
}

export class Caller {
  readonly client: SequenceClient;

  constructor(address: string, security: ChannelCredentials = credentials.createInsecure()) {
    const { Client } = loadService();
    this.client = new Client(address, security, {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
    });
  }

  open(request: OpenRequestWire, metadata?: Metadata): Stream {
    return new Stream(this.client, { protocolVersion: 1, ...request }, metadata);
  }

  confirm(request: ConfirmRequestWire): Promise<Ended> {
    return new Promise((resolve) => {
      this.client.confirm(request, new Metadata(), {}, (error) => resolve(error === null ? OK : read(error)));
    });
  }

  describe(metadata = new Metadata()): Promise<DescribeResponseWire> {
    return new Promise((resolve, reject) => {
      this.client.describe({}, metadata, {}, (error, response) => {
        if (error !== null || response === undefined) reject(error ?? new Error('no response'));
        else resolve(response);
      });
    });
  }

  /** A call with bytes of one's own instead of a request. */
  raw(path: string, bytes: Uint8Array): Promise<Ended> {
    return new Promise((resolve) => {
      const call = this.client.makeServerStreamRequest(
        path,
        (value: Uint8Array) => Buffer.from(value),
        (value: Buffer) => value,
        bytes,
      );
      call.on('data', () => undefined);
      call.on('error', () => undefined);
      call.on('status', (ended: StatusObject) => resolve(read(ended)));
    });
  }

  close(): void {
    this.client.close();
  }
}

const OK: Ended = { status: 'OK', details: '', code: undefined, retryAfter: undefined };

function read(ended: StatusObject | ServiceError): Ended {
  const trailer = (name: string): string | undefined => ended.metadata.get(name)[0]?.toString();
  return {
    status: status[ended.code],
    details: ended.details,
    code: trailer('reseq-code'),
    retryAfter: trailer('reseq-retry-after-ms'),
  };
}
