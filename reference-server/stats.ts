/**
 * Counters of a server: plain numbers, because the busiest of them rises with every item.
 */
import type { Profile } from '../protocol/messages.ts';

/** TCP connections of a server. */
export interface SocketStats {
  /** Open now. */
  open: number;
  /** Closed by the server's limits: one too many in all, one too many of an address, without a call in time. */
  readonly refused: Record<'connections' | 'address' | 'silent', number>;
}

export interface Stats {
  readonly sockets: SocketStats;
  /** Connections that are open now. */
  readonly connections: Record<Profile, number>;
  /** Connections opened since the start, by request. */
  readonly opens: Record<'stateless-start' | 'stateless-resume' | 'stateful-start' | 'stateful-resume', number>;
  items: number;
  finals: number;
  confirms: number;
  /** Connections that ended without the server's doing. */
  drops: number;
  /** Requests refused and connections ended with an error, by registry code. */
  readonly errors: Map<number, number>;
  storeFailures: number;
}

export function createStats(): Stats {
  return {
    sockets: { open: 0, refused: { connections: 0, address: 0, silent: 0 } },
    connections: { stateless: 0, stateful: 0 },
    opens: { 'stateless-start': 0, 'stateless-resume': 0, 'stateful-start': 0, 'stateful-resume': 0 },
    items: 0,
    finals: 0,
    confirms: 0,
    drops: 0,
    errors: new Map(),
    storeFailures: 0,
  };
}

export function countError(stats: Stats, code: number): void {
  stats.errors.set(code, (stats.errors.get(code) ?? 0) + 1);
}
