/**
 * How one wrong decision is planted around the code that ships: by changing what a machine is told, what it wants done,
 * or what the store does. The code itself stays as it is.
 */
import type { ClientEffect, ClientEvent } from '../../reference-client/events.ts';
import type { Effect, SessionEvent, SessionSettings, StoreOperation } from '../../reference-server/session.ts';
import type { SessionTable } from '../../reference-server/store/session-table.ts';
import type { ClientRun } from '../client-run.ts';
import type { Wire } from '../wire.ts';

export interface ServerContext {
  readonly event: SessionEvent;
  /** State of the machine when the event came. */
  readonly state: string;
  /** Server's clock. */
  readonly now: number;
  /** Undefined for a CONFIRM. */
  readonly wire: Wire | undefined;
}

export interface ClientContext {
  readonly event: ClientEvent;
  readonly state: string;
  /** Client's clock. */
  readonly now: number;
  readonly run: ClientRun;
}

/** Each hook is optional; `{}` plants nothing. */
export interface Plant {
  readonly settings?: (settings: SessionSettings) => SessionSettings;
  /** @returns what the machine is told in place of the event, undefined for nothing */
  readonly serverEvent?: (event: SessionEvent, state: string, wire: Wire | undefined) => SessionEvent | undefined;
  readonly serverEffects?: (effects: readonly Effect[], context: ServerContext) => readonly Effect[];
  readonly clientEvent?: (event: ClientEvent, state: string) => ClientEvent | undefined;
  readonly clientEffects?: (effects: ClientEffect[], context: ClientContext) => ClientEffect[];
  /** May change the table as well. @returns what is carried out in place of the operation */
  readonly storeOperation?: (operation: StoreOperation, table: SessionTable) => StoreOperation;
  /** @returns what is answered; `asked` is the operation as the server wanted it */
  readonly storeAnswer?: (event: SessionEvent, asked: StoreOperation, table: SessionTable) => SessionEvent;
}

export interface Bug {
  readonly name: string;
  /** What it does wrong. */
  readonly does: string;
  /** The promise that it breaks, by requirement. */
  readonly breaks: string;
  readonly plant: Plant;
  /** Token of a schedule that shows it, for a bug that needs a coincidence. */
  readonly example?: string;
}
