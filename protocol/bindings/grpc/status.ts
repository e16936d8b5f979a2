/**
 * Registry errors to and from gRPC statuses. Spec: errors.md and bindings/grpc.md, "Errors".
 *
 * The status is what every gRPC tool shows; the code also travels in a trailer, because libraries make
 * up some statuses of their own (UNIMPLEMENTED, UNAVAILABLE) and several codes share one status.
 */
import { Metadata, status } from '@grpc/grpc-js';
import { ERRORS, type ErrorName, errorName, NO_CODE, ReseqError } from '../../errors.ts';
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
  // RSQ-ERR-5: no time to wait for what will not succeed by being repeated.
  if (error.retryable && error.retryAfterMs !== undefined)
    metadata.set(RETRY_AFTER_TRAILER, String(Math.ceil(error.retryAfterMs)));
  const name = errorName(error.code);
  return { code: name === undefined ? status.UNKNOWN : status[ERRORS[name].grpc], details: error.detail, metadata };
}

/** Statuses that stand for a code without the trailer: no library makes these up. */
const BY_STATUS: ReadonlyMap<status, ErrorName> = new Map([
  [status.INVALID_ARGUMENT, 'INVALID_REQUEST'],
  [status.NOT_FOUND, 'SESSION_NOT_FOUND'],
  [status.ALREADY_EXISTS, 'SESSION_CONFLICT'],
  [status.OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE'],
  [status.ABORTED, 'SESSION_TAKEN_OVER'],
  [status.FAILED_PRECONDITION, 'STALE_ATTEMPT'],
] satisfies [status, ErrorName][]);

/** Terminal, but not of this protocol. */
const FOREIGN_REFUSALS: ReadonlySet<status> = new Set([status.UNAUTHENTICATED, status.PERMISSION_DENIED]);

/**
 * The error that a status stands for, as the client sees it. A drop is UNAVAILABLE, also a status of OK:
 * the caller asks only when the sequence is not complete. A terminal status that stands for no registry
 * code has NO_CODE.
 * Trailers of an OK say nothing (RSQ-GRP-3).
 * @param openedBefore the status ends an OPEN, and an OPENED came earlier in this run. A bare UNIMPLEMENTED then comes from something
 *   in between (a proxy during a restart) and is a drop; before, it says that the service is not there.
 */
export function fromStatus(ended: CallStatus, openedBefore = false): ReseqError {
  const isError = ended.code !== status.OK;
  const told = isError ? decimalTrailer(ended.metadata, CODE_TRAILER) : undefined;
  const retryAfterMs = isError ? decimalTrailer(ended.metadata, RETRY_AFTER_TRAILER) : undefined;
  const detail = told === undefined ? `gRPC ${status[ended.code] ?? ended.code}: ${ended.details}` : ended.details;
  return new ReseqError(told ?? bareCode(ended.code, openedBefore), detail, { origin: 'remote', retryAfterMs });
}

function bareCode(code: status, openedBefore: boolean): number {
  const isForeign = FOREIGN_REFUSALS.has(code) || (code === status.UNIMPLEMENTED && !openedBefore);
  return isForeign ? NO_CODE : ERRORS[BY_STATUS.get(code) ?? 'UNAVAILABLE'].code;
}

/** A decimal uint32, or undefined when the trailer is absent or anything else. */
function decimalTrailer(metadata: Metadata, name: string): number | undefined {
  const [text] = metadata.get(name);
  if (typeof text !== 'string' || !/^[0-9]{1,10}$/.test(text)) return undefined;
  return Math.min(Number(text), MAX_UINT32);
}
