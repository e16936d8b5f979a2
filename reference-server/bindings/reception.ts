/**
 * Connections that have been accepted and wait to be served.
 *
 * Node accepts one connection in a turn of its event loop, and setting one up for HTTP/2 takes several times as long as
 * accepting it: in a reconnect storm the queue of the kernel would overflow, which resets peers. So all that wait there are
 * accepted first, and set up a few at a time: the items of other connections leave in between.
 */
import type { Socket } from 'node:net';

/** Connections that are set up in one turn of the event loop. */
const SLICE = 4;
/** For so long accepting goes first, milliseconds. */
const MAX_HOLD_MS = 50;

/** What runs once in the next turn of the event loop. */
type Later = (turn: () => void) => void;

export class Reception {
  readonly #serve: (socket: Socket) => void;
  readonly #now: () => number;
  readonly #later: Later;
  /** In the order in which they came. */
  readonly #waiting = new Set<Socket>();
  #hasAccepted = false;
  #isScheduled = false;
  /** When a connection was served last, or the first one came. */
  #heldSinceMs = 0;
  #isClosed = false;

  /** `now`: monotonic milliseconds. */
  constructor(serve: (socket: Socket) => void, now: () => number, later: Later = setImmediate) {
    this.#serve = serve;
    this.#now = now;
    this.#later = later;
  }

  /** Nothing has been read from the socket. */
  accept(socket: Socket): void {
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    if (this.#waiting.size === 0) this.#heldSinceMs = this.#now();
    this.#hasAccepted = true;
    this.#waiting.add(socket);
    this.#schedule();
  }

  /** Cuts the connections that wait, and each that comes from now on. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#later(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    const now = this.#now();
    const mustWait = this.#hasAccepted && now - this.#heldSinceMs < MAX_HOLD_MS;
    this.#hasAccepted = false;
    if (!mustWait) {
      this.#heldSinceMs = now;
      this.#serveSome();
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  #serveSome(): void {
    let served = 0;
    for (const socket of this.#waiting) {
      if (served++ === SLICE) return;
      this.#waiting.delete(socket);
      if (!socket.destroyed) this.#serve(socket);
    }
  }
}
