/**
 * The messages of the gRPC binding from the client's side: requests to bytes, responses to views. Spec: bindings/grpc.md.
 * Nothing is refused here: what a server sends is recorded as it is, and judged later.
 */

import {
  bytesField,
  bytesOf,
  decodeFields,
  type Field,
  presentUintField,
  textOf,
  uintField,
  uintOf,
} from '../peer/protobuf.ts';
import type { DescriptionView, ItemView, MessageView, OpenedView, RequestView, SequenceView } from '../trace.ts';

export type Method = 'Open' | 'Confirm' | 'Describe';

/** A request as bytes of its message. */
export function encodeRequest(request: RequestView): Buffer {
  switch (request.kind) {
    case 'describe':
      return Buffer.alloc(0);
    case 'confirm':
      return Buffer.concat([
        textField(1, request.clientId),
        bytesField(2, Buffer.from(request.resumeKey, 'hex')),
        uintField(3, request.attempt),
      ]);
    case 'malformed':
      return Buffer.from(request.detail, 'hex');
    default:
      return Buffer.concat([
        uintField(1, request.protocolVersion ?? 1),
        ...(request.extensions ?? []).map((extension) => bytesField(2, extension)),
        encodeInner(request),
      ]);
  }
}

function encodeInner(request: RequestView): Buffer {
  switch (request.kind) {
    case 'stateless-start':
      return bytesField(3, optional(1, request.ratio));
    case 'stateless-resume':
      return bytesField(
        4,
        Buffer.concat([uintField(1, request.a), uintField(2, request.nextIndex), optional(3, request.ratio)]),
      );
    case 'stateful-start':
      return bytesField(
        5,
        Buffer.concat([textField(1, request.clientId), uintField(2, request.n), optional(3, request.attempt)]),
      );
    case 'stateful-resume':
      return bytesField(
        6,
        Buffer.concat([
          textField(1, request.clientId),
          uintField(2, request.nextIndex),
          bytesField(3, Buffer.from(request.resumeKey, 'hex')),
          optional(4, request.attempt),
        ]),
      );
    default:
      return Buffer.alloc(0);
  }
}

function textField(number: number, text: string): Buffer {
  return text === '' ? Buffer.alloc(0) : bytesField(number, text);
}

function optional(number: number, value: number | undefined): Buffer {
  return value === undefined ? Buffer.alloc(0) : presentUintField(number, value);
}

/** A response's bytes as a view; `malformed` when they are not the message that the method answers with. */
export function decodeResponse(method: Method, bytes: Uint8Array): MessageView {
  const fields = decodeFields(bytes);
  if (fields === undefined) return malformed(bytes, 'not a protocol-buffers message');
  if (method === 'Confirm') return { kind: 'confirmed' };
  if (method === 'Describe') return decodeDescription(fields);
  const inner = [1, 2, 3].map((number) => bytesOf(fields, number));
  const [opened, item, final] = inner;
  if (inner.filter((part) => part !== undefined).length !== 1) return malformed(bytes, 'not exactly one message');
  if (opened !== undefined) return decodeOpened(opened) ?? malformed(bytes, 'opened does not decode');
  if (item !== undefined) return decodeItem(item) ?? malformed(bytes, 'item does not decode');
  return decodeFinal(final ?? new Uint8Array()) ?? malformed(bytes, 'final does not decode');
}

function malformed(bytes: Uint8Array, why: string): MessageView {
  return { kind: 'malformed', detail: `${why}: ${hex(bytes.subarray(0, 64))}` };
}

function decodeOpened(bytes: Uint8Array): OpenedView | undefined {
  const fields = decodeFields(bytes);
  if (fields === undefined) return undefined;
  const stateless = bytesOf(fields, 5);
  const stateful = bytesOf(fields, 6);
  const sequence = stateless === undefined ? stateful && decodeStateful(stateful) : decodeStateless(stateless);
  return {
    kind: 'opened',
    protocolVersion: uintOf(fields, 1) ?? 0,
    intervalMs: uintOf(fields, 2) ?? 0,
    nextIndex: uintOf(fields, 3) ?? 0,
    extensions: textsOf(fields, 4),
    ...(sequence === undefined ? {} : { sequence }),
  };
}

function decodeStateless(bytes: Uint8Array): SequenceView | undefined {
  const fields = decodeFields(bytes);
  return fields && { profile: 'stateless', a: uintOf(fields, 1) ?? 0, ratio: uintOf(fields, 2) ?? 0 };
}

function decodeStateful(bytes: Uint8Array): SequenceView | undefined {
  const fields = decodeFields(bytes);
  if (fields === undefined) return undefined;
  const prefix = bytesOf(fields, 5);
  const prefixFields = prefix && decodeFields(prefix);
  return {
    profile: 'stateful',
    n: uintOf(fields, 1) ?? 0,
    retentionMs: uintOf(fields, 2) ?? 0,
    resumeKey: hex(bytesOf(fields, 3)),
    attempt: uintOf(fields, 4) ?? 0,
    ...(prefixFields === undefined
      ? {}
      : { prefixChecksum: { count: uintOf(prefixFields, 1) ?? 0, sha256: hex(bytesOf(prefixFields, 2)) } }),
  };
}

function decodeItem(bytes: Uint8Array): ItemView | undefined {
  const fields = decodeFields(bytes);
  if (fields === undefined) return undefined;
  const index = uintOf(fields, 1) ?? 0;
  const number = uintOf(fields, 2);
  const integer = bytesOf(fields, 3);
  if (integer !== undefined) {
    return { kind: 'item', index, type: 'integer', value: decimal(integer), bytes: hex(integer) };
  }
  return { kind: 'item', index, type: number === undefined ? 'none' : 'number', value: String(number ?? 0) };
}

function decodeFinal(bytes: Uint8Array): MessageView | undefined {
  const fields = decodeFields(bytes);
  if (fields === undefined) return undefined;
  return {
    kind: 'final',
    index: uintOf(fields, 1) ?? 0,
    value: String(uintOf(fields, 2) ?? 0),
    checksum: hex(bytesOf(fields, 3)),
  };
}

function decodeDescription(fields: readonly Field[]): DescriptionView {
  const limits = decodeFields(bytesOf(fields, 8) ?? new Uint8Array()) ?? [];
  return {
    kind: 'description',
    specVersion: textOf(fields, 1),
    protocolVersions: numbersOf(fields, 2),
    profiles: textsOf(fields, 3),
    extensions: textsOf(fields, 4),
    intervalMs: uintOf(fields, 5) ?? 0,
    retentionMs: uintOf(fields, 6) ?? 0,
    dropDetectionMs: uintOf(fields, 7) ?? 0,
    maxCount: uintOf(limits, 1) ?? 0,
    maxSessions: uintOf(limits, 2) ?? 0,
    maxRequestBytes: uintOf(limits, 3) ?? 0,
    implementation: textOf(fields, 9),
  };
}

function textsOf(fields: readonly Field[], number: number): string[] {
  return fields
    .filter((field) => field.number === number && field.value instanceof Uint8Array)
    .map((field) => Buffer.from(field.value as Uint8Array).toString('utf8'));
}

/** A repeated number, packed or not. */
function numbersOf(fields: readonly Field[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap(({ value }) => (typeof value === 'bigint' ? [Number(value)] : unpack(value)));
}

function unpack(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      numbers.push(value);
      value = 0;
      scale = 1;
    }
  }
  return numbers;
}

function decimal(bytes: Uint8Array): string {
  return bytes.length === 0 ? '0' : BigInt(`0x${hex(bytes)}`).toString();
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
