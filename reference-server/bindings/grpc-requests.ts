/**
 * Requests before they are messages: what does not parse, is too large or carries too much metadata becomes a registry
 * error with field, expected and got, where grpc-js by itself would answer INTERNAL or RESOURCE_EXHAUSTED without a
 * code. Spec: bindings/grpc.md, errors.md.
 */
import type { Metadata, MethodDefinition } from '@grpc/grpc-js';
import { invalid, type ReseqError, type Result } from '../../protocol/errors.ts';
import { isWellFormed, type Shape } from './grpc-wire.ts';

/** What a request may weigh. */
export interface RequestLimits {
  /** Bytes of the encoded message, at least 4096 (RSQ-LIM-3). */
  readonly maxRequestBytes: number;
  /** Bytes of names and values of the metadata. */
  readonly maxMetadataBytes: number;
}

/** Stands for a request that could not be read. */
export class Unreadable {
  readonly error: ReseqError;

  constructor(error: ReseqError) {
    this.error = error;
  }
}

export type Arrival<Wire> = Wire | Unreadable;

/**
 * A method whose deserialiser never throws, and whose responses are messages.
 * @param shape of its request
 */
export function guarded<Request, Response, Message>(
  method: MethodDefinition<Request, Response>,
  serialize: (message: Message) => Buffer,
  limits: RequestLimits,
  shape: Shape,
): MethodDefinition<Arrival<Request>, Message> {
  return {
    ...method,
    requestSerialize: () => {
      throw new Error('a server sends no requests');
    },
    responseDeserialize: () => {
      throw new Error('a server receives no responses');
    },
    requestDeserialize: (bytes) => read(bytes, method, limits, shape),
    responseSerialize: serialize,
  };
}

function read<Request, Response>(
  bytes: Buffer,
  method: MethodDefinition<Request, Response>,
  { maxRequestBytes }: RequestLimits,
  shape: Shape,
): Arrival<Request> {
  if (bytes.length > maxRequestBytes) {
    return new Unreadable(invalid('request', `at most ${maxRequestBytes} bytes`, bytes));
  }
  try {
    if (isWellFormed(bytes, shape)) return method.requestDeserialize(bytes);
  } catch {
    // Well-formed, and not this message: the same to its sender.
  }
  return new Unreadable(invalid('request', `a protobuf message for ${method.path}`, bytes));
}

/** The request of a call as a message, or why it is refused. */
export function decodeArrival<Wire, Message>(
  arrival: Arrival<Wire>,
  metadata: Metadata,
  decode: (wire: Wire) => Result<Message>,
  { maxMetadataBytes }: RequestLimits,
): Result<Message> {
  const size = metadataBytes(metadata);
  if (size > maxMetadataBytes) {
    return { ok: false, error: invalid('request', `at most ${maxMetadataBytes} bytes of metadata`, size) };
  }
  return arrival instanceof Unreadable ? { ok: false, error: arrival.error } : decode(arrival);
}

function metadataBytes(metadata: Metadata): number {
  let size = 0;
  for (const key of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(key)) size += key.length + value.length;
  }
  return size;
}
