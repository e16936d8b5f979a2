/**
 * What a fault is: a kind with its amounts, and an effect that hurts one direction of one connection while it is on.
 */
import type { Range, Unit } from './units.ts';

/** `up` is from the client to the server. */
export type Direction = 'up' | 'down';
export const DIRECTIONS: readonly Direction[] = ['up', 'down'];

/** How a fault ends a connection: RST, or FIN both ways. */
export interface Strike {
  readonly atMs: number;
  readonly what: 'reset' | 'close';
}

/** A fault at work. Every part may be absent: no influence. Times are of the proxy's clock, in milliseconds. */
export interface Effect {
  /** How long the bytes that arrive now are kept. */
  readonly delayMs?: () => number;
  /** From when on bytes and the end of the stream may pass; infinite = not while this is at work. */
  readonly opensAtMs?: () => number;
  /** How many bytes may pass at once. */
  readonly room?: (nowMs: number) => number;
  /** So many bytes have passed. */
  readonly passed?: (bytes: number, nowMs: number) => void;
  /** How long the end of the stream is kept after it has arrived. */
  readonly closeDelayMs?: number;
  /** When the connection is to be ended; infinite = not yet. */
  readonly strike?: () => Strike | undefined;
}

/** What an effect begins with. */
export interface Beginning {
  readonly nowMs: number;
  /** A named amount, drawn anew at each call when it is a range; `value` is the one behind the fault's name. */
  readonly amount: (name: string) => number;
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
}

/** The words of one amount. */
export interface Amount {
  readonly unit: Unit;
  /** Undefined where it must be given. */
  readonly otherwise?: Range;
}

export interface FaultKind {
  readonly name: string;
  /** One line for the help. */
  readonly help: string;
  /** By name; `value` is the amount behind the fault's name. */
  readonly amounts: Readonly<Record<string, Amount>>;
  /** Text of a whole fault, for `--random` with the bare name. */
  readonly atRandom: string;
  /** It strikes once, at a moment: connections that come later are spared. */
  readonly isMoment?: true;
  /** With `per=proxy` all connections share one effect in each direction. */
  readonly isShared?: true;
  /** Undefined for what happens before there is a connection: refuse. */
  readonly begin?: (beginning: Beginning) => Effect;
}
