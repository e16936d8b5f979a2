/**
 * The connections of this instance that hold a session, by client id. Spec: core.md section 5.4.
 * It only makes takeovers on one instance immediate: between instances the store decides, at the next renewal.
 */
import type { Holding } from './session.ts';

/** What happens to a connection that holds a session. */
export type Loss = 'taken-over' | 'discarded';

/** A connection as seen from here. */
export interface Occupant {
  lose(loss: Loss): void;
}

interface Entry {
  readonly holding: Holding;
  readonly occupant: Occupant;
}

export class Holders {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Enters a connection that the store has attached, and tells the older one. Answers of a store may arrive out of
   * order, so within one session the higher attempt wins. Attempts of different sessions of one client id do not
   * compare: the session of the older connection is gone then.
   */
  hold(holding: Holding, occupant: Occupant): void {
    const current = this.#entries.get(holding.clientId);
    const isSameSession = current?.holding.seed === holding.seed;
    if (isSameSession && current.holding.attempt > holding.attempt) {
      occupant.lose('taken-over');
      return;
    }
    this.#entries.set(holding.clientId, { holding, occupant });
    current?.occupant.lose(isSameSession ? 'taken-over' : 'discarded');
  }

  /** Takes a connection out; no effect when another one has taken its place. */
  leave(clientId: string, occupant: Occupant): void {
    if (this.#entries.get(clientId)?.occupant === occupant) this.#entries.delete(clientId);
  }

  /** A CONFIRM has discarded the session. */
  discard(clientId: string, seed: bigint): void {
    const current = this.#entries.get(clientId);
    if (current?.holding.seed !== seed) return;
    this.#entries.delete(clientId);
    current.occupant.lose('discarded');
  }
}
