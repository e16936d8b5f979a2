/**
 * What the ghost remembers: facts that it saw itself happen at the store, on the wires and in the hands of the
 * application, none of them told by the machines under test.
 */
import type { Sequence } from './oracle.ts';
import type { Wire } from './wire.ts';
import type { Process } from './world.ts';

/** How a session came to its end; `lost`: the store forgot it, as was its right. */
export type Ending = 'finished' | 'confirmed' | 'expired' | 'lost';

/** One life of a stateful session, from the operation that made its record. */
export class Life {
  readonly sequence: Sequence;
  readonly clientId: string;
  readonly n: number;
  /** The connection that the store attached last, and its attempt. */
  holder: Wire | undefined;
  attempt = 0;
  /** The server that is to renew. */
  process: Process | undefined;
  /** From here the retention counts; infinite while a connection is attached and nothing hinders its server. */
  anchorMs = Number.POSITIVE_INFINITY;
  /** Its detaching has reached the store. */
  isDetached = false;
  /** Operations that went wrong may have left the record with more time than the rules give. */
  isFuzzy = false;
  /** The store has lost writes: attempts may have gone back. */
  isDisturbed = false;
  ending: Ending | undefined;
  /** The stream whose FINAL ended it. */
  endedBy: Wire | undefined;

  constructor(sequence: Sequence, clientId: string, n: number) {
    this.sequence = sequence;
    this.clientId = clientId;
    this.n = n;
  }

  /** Nothing renews it from `atMs` on, as far as anyone knows. */
  letGo(atMs: number): void {
    if (atMs < this.anchorMs) this.anchorMs = atMs;
  }
}

/** One connection. Times of the world, unless said otherwise. */
export class WireBook {
  /** Stateful: the session that the request names, or that the store attached. */
  life: Life | undefined;
  attempt = 0;
  /** Index that the server has to send next; -1 before OPENED. */
  nextIndex = -1;
  /** First value of a stateless sequence. */
  a = 0;
  isResume = false;
  grantsConfirm = false;
  /** Server's clock. */
  lastItemMs = Number.NEGATIVE_INFINITY;
  /** When the store last set its time to live. */
  leasedMs = Number.NEGATIVE_INFINITY;
  /** When a renewal last succeeded. */
  renewedMs = Number.NEGATIVE_INFINITY;
  finalMs: number | undefined;
  isFinalDelivered = false;
  hasEnded = false;
  isDropped = false;
  hasToldEnd = false;
  /** The store has told that there is no such session. */
  isMissing = false;
  supersededMs: number | undefined;
  /** When something last went wrong with it. */
  troubledMs: number | undefined;
  /** Client's clock: when it was dialled, or last brought a message. */
  heardMs = 0;
  hasBroughtOpened = false;

  trouble(atMs: number): void {
    this.troubledMs = atMs;
  }
}

/** One sequence as its application sees it, over all processes that worked on it. */
export class ClientBook {
  readonly clientId: string;
  readonly n: number;
  readonly isStateless: boolean;
  /** Another program uses the same client id. */
  hasRival = false;
  life: Life | undefined;
  a = 0;
  intervalMs = 0;
  hasOpened = false;
  resumeKey = '';
  /** Items that have come in order. */
  accepted = 0;
  /** Items that the application has been given. */
  handedOut = 0;
  attempt = 0;
  dials = 0;
  /** Retries since the last new item. */
  retries = 0;
  /** Client's clock: when the wait before the next dial began, undefined when none is due. */
  waitingMs: number | undefined;
  retryAfterMs = 0;
  progressMs = 0;
  hasConfirmed = false;
  wasInterrupted = false;
  /** Its own clock stood still, or its reader was busy: it may be late with anything. */
  isExcused = false;
  wire: Wire | undefined;
  result: string | undefined;

  constructor(clientId: string, n: number, isStateless: boolean) {
    this.clientId = clientId;
    this.n = n;
    this.isStateless = isStateless;
  }
}
