/**
 * The error registry (spec: errors.md, compared with this table by a test) and the one error class.
 */

/** One row of the registry. The code's hundred tells the class: 1xx terminal, 2xx retryable. */
export const ERRORS = {
  INVALID_REQUEST: { code: 100, grpc: 'INVALID_ARGUMENT', http: 400 },
  UNSUPPORTED_VERSION: { code: 101, grpc: 'UNIMPLEMENTED', http: 400 },
  SESSION_NOT_FOUND: { code: 102, grpc: 'NOT_FOUND', http: 404 },
  SESSION_CONFLICT: { code: 103, grpc: 'ALREADY_EXISTS', http: 409 },
  OFFSET_OUT_OF_RANGE: { code: 104, grpc: 'OUT_OF_RANGE', http: 416 },
  SESSION_TAKEN_OVER: { code: 105, grpc: 'ABORTED', http: undefined },
  STALE_ATTEMPT: { code: 106, grpc: 'FAILED_PRECONDITION', http: 409 },
  PROTOCOL_ERROR: { code: 107, grpc: 'INVALID_ARGUMENT', http: 400 },
  UNAVAILABLE: { code: 200, grpc: 'UNAVAILABLE', http: 503 },
  OVERLOADED: { code: 201, grpc: 'RESOURCE_EXHAUSTED', http: 429 },
  INTERNAL: { code: 202, grpc: 'INTERNAL', http: 500 },
} as const;

export type ErrorName = keyof typeof ERRORS;
export type ErrorCode = (typeof ERRORS)[ErrorName]['code'];

const NAMES = new Map<number, ErrorName>((Object.keys(ERRORS) as ErrorName[]).map((name) => [ERRORS[name].code, name]));

/** Code of a terminal refusal that is not of this protocol, for example a proxy's "permission denied". */
export const NO_CODE = 0;

/** Name of a code, or undefined for one that this version does not know. */
export function errorName(code: number): ErrorName | undefined {
  return NAMES.get(code);
}

/** Class by range, so that unknown codes classify too: 200..299 is retryable, all else terminal. */
export function isRetryableCode(code: number): boolean {
  return code >= 200 && code < 300;
}

export interface ReseqErrorOptions {
  /** Who found the fault: `local` = this side, `remote` = told by the peer. */
  readonly origin?: 'local' | 'remote';
  /** Milliseconds that the peer asks to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error of the protocol: `[session_not_found] what, expected and got`. */
export class ReseqError extends Error {
  override readonly name = 'ReseqError';
  /** A registry code, or an unknown one that a peer sent. */
  readonly code: number;
  readonly retryable: boolean;
  readonly origin: 'local' | 'remote';
  readonly retryAfterMs: number | undefined;
  /** What was wrong, without the `[name]` prefix: the text that travels. */
  readonly detail: string;

  constructor(code: number, detail: string, options: ReseqErrorOptions = {}) {
    super(`[${(errorName(code) ?? `code ${code}`).toLowerCase()}] ${detail}`, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.retryable = isRetryableCode(code);
    this.origin = options.origin ?? 'local';
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Registry name, or undefined for an unknown code. */
  get registryName(): ErrorName | undefined {
    return errorName(this.code);
  }
}

/** Make a registry error of this side. */
export function refusal(name: ErrorName, detail: string, options: ReseqErrorOptions = {}): ReseqError {
  return new ReseqError(ERRORS[name].code, detail, options);
}

/** `INVALID_REQUEST` with the three things that every message about bad input names. */
export function invalid(field: string, expected: string, got: unknown): ReseqError {
  return refusal('INVALID_REQUEST', `${field}: expected ${expected}, got ${show(got)}`);
}

/** A value of a peer, safe to print: bounded, quoted, without control characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}... (${text.length} characters)`;
}

/** An expected refusal is a value, not an exception. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ReseqError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail<T>(error: ReseqError): Result<T> {
  return { ok: false, error };
}
