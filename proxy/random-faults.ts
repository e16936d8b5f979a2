/**
 * Faults that chance begins: the gaps between them are exponential, the kinds equally likely. All of it follows from the
 * seed and a label.
 */
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { Fault } from './grammar.ts';
import { type Draw, drawsOf } from './random.ts';

export interface RandomFaultsOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly label: string;
  readonly faults: readonly Fault[];
  readonly meanMs: number;
  /** @param label says which of all the faults of the seed this is */
  readonly begin: (fault: Fault, label: string) => void;
}

export class RandomFaults {
  readonly #options: RandomFaultsOptions;
  readonly #draw: Draw;
  #alarm: Alarm | undefined;
  #count = 0;
  /** When the latest one was due: a late timer moves none of those that follow. */
  #dueMs: number;

  constructor(options: RandomFaultsOptions) {
    this.#options = options;
    this.#draw = drawsOf(options.seed, `random ${options.label}`);
    this.#dueMs = options.clock.now();
  }

  start(): void {
    const { clock, faults, meanMs, label, begin } = this.#options;
    this.#dueMs -= Math.log(1 - this.#draw()) * meanMs;
    const fault = faults[Math.floor(this.#draw() * faults.length)];
    this.#alarm = clock.alarm(this.#dueMs, () => {
      if (fault !== undefined) begin(fault, `random ${label} ${this.#count++}`);
      this.start();
    });
  }

  stop(): void {
    this.#alarm?.cancel();
  }
}
