/**
 * The embedded default: sessions in the memory of one process. Spec: state.md section 3; the rules: session-table.ts.
 */
import type { Clock } from '../../protocol/clock.ts';
import { SessionTable } from './session-table.ts';
import type { AttachResult, Outcome, SessionRecord, SessionStore, StartResult } from './store.ts';

/** Sessions kept at one time unless told otherwise. */
export const DEFAULT_MAX_SESSIONS = 100_000;

export class MemoryStore implements SessionStore {
  /** The same store for those who do not wait. */
  readonly table: SessionTable;

  /** `maxSessions`: sessions beyond it are refused with `full`. */
  constructor(clock: Clock, maxSessions: number = DEFAULT_MAX_SESSIONS) {
    this.table = new SessionTable(clock, maxSessions);
  }

  /** Sessions in memory, among them some that have expired in the last few seconds. */
  get size(): number {
    return this.table.size;
  }

  /** Forgets everything and leaves no alarm behind. */
  close(): void {
    this.table.close();
  }

  async start(
    clientId: string,
    n: number,
    seedProposal: bigint,
    attempt: number | undefined,
    ttlMs: number,
  ): Promise<StartResult> {
    return this.table.start(clientId, n, seedProposal, attempt, ttlMs);
  }

  async lookup(clientId: string): Promise<SessionRecord | undefined> {
    return this.table.lookup(clientId);
  }

  async attach(clientId: string, seed: bigint, attempt: number | undefined, ttlMs: number): Promise<AttachResult> {
    return this.table.attach(clientId, seed, attempt, ttlMs);
  }

  async renew(clientId: string, seed: bigint, attempt: number, ttlMs: number): Promise<Outcome> {
    return this.table.renew(clientId, seed, attempt, ttlMs);
  }

  async finish(clientId: string, seed: bigint, attempt: number): Promise<Outcome> {
    return this.table.finish(clientId, seed, attempt);
  }
}
