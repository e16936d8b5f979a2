/**
 * What a peer does on one stream, as data: a list of steps. The list that needs no reason is {@link CORRECT}.
 * Positions are relative to the right one, so that one script serves a start as well as a resume.
 */

import type { CallEnd } from './transport.ts';
import type { WireOpened } from './wire.ts';

export type Step =
  /** OPENED as it should be, apart from the fields given. */
  | { readonly do: 'opened'; readonly with?: Partial<WireOpened> }
  /**
   * Right items at a pace: so many, or all that come before FINAL (stateful) or the end of the sequence (stateless).
   * `perTick` of them go out together.
   */
  | { readonly do: 'items'; readonly count?: number; readonly paceMs?: number; readonly perTick?: number }
  /**
   * One item whose index is `offset` away from the right one; `wrong` changes its value. With offset 0 the position moves on.
   */
  | { readonly do: 'item'; readonly offset?: number; readonly wrong?: boolean; readonly index?: number }
  /** FINAL, with the index n - 1 unless `index` says otherwise. */
  | {
      readonly do: 'final';
      readonly index?: number;
      readonly wrongValue?: boolean;
      readonly checksum?: 'right' | 'flipped' | 'short';
    }
  /** Move the position without sending anything. */
  | { readonly do: 'skip'; readonly items: number }
  /** A message of these bytes (hex). */
  | { readonly do: 'message'; readonly hex: string }
  /** These bytes (hex) without a message prefix. */
  | { readonly do: 'bytes'; readonly hex: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** Keep the stream open and silent until the client leaves it. */
  | { readonly do: 'hold' }
  /** The link dies without a sign: no byte in or out any more. */
  | { readonly do: 'freeze' }
  /** TCP RST. */
  | { readonly do: 'reset' }
  /** RST_STREAM with an HTTP/2 error code. */
  | { readonly do: 'reset-stream'; readonly http2Code: number }
  | ({ readonly do: 'end' } & CallEnd);

export type Script = readonly Step[];

export const OK: Step = { do: 'end', status: 'OK' };

/** The whole sequence, as the specification wants it. */
export const CORRECT: Script = [{ do: 'opened' }, { do: 'items' }, { do: 'final' }, OK];

/** A right beginning, then an end that is none of the protocol's. */
export function after(items: number, ...rest: readonly Step[]): Script {
  return [{ do: 'opened' }, { do: 'items', count: items }, ...rest];
}

/** An instant refusal, before OPENED. */
export function refuse(end: CallEnd): Script {
  return [{ do: 'end', ...end }];
}
