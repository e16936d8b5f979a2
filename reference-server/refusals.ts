/**
 * The refusals that this server words itself. Spec: errors.md; what is wrong with a request's fields is worded by the
 * codec. None of them says more about a session than its client knows.
 */
import { type ReseqError, refusal } from '../protocol/errors.ts';

/** What a retryable refusal asks the client to wait. */
export const RETRY_AFTER_MS = 500;

const retry = { retryAfterMs: RETRY_AFTER_MS } as const;

/** The same text whether the session never was, has expired, has been completed or has another key (RSQ-RES-4). */
export function notFound(): ReseqError {
  return refusal('SESSION_NOT_FOUND', 'client_id: expected a session with this resume key, got none');
}

export function conflict(n: number, stored: number): ReseqError {
  return refusal('SESSION_CONFLICT', `n: expected ${stored} as at the start of this session, got ${n}`);
}

/** `attempt` undefined: the request left it to the server, which has no number left. */
export function staleAttempt(attempt: number | undefined, stored: number): ReseqError {
  return refusal('STALE_ATTEMPT', `attempt: expected more than ${stored}, got ${attempt ?? 'nothing'}`);
}

export function outOfRange(nextIndex: number, n: number): ReseqError {
  return refusal('OFFSET_OUT_OF_RANGE', `next_index: expected 0..${n - 1}, got ${nextIndex}`);
}

export function takenOver(): ReseqError {
  return refusal('SESSION_TAKEN_OVER', 'attempt: a newer connection of this client_id holds the session');
}

export function overloaded(what: string): ReseqError {
  return refusal('OVERLOADED', `${what}: no room for another one`, retry);
}

/** Too many in a short time: the wait is until one more is within the rate, and not shorter than usual. */
export function tooOften(what: string, waitMs: number): ReseqError {
  return refusal('OVERLOADED', `${what}: too many in a short time`, {
    retryAfterMs: Math.max(RETRY_AFTER_MS, Math.ceil(waitMs)),
  });
}

export function shuttingDown(): ReseqError {
  return refusal('UNAVAILABLE', 'server: shutting down, reconnect here or elsewhere', retry);
}

export function storeUnavailable(): ReseqError {
  return refusal('UNAVAILABLE', 'store: does not answer', retry);
}

export function peerBlocked(): ReseqError {
  return refusal('UNAVAILABLE', 'connection: the client does not read', retry);
}

/** Not INVALID_REQUEST: the link may be slow, and a client that comes again is welcome. */
export function requestStalled(limitMs: number): ReseqError {
  return refusal('UNAVAILABLE', `request: expected all of it within ${limitMs} ms, got a part`, retry);
}

/** A fault of this program: what it was goes to the log alone. */
export function internalFault(cause: unknown): ReseqError {
  return refusal('INTERNAL', 'server: an internal fault ended this connection', { ...retry, cause });
}
