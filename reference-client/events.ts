/**
 * What goes into the client's state machine and what comes out of it, as data. Spec: core.md section 9.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Confirm, Final, Item, Open, Opened } from '../protocol/messages.ts';
import type { Outcome } from './outcome.ts';
import type { JournalRecord } from './records.ts';

/** `connection` numbers the dials of a run: events of any but the newest connection are void. */
export type ClientEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'opened'; readonly connection: number; readonly message: Opened }
  | { readonly kind: 'item'; readonly connection: number; readonly message: Item }
  | { readonly kind: 'final'; readonly connection: number; readonly message: Final }
  /** A message that cannot be decoded; `index` where it is an item or final that tells it. */
  | {
      readonly kind: 'malformed';
      readonly connection: number;
      readonly error: ReseqError;
      readonly index?: number | undefined;
    }
  /** The connection is over. A drop, or an end without error, comes as a retryable error. */
  | { readonly kind: 'ended'; readonly connection: number; readonly error: ReseqError }
  /** The answer to a confirm, `undefined` = done. */
  | { readonly kind: 'confirmed'; readonly connection: number; readonly error: ReseqError | undefined }
  | { readonly kind: 'alarm' }
  /** The reader of the items has fallen behind. */
  | { readonly kind: 'full' }
  /** The reader has caught up. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'interrupted' };

/** Perform them in order. */
export type ClientEffect =
  /** Open a new connection and send `open` on it. `openedBefore`: an OPENED has come earlier in this sequence. */
  | { readonly kind: 'dial'; readonly connection: number; readonly open: Open; readonly openedBefore: boolean }
  /** Close the connection, if there is one; nothing that it still says counts. */
  | { readonly kind: 'hang-up' }
  /** Send `confirm`, on the connection when it is open, on a new one otherwise. */
  | { readonly kind: 'confirm'; readonly connection: number; readonly confirm: Confirm }
  /** Ring once at `atMs`, in place of any alarm set before; `undefined` = no alarm. */
  | { readonly kind: 'alarm'; readonly atMs: number | undefined }
  /** Read nothing further from the connection until `resume`; what has been read already may still come. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'persist'; readonly record: JournalRecord }
  | { readonly kind: 'deliver'; readonly index: number; readonly value: number | bigint }
  | { readonly kind: 'notify'; readonly notice: Notice }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

/** What an onlooker may want to know; nothing depends on it. */
export type Notice =
  | { readonly kind: 'dialling'; readonly connection: number }
  | {
      readonly kind: 'opened';
      readonly connection: number;
      readonly nextIndex: number;
      readonly intervalMs: number;
      /** Stateful: how long the server keeps the session after a drop. */
      readonly retentionMs: number | undefined;
    }
  /** `accepted` items are in. */
  | { readonly kind: 'accepted'; readonly accepted: number }
  /** The connection is lost; the next dial is `delayMs` from now. */
  | { readonly kind: 'waiting'; readonly delayMs: number; readonly error: ReseqError }
  | { readonly kind: 'confirming' };
