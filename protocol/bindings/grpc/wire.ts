/**
 * The objects that proto-loader takes and gives for spec/proto/reseq/v1/reseq.proto, with the options of
 * service.ts (camel case, absent oneof members and optionals left out). Fields at their default may be
 * left out by a writer. Codecs read whatever arrives as `unknown`: these types are for writers.
 */

export interface OpenRequestWire {
  protocolVersion?: number;
  extensions?: readonly string[];
  statelessStart?: { ratio?: number };
  statelessResume?: { a?: number; nextIndex?: number; ratio?: number };
  statefulStart?: { clientId?: string; n?: number; attempt?: number };
  statefulResume?: { clientId?: string; nextIndex?: number; resumeKey?: Uint8Array; attempt?: number };
}

export interface PrefixChecksumWire {
  count?: number;
  sha256?: Uint8Array;
}

export interface OpenedWire {
  protocolVersion?: number;
  intervalMs?: number;
  nextIndex?: number;
  extensions?: readonly string[];
  stateless?: { a?: number; ratio?: number };
  stateful?: {
    n?: number;
    retentionMs?: number;
    resumeKey?: Uint8Array;
    attempt?: number;
    prefixChecksum?: PrefixChecksumWire;
  };
}

export interface ItemWire {
  index?: number;
  number?: number;
  integer?: Uint8Array;
}

export interface FinalWire {
  index?: number;
  number?: number;
  checksum?: Uint8Array;
}

export interface OpenResponseWire {
  opened?: OpenedWire;
  item?: ItemWire;
  final?: FinalWire;
}

export interface ConfirmRequestWire {
  clientId?: string;
  resumeKey?: Uint8Array;
  attempt?: number;
}

export type DescribeRequestWire = Record<string, never>;
export type ConfirmResponseWire = Record<string, never>;

export interface DescribeResponseWire {
  specVersion?: string;
  protocolVersions?: readonly number[];
  profiles?: readonly string[];
  extensions?: readonly string[];
  intervalMs?: number;
  retentionMs?: number;
  dropDetectionMs?: number;
  limits?: { maxCount?: number; maxSessions?: number; maxRequestBytes?: number };
  implementation?: string;
}

/** A field with a number, left out at its default as proto3 has it. */
export function unlessZero<Name extends string>(name: Name, value: number): { [key in Name]?: number } {
  const field: { [key in Name]?: number } = {};
  if (value !== 0) field[name] = value;
  return field;
}

/** A field with a list, left out when that is empty. */
export function listOf<Name extends string>(
  name: Name,
  values: readonly string[],
): { [key in Name]?: readonly string[] } {
  const field: { [key in Name]?: readonly string[] } = {};
  if (values.length > 0) field[name] = values;
  return field;
}
