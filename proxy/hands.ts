/**
 * What has been done by hand and goes on, learnt from the events.
 */
import type { Clock } from '../protocol/clock.ts';
import type { ProxyEvent } from './events.ts';

export class Hands {
  readonly #clock: Clock;
  /** Until it is healed: since when. */
  readonly #since = new Map<string, number>();
  readonly #open = new Set<number>();
  /** Connections in the black hole, which nothing heals but their end: since when. */
  readonly #dead = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  learn({ event, connection, what }: ProxyEvent): void {
    if (event === 'held') this.#since.set('CABLE CUT', this.#clock.now());
    if (event === 'refusing') this.#since.set('DOWN', this.#clock.now());
    if (event === 'healed') this.#since.clear();
    if (event === 'cut' && what === 'blackhole') this.#bury(connection === undefined ? this.#open : [connection]);
    if (connection === undefined) return;
    if (event === 'accepted') this.#open.add(connection);
    if (event === 'closed') {
      this.#open.delete(connection);
      this.#dead.delete(connection);
    }
  }

  /** One text each. */
  get troubles(): readonly string[] {
    const troubles = [...this.#since];
    if (this.#dead.size > 0) troubles.push(['BLACK HOLE', Math.min(...this.#dead.values())]);
    return troubles.map(([name, sinceMs]) => `${name} for ${Math.floor((this.#clock.now() - sinceMs) / 1_000)} s`);
  }

  #bury(connections: Iterable<number>): void {
    for (const id of connections) if (!this.#dead.has(id)) this.#dead.set(id, this.#clock.now());
  }
}
