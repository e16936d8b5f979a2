/**
 * What the schedules have reached: cells of the production tables, and distinct abstract states.
 *
 * An abstract state is a tuple of one client's surroundings, taken after each step of its newest server connection:
 * state of its machine; state of that connection's machine; how many connections its servers hold open (0, 1, 2+);
 * whether the store has a record and whom it says (none, of the newest attempt, of an older one); items accepted (none,
 * some, all but one, all); whether its session has ended, and how; what is wrong at the moment (its network, a server
 * stopped or dead, the store).
 */
import { CLIENT_CELLS } from '../reference-client/session.ts';
import { CONFIRMATION_CELLS } from '../reference-server/confirmation.ts';
import { STATEFUL_CELLS } from '../reference-server/stateful-session.ts';
import { STATELESS_CELLS } from '../reference-server/stateless-session.ts';
import type { ClientNode } from './client-run.ts';

/** The production tables. */
export const TABLES = {
  client: CLIENT_CELLS,
  stateful: STATEFUL_CELLS,
  stateless: STATELESS_CELLS,
  confirmation: CONFIRMATION_CELLS,
} as const;

export type TableName = keyof typeof TABLES;

type Hits = Record<string, Record<string, number>>;

const CLIENT_STATES = ['idle', 'connecting', 'streaming', 'waiting', 'confirming', 'confirm-waiting', 'done'];
const SERVER_STATES = ['opening', 'finding', 'attaching', 'abandoned', 'streaming', 'sealing', 'closed'];
const ENDINGS = [undefined, 'finished', 'confirmed', 'expired', 'lost'];

export class Coverage {
  readonly #hits: Record<TableName, Hits> = { client: {}, stateful: {}, stateless: {}, confirmation: {} };
  readonly #states = new Set<number>();

  /** An event meets a machine in this state. */
  hit(table: TableName, state: string, event: string): void {
    const hits = this.#hits[table];
    let row = hits[state];
    if (row === undefined) {
      row = {};
      hits[state] = row;
    }
    row[event] = (row[event] ?? 0) + 1;
  }

  /** The connection of `node` has made a step. */
  note(node: ClientNode, serverState: string): void {
    const { book, run, surroundings, offlineUntilMs } = node;
    const { world, servers } = surroundings;
    const { wire, life } = book;
    let trouble = 0;
    let served = 0;
    for (const server of servers) {
      if (!server.process.isAlive) trouble |= 1;
      if (server.process.pausedUntilMs > world.nowMs) trouble |= 2;
      if (server.calmSinceMs > world.nowMs) trouble |= 4;
      served += server.served();
    }
    if (offlineUntilMs > world.nowMs || (wire !== undefined && wire.stallMs() > world.nowMs)) trouble |= 8;
    let state = CLIENT_STATES.indexOf(run?.state ?? 'idle');
    state = state * 8 + SERVER_STATES.indexOf(serverState);
    state = state * 3 + Math.min(served, 2);
    state = state * 3 + (life === undefined ? 0 : life.holder === wire ? 1 : 2);
    state = state * 4 + (book.accepted === 0 ? 0 : book.accepted === book.n ? 3 : book.accepted === book.n - 1 ? 2 : 1);
    state = state * 5 + ENDINGS.indexOf(life?.ending);
    this.#states.add(state * 16 + trouble);
  }

  /** Distinct abstract states so far. */
  get states(): number {
    return this.#states.size;
  }

  /** Cells of a table that were hit, and those that never were. */
  cells(table: TableName): { readonly hit: number; readonly all: number; readonly missed: readonly string[] } {
    const hits = this.#hits[table];
    const missed = TABLES[table].filter((cell) => {
      const [state = '', event = ''] = cell.split(' ');
      return hits[state]?.[event] === undefined;
    });
    return { hit: TABLES[table].length - missed.length, all: TABLES[table].length, missed };
  }
}
