/**
 * The gRPC service as both ends load it. Spec: bindings/grpc.md, proto/reseq/v1/reseq.proto.
 */
import { join } from 'node:path';
import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  type Metadata,
  type MethodDefinition,
  makeClientConstructor,
  type requestCallback,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { packageRoot } from '../../package-root.ts';
import type {
  ConfirmRequestWire,
  ConfirmResponseWire,
  DescribeRequestWire,
  DescribeResponseWire,
  OpenRequestWire,
  OpenResponseWire,
} from './wire.ts';

/** Full name, for health checks and reflection. */
export const SERVICE_NAME = 'reseq.v1.SequenceService';

/** The methods with their paths and serialisers. */
export interface SequenceDefinition extends ServiceDefinition {
  Describe: MethodDefinition<DescribeRequestWire, DescribeResponseWire>;
  Open: MethodDefinition<OpenRequestWire, OpenResponseWire>;
  Confirm: MethodDefinition<ConfirmRequestWire, ConfirmResponseWire>;
}

/** A connection to a server. */
export interface SequenceClient extends Client {
  describe(
    request: DescribeRequestWire,
    metadata: Metadata,
    options: CallOptions,
    callback: requestCallback<DescribeResponseWire>,
  ): ClientUnaryCall;
  open(request: OpenRequestWire, metadata?: Metadata, options?: CallOptions): ClientReadableStream<OpenResponseWire>;
  confirm(
    request: ConfirmRequestWire,
    metadata: Metadata,
    options: CallOptions,
    callback: requestCallback<ConfirmResponseWire>,
  ): ClientUnaryCall;
}

export type SequenceClientConstructor = new (
  address: string,
  credentials: ChannelCredentials,
  options?: ChannelOptions,
) => SequenceClient;

export interface SequenceService {
  readonly definition: SequenceDefinition;
  readonly Client: SequenceClientConstructor;
  /** Everything of the .proto file, for reflection. */
  readonly packageDefinition: PackageDefinition;
}

let loaded: SequenceService | undefined;

/** Loads the .proto once per process. Throws when the package's own files are missing. */
export function loadService(): SequenceService {
  loaded ??= load();
  return loaded;
}

function load(): SequenceService {
  const packageDefinition = loadSync('reseq/v1/reseq.proto', {
    includeDirs: [join(packageRoot(), 'spec', 'proto')],
    keepCase: false,
    longs: String,
    defaults: true,
    arrays: true,
    oneofs: true,
  });
  // proto-loader and grpc-js know nothing of the .proto at compile time: the two casts state what it says.
  const definition = packageDefinition[SERVICE_NAME] as unknown as SequenceDefinition;
  const Client = makeClientConstructor(definition, SERVICE_NAME) as unknown as SequenceClientConstructor;
  return { definition, Client, packageDefinition };
}
