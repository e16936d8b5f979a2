/**
 * What a run about a shared store works with: two instances of the server on one store, a look into the store, and, when the
 * suite has started them, processes that it may kill, stop and continue.
 */

import type { Lack } from '../check.ts';
import type { ServerTarget } from '../target/server.ts';
import type { RecordStore } from './records.ts';

/** What a scenario cannot do without, besides two instances. */
export type Need =
  /** Access to the records. */
  | 'records'
  /** Instances that may be killed. */
  | 'processes'
  /** A store that may be stopped. */
  | 'own-store';

/** An instance that a scenario may send signals to. */
export interface Instance extends ServerTarget {
  signal(name: NodeJS.Signals): void;
}

/** A store of its own with one instance on it. */
export interface Rig {
  readonly instance: ServerTarget;
  readonly records: RecordStore;
  readonly store: { signal(name: NodeJS.Signals): void };
  stop(): Promise<void>;
}

export interface Lab {
  /** Never signalled. */
  readonly a: ServerTarget;
  /** Never signalled; the same store as `a`. */
  readonly b: ServerTarget;
  /** Undefined for a need that is met. */
  lacks(need: Need): Lack | undefined;
  /** @throws {Error} when the lab lacks 'records' */
  readonly records: RecordStore;
  /** A further instance on the common store. @throws {Error} when the lab lacks 'processes' */
  spare(): Promise<Instance>;
  /** @throws {Error} when the lab lacks 'own-store' */
  rig(): Promise<Rig>;
  close(): Promise<void>;
}
