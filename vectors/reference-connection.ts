/**
 * A connection to the reference server whose reader takes one message at a time: the server sends no further
 * item before the last one has been flushed, so the script sets the pace.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Open, ServerMessage } from '../protocol/messages.ts';
import type { FakeClock } from '../protocol/testing/fake-clock.ts';
import type { Inlet, Outlet } from '../reference-server/connection.ts';
import type { SequenceService } from '../reference-server/service.ts';

export interface Ending {
  readonly error: ReseqError | undefined;
}

/** A server that has sent nothing for so many intervals will not. */
const PATIENCE = 4;
const INTERVAL_MS = 1_000;

export class ScriptedConnection implements Outlet {
  readonly #messages: ServerMessage[] = [];
  readonly #inlet: Inlet;
  #unflushed = 0;
  #ending: Ending | undefined;
  /** An error comes at once; an end without error comes behind the messages. */
  #isEndingTaken = false;

  constructor(service: SequenceService, open: Open) {
    this.#inlet = service.open(open, this);
  }

  send(message: ServerMessage): void {
    this.#messages.push(message);
    this.#unflushed++;
  }

  end(error: ReseqError | undefined): void {
    this.#ending = { error };
  }

  /** The oldest message that has not been taken. */
  take(): ServerMessage | undefined {
    return this.#messages.shift();
  }

  /** As take, waiting for one. Behind the last message the end is awaited as well. */
  async next(clock: FakeClock): Promise<ServerMessage | undefined> {
    for (let waited = 0; waited < PATIENCE && this.#messages.length === 0; waited++) {
      await this.#flush(clock, INTERVAL_MS);
    }
    const message = this.take();
    if (message?.kind === 'final') await this.#flush(clock, 0);
    return message;
  }

  drop(): void {
    this.#inlet.dropped();
  }

  /** How it ended, once; undefined while it lives. */
  takeEnding(): Ending | undefined {
    const isBehind = this.#ending?.error === undefined && this.#messages.length > 0;
    if (this.#ending === undefined || this.#isEndingTaken || isBehind) return undefined;
    this.#isEndingTaken = true;
    return this.#ending;
  }

  async #flush(clock: FakeClock, ms: number): Promise<void> {
    for (; this.#unflushed > 0; this.#unflushed--) this.#inlet.flushed();
    await clock.advanceAsync(ms);
  }
}
