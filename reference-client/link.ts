/**
 * What the client asks of a binding: dial and map, nothing else. Deadlines, retries and judgement
 * belong to the state machine.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Confirm, Open, ServerMessage } from '../protocol/messages.ts';

/**
 * What a connection brings: a message, or why it is none (PROTOCOL_ERROR), with the index where an item
 * or final has one all the same.
 */
export type Received =
  | { readonly ok: true; readonly value: ServerMessage }
  | { readonly ok: false; readonly error: ReseqError; readonly index?: number | undefined };

/** What a stream says. Nothing follows `ended`, and nothing comes after `close`. */
export interface StreamEvents {
  message(message: Received): void;
  /** The stream is over and all its messages have been handed in. Drops and ends without error are retryable. */
  ended(error: ReseqError): void;
}

/** One transport connection. */
export interface Link {
  /**
   * Sends `open`, at most once per link.
   * @param openedBefore an OPENED has come earlier in this sequence, so that the service exists
   */
  open(open: Open, openedBefore: boolean, events: StreamEvents): void;
  /** Sends `confirm` and reports the answer: undefined, or why not. */
  confirm(confirm: Confirm, answered: (error: ReseqError | undefined) => void): void;
  /** Reads no further message until `resume`: no `message` and no `ended` comes in between. */
  pause(): void;
  resume(): void;
  /** Ends everything on this link at once. No event comes afterwards. */
  close(): void;
}

export interface Binding {
  /** A new connection, never one that was used before. Dials lazily; failures come as `ended`. */
  connect(): Link;
}
