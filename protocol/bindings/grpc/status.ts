/**
 * Registry errors to and from gRPC statuses. Spec: errors.md and bindings/grpc.md, "Errors".
 *
 * The status is what every gRPC tool shows; the code also travels in a trailer, because libraries make
 * up some statuses of their own (UNIMPLEMENTED, UNAVAILABLE) and several codes share one status.
 */
import { Metadata, status } from '@grpc/grpc-js';
import { ERRORS, type ErrorName, errorName, ReseqError } from '../../errors.ts';
import { MAX_UINT32 } from '../../limits.ts';

/** ASCII trailer with the registry code, decimal. */
export const CODE_TRAILER = 'reseq-code';
/** ASCII trailer with the milliseconds to wait, decimal; only where the server has a wish. */
export const RETRY_AFTER_TRAILER = 'reseq-retry-after-ms';

/** What ends a call. grpc-js takes it for an error of a handler and gives it to the client's `status` event. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** The status with which a server ends a call. An unknown code goes as UNKNOWN; the trailer still tells it. */
export function toStatus(error: ReseqError): CallStatus {
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, String(error.code));
  if (error.retryAfterMs !== undefined) metadata.set(RETRY_AFTER_TRAILER, String(Math.ceil(error.retryAfterMs)));
  const name = errorName(error.code);
  return { code: name === undefined ? status.UNKNOWN : status[ERRORS[name].grpc], details: error.detail, metadata };
}

/**
 * Statuses that classify without the trailer. Those of the first row are never made up by a library.
 * All others are drops: retryable.
 */
const BY_STATUS: ReadonlyMap<status, ErrorName> = new Map([
  [status.NOT_FOUND, 'SESSION_NOT_FOUND'],
  [status.ALREADY_EXISTS, 'SESSION_CONFLICT'],
  [status.OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE'],
  [status.ABORTED, 'SESSION_TAKEN_OVER'],
  [status.FAILED_PRECONDITION, 'STALE_ATTEMPT'],
  [status.INVALID_ARGUMENT, 'INVALID_REQUEST'],
  [status.UNAUTHENTICATED, 'INVALID_REQUEST'],
  [status.PERMISSION_DENIED, 'INVALID_REQUEST'],
  [status.RESOURCE_EXHAUSTED, 'OVERLOADED'],
  [status.INTERNAL, 'INTERNAL'],
] satisfies [status, ErrorName][]);

/**
 * The error that a status stands for, as the client sees it. A status of OK is a drop too: the caller
 * asks only when the sequence is not complete.
 * @param openedBefore an OPENED came earlier in this run. A bare UNIMPLEMENTED then comes from something
 *   in between (a proxy during a restart) and is a drop; before, it says that the service is not there.
 */
export function fromStatus(ended: CallStatus, openedBefore = false): ReseqError {
  const code = decimalTrailer(ended.metadata, CODE_TRAILER, 3);
  const retryAfterMs = decimalTrailer(ended.metadata, RETRY_AFTER_TRAILER, 10);
  const options = { origin: 'remote', retryAfterMs: retryAfterMs && Math.min(retryAfterMs, MAX_UINT32) } as const;
  if (code !== undefined && code >= 100) return new ReseqError(code, ended.details, options);
  const detail = `gRPC ${status[ended.code] ?? ended.code}: ${ended.details || 'no details'}`;
  return new ReseqError(ERRORS[bareName(ended.code, openedBefore)].code, detail, options);
}

function bareName(code: status, openedBefore: boolean): ErrorName {
  if (code === status.UNIMPLEMENTED && !openedBefore) return 'UNSUPPORTED_VERSION';
  return BY_STATUS.get(code) ?? 'UNAVAILABLE';
}

/** A trailer of at most `digits` decimal digits; anything else counts as absent. */
function decimalTrailer(metadata: Metadata, name: string, digits: number): number | undefined {
  const [text] = metadata.get(name);
  return typeof text === 'string' && /^[0-9]+$/.test(text) && text.length <= digits ? Number(text) : undefined;
}
