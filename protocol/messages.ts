/**
 * The abstract messages, the same over every binding. Spec: core.md, "Messages".
 * Codecs in bindings/ map them to and from bytes; sessions see nothing else.
 */

export type Profile = 'stateless' | 'stateful';
/** Factor between two stateless values. */
export type Ratio = 2 | 3;

/** Extensions of this version, see core.md "Extensions". */
export const EXTENSIONS = ['confirm-final', 'prefix-checksum'] as const;
export type Extension = (typeof EXTENSIONS)[number];

export interface StatelessStart {
  readonly kind: 'stateless-start';
  readonly ratio: Ratio;
}

export interface StatelessResume {
  readonly kind: 'stateless-resume';
  /** 1..255 */
  readonly a: number;
  readonly ratio: Ratio;
  /** Index of the first undelivered item, 0..65534. */
  readonly nextIndex: number;
}

export interface StatefulStart {
  readonly kind: 'stateful-start';
  /** Lower-case UUID text. */
  readonly clientId: string;
  /** 1..65535 */
  readonly n: number;
  /** 1..2^32-1; undefined = stored + 1. */
  readonly attempt: number | undefined;
}

export interface StatefulResume {
  readonly kind: 'stateful-resume';
  readonly clientId: string;
  /** Index of the first undelivered item; the server checks it against n. */
  readonly nextIndex: number;
  /** 16 bytes. */
  readonly resumeKey: Uint8Array;
  readonly attempt: number | undefined;
}

export type SequenceRequest = StatelessStart | StatelessResume | StatefulStart | StatefulResume;

/** First and only message of a client on a stream. */
export interface Open {
  readonly extensions: readonly string[];
  readonly request: SequenceRequest;
}

/** Of a server's messages only the form is known: the client's session compares the values with its request. */
export interface StatelessOpened {
  readonly profile: 'stateless';
  readonly a: number;
  readonly ratio: number;
}

export interface StatefulOpened {
  readonly profile: 'stateful';
  readonly n: number;
  readonly retentionMs: number;
  readonly resumeKey: Uint8Array;
  readonly attempt: number;
  readonly prefixChecksum?: { readonly count: number; readonly sha256: Uint8Array } | undefined;
}

/** First message of a server on every stream. */
export interface Opened {
  readonly kind: 'opened';
  readonly protocolVersion: number;
  readonly intervalMs: number;
  readonly nextIndex: number;
  /** Granted extensions. */
  readonly extensions: readonly string[];
  readonly sequence: StatelessOpened | StatefulOpened;
}

export interface Item {
  readonly kind: 'item';
  /** Zero-based. */
  readonly index: number;
  /** Stateful: a uint32 as number. Stateless: an exact integer. */
  readonly value: number | bigint;
}

/** The last number of a stateful sequence together with its checksum. */
export interface Final {
  readonly kind: 'final';
  /** n - 1 */
  readonly index: number;
  /** uint32 */
  readonly value: number;
  /** SHA-256 over all n numbers, 32 bytes. */
  readonly checksum: Uint8Array;
}

export type ServerMessage = Opened | Item | Final;

/** Extension confirm-final. */
export interface Confirm {
  readonly clientId: string;
  readonly resumeKey: Uint8Array;
  readonly attempt: number;
}

export interface Description {
  readonly specVersion: string;
  readonly protocolVersions: readonly number[];
  readonly profiles: readonly string[];
  readonly extensions: readonly string[];
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly dropDetectionMs: number;
  readonly limits: { readonly maxCount: number; readonly maxSessions: number; readonly maxRequestBytes: number };
  readonly implementation: string;
}
