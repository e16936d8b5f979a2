/**
 * The messages of the gRPC binding as bytes, from the peer's side: requests in, responses out. Spec: bindings/grpc.md.
 * Nothing is validated here: a peer sends wrong messages on purpose and records whatever it gets.
 */

import type { DescriptionView } from '../trace.ts';
import {
  bytesField,
  bytesOf,
  decodeFields,
  fixed32Field,
  presentUintField,
  textOf,
  uintField,
  uintOf,
} from './protobuf.ts';

export type RequestKind = 'stateless-start' | 'stateless-resume' | 'stateful-start' | 'stateful-resume';

/** An OpenRequest as it came: absent optional fields are undefined. */
export interface WireOpen {
  readonly protocolVersion: number;
  readonly extensions: readonly string[];
  readonly kind: RequestKind | undefined;
  readonly clientId?: string;
  readonly n?: number;
  readonly a?: number;
  readonly ratio?: number | undefined;
  readonly nextIndex?: number;
  /** Hex text. */
  readonly resumeKey?: string;
  readonly attempt?: number | undefined;
}

export interface WireConfirm {
  readonly clientId: string;
  /** Hex text. */
  readonly resumeKey: string;
  readonly attempt: number;
}

/** What OPENED says. `profile` decides which of the fields travel. */
export interface WireOpened {
  readonly profile: 'stateless' | 'stateful';
  readonly protocolVersion: number;
  readonly intervalMs: number;
  readonly nextIndex: number;
  readonly extensions: readonly string[];
  readonly a: number;
  readonly ratio: number;
  readonly n: number;
  readonly retentionMs: number;
  readonly resumeKey: Uint8Array;
  readonly attempt: number;
  readonly prefix?: { readonly count: number; readonly sha256: Uint8Array } | undefined;
}

export type WireDescription = Omit<DescriptionView, 'kind'>;

const KINDS: Readonly<Record<number, RequestKind>> = {
  3: 'stateless-start',
  4: 'stateless-resume',
  5: 'stateful-start',
  6: 'stateful-resume',
};

/** The request, or undefined when the bytes are not a protocol-buffers message. */
export function decodeOpen(bytes: Uint8Array): WireOpen | undefined {
  const fields = decodeFields(bytes);
  if (fields === undefined) return undefined;
  const chosen = fields.findLast((field) => field.number in KINDS && field.value instanceof Uint8Array);
  const inner = chosen?.value instanceof Uint8Array ? decodeFields(chosen.value) : [];
  if (inner === undefined) return undefined;
  const kind = chosen === undefined ? undefined : KINDS[chosen.number];
  const common = {
    protocolVersion: uintOf(fields, 1) ?? 0,
    extensions: fields
      .filter((field) => field.number === 2 && field.value instanceof Uint8Array)
      .map((field) => Buffer.from(field.value as Uint8Array).toString('utf8')),
    kind,
  };
  switch (kind) {
    case 'stateless-start':
      return { ...common, ratio: uintOf(inner, 1) };
    case 'stateless-resume':
      return { ...common, a: uintOf(inner, 1) ?? 0, nextIndex: uintOf(inner, 2) ?? 0, ratio: uintOf(inner, 3) };
    case 'stateful-start':
      return { ...common, clientId: textOf(inner, 1), n: uintOf(inner, 2) ?? 0, attempt: uintOf(inner, 3) };
    case 'stateful-resume':
      return {
        ...common,
        clientId: textOf(inner, 1),
        nextIndex: uintOf(inner, 2) ?? 0,
        resumeKey: Buffer.from(bytesOf(inner, 3) ?? []).toString('hex'),
        attempt: uintOf(inner, 4),
      };
    case undefined:
      return common;
  }
}

const NOTHING = new Uint8Array();

export function decodeConfirm(bytes: Uint8Array): WireConfirm | undefined {
  const fields = decodeFields(bytes);
  if (fields === undefined) return undefined;
  return {
    clientId: textOf(fields, 1),
    resumeKey: Buffer.from(bytesOf(fields, 2) ?? []).toString('hex'),
    attempt: uintOf(fields, 3) ?? 0,
  };
}

/** @param extra unknown fields inside the message */
export function encodeOpened(opened: WireOpened, extra: Uint8Array = NOTHING): Buffer {
  const sequence =
    opened.profile === 'stateless'
      ? bytesField(5, Buffer.concat([uintField(1, opened.a), uintField(2, opened.ratio)]))
      : bytesField(6, encodeStateful(opened));
  const body = Buffer.concat([
    uintField(1, opened.protocolVersion),
    uintField(2, opened.intervalMs),
    uintField(3, opened.nextIndex),
    ...opened.extensions.map((extension) => bytesField(4, extension)),
    sequence,
    extra,
  ]);
  return bytesField(1, body);
}

function encodeStateful(opened: WireOpened): Buffer {
  const parts = [
    uintField(1, opened.n),
    uintField(2, opened.retentionMs),
    bytesField(3, opened.resumeKey),
    uintField(4, opened.attempt),
  ];
  if (opened.prefix !== undefined) {
    const prefix = Buffer.concat([uintField(1, opened.prefix.count), bytesField(2, opened.prefix.sha256)]);
    parts.push(bytesField(5, prefix));
  }
  return Buffer.concat(parts);
}

/** `value` is a uint32 (stateful) or the big-endian bytes of an exact integer (stateless). */
export function encodeItem(index: number, value: number | Uint8Array, extra: Uint8Array = NOTHING): Buffer {
  const inner = typeof value === 'number' ? fixed32Field(2, value) : bytesField(3, value);
  return bytesField(2, Buffer.concat([uintField(1, index), inner, extra]));
}

export function encodeFinal(index: number, value: number, checksum: Uint8Array, extra: Uint8Array = NOTHING): Buffer {
  return bytesField(3, Buffer.concat([uintField(1, index), fixed32Field(2, value), bytesField(3, checksum), extra]));
}

export function encodeDescription(d: WireDescription): Buffer {
  const limits = Buffer.concat([
    uintField(1, d.maxCount),
    uintField(2, d.maxSessions),
    uintField(3, d.maxRequestBytes),
  ]);
  return Buffer.concat([
    bytesField(1, d.specVersion),
    ...d.protocolVersions.map((version) => presentUintField(2, version)),
    ...d.profiles.map((profile) => bytesField(3, profile)),
    ...d.extensions.map((extension) => bytesField(4, extension)),
    uintField(5, d.intervalMs),
    uintField(6, d.retentionMs),
    uintField(7, d.dropDetectionMs),
    bytesField(8, limits),
    bytesField(9, d.implementation),
  ]);
}
