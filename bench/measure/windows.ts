/**
 * Windows in which one server is driven by the load generator.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generator } from '../load/generator.ts';
import type { Answers } from '../load/protocol.ts';
import { FLOOD_AFTER_MS } from '../peers/item.ts';
import type { Peer } from '../peers/peers.ts';
import type { Window } from './rounds.ts';

export interface Served {
  readonly perSecond: number;
  /** CPU of the server. */
  readonly usPerMessage: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly generatorUsPerMessage: number;
  readonly late: Answers['window']['late'];
  readonly control: Answers['window']['control'];
}

export interface Streams {
  readonly connections: number;
  readonly sessions: number;
  /** 0: as fast as they can. */
  readonly intervalMs: number;
}

/** Length of the sequences; none ends within a window. */
export const N = 65_535;

/** Opens sessions on a server, and waits until they run evenly. */
export async function open(load: Generator, peer: Peer, { connections, sessions, intervalMs }: Streams): Promise<void> {
  // Fewer than the slowest server takes. A connection of its own costs a session several times a call.
  const opensPerSecond = connections === sessions ? 1_000 : 2_500;
  const spreadMs = intervalMs === 0 ? 0 : intervalMs * Math.ceil(sessions / opensPerSecond / (intervalMs / 1_000));
  const { failed } = await load.order({
    kind: 'open',
    port: peer.port,
    connections,
    sessions,
    n: N,
    intervalMs,
    spreadMs,
  });
  if (failed > 0) throw new Error(`${peer.name}: ${failed} of ${sessions} sessions could not be opened`);
  await sleep(intervalMs === 0 ? FLOOD_AFTER_MS + 300 : Math.min(1_500, 2 * intervalMs + 300));
}

export async function watch(load: Generator, peer: Peer, ms: number): Promise<Window<Served>> {
  const before = peer.usage();
  const generatorBefore = load.usage;
  const window = await load.order({ kind: 'window', ms });
  const after = peer.usage();
  const generatorAfter = load.usage;
  if (window.ended > 0) throw new Error(`${peer.name}: ${window.ended} sessions ended within a window`);
  if (window.messages === 0) throw new Error(`${peer.name}: no message came within a window`);
  const { messages, tookMs, late, control } = window;
  const cpuMs = after.cpuMs - before.cpuMs;
  return {
    value: {
      perSecond: (1_000 * messages) / tookMs,
      usPerMessage: (1_000 * cpuMs) / messages,
      cpuPercent: (100 * cpuMs) / tookMs,
      generatorUsPerMessage: (1_000 * (generatorAfter.cpuMs - generatorBefore.cpuMs)) / messages,
      late,
      control,
    },
    pressure: Math.max(after.waitedMs - before.waitedMs, generatorAfter.waitedMs - generatorBefore.waitedMs) / tookMs,
  };
}
