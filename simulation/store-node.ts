/**
 * The store as servers see it: the rules of the production store, behind a path that delays, loses and repeats
 * nothing but can fail in each way that an operation can fail, and a machine that restarts or is replaced.
 */
import type { SessionEvent, StoreOperation } from '../reference-server/session.ts';
import { SessionTable } from '../reference-server/store/session-table.ts';
import type { Asker } from '../reference-server/store-calls.ts';
import type { Plant } from './bugs/plant.ts';
import type { Ghost } from './ghost.ts';
import type { Fault } from './schedule.ts';
import type { ServerNode } from './server-node.ts';
import type { Wire } from './wire.ts';
import type { Process, World } from './world.ts';

/** More than any schedule makes. */
const ROOM = 1_000;

/** How an operation goes wrong. */
type Mishap = 'refused' | 'silent' | 'lost-reply' | 'false-failure' | 'late' | 'late-reply';
const OP_MISHAPS: readonly Mishap[] = ['lost-reply', 'refused', 'false-failure', 'late', 'late-reply', 'silent'];
const OUTAGE_MISHAPS: readonly Mishap[] = ['refused', 'silent', 'lost-reply'];

/** An operation under way. */
interface Call {
  readonly server: ServerNode;
  /** The life of the server that asks. */
  readonly process: Process;
  readonly wire: Wire | undefined;
  readonly operation: StoreOperation;
  readonly asker: Asker;
  readonly mishap: Mishap | undefined;
}

export class StoreNode {
  readonly #world: World;
  readonly #ghost: Ghost;
  readonly #plant: Plant;
  /** Its clock. In the embedded case the server's. */
  #process: Process;
  #table: SessionTable;
  /** Time of an operation that is repeated on another machine. */
  #replayMs: number | undefined;
  readonly #history: { readonly atMs: number; readonly storeMs: number; readonly operation: StoreOperation }[] = [];
  readonly #mishaps = new Map<number, Fault>();
  readonly #keepsHistory: boolean;
  #outageUntilMs = 0;
  #outage: Fault | undefined;
  #operations = 0;

  constructor(world: World, ghost: Ghost, process: Process, plant: Plant) {
    this.#world = world;
    this.#ghost = ghost;
    this.#plant = plant;
    this.#process = process;
    this.#table = this.#emptyTable();
    const { faults } = world.schedule;
    this.#keepsHistory = faults.some(({ kind }) => kind === 'store-failover');
    for (const fault of faults) if (fault.kind === 'store-op') this.#mishaps.set(fault.which, fault);
  }

  /** Records, among them those that expired a moment ago. */
  get size(): number {
    return this.#table.size;
  }

  /** Whether there is a record of this client. Without an effect. */
  has(clientId: string): boolean {
    return this.#table.lookup(clientId) !== undefined;
  }

  /** Carries an operation out for a server; `asker` hears the answer, if there is one. */
  run(server: ServerNode, wire: Wire | undefined, operation: StoreOperation, asker: Asker): void {
    const { process } = server;
    const fault = this.#mishaps.get(this.#operations++);
    const mishap = this.#mishap(server, fault);
    if (mishap !== undefined) {
      this.#world.trace?.(`store: ${operation.kind} of ${server.name} will be ${mishap}`);
      this.#ghost.storeTrouble(server, wire, operation);
    }
    if (mishap === 'silent') return;
    const legMs = this.#world.schedule.storeLatencyMs / 2;
    const call: Call = { server, process, wire, operation, asker, mishap };
    if (mishap === 'refused') {
      this.#answer(call, failed(operation), legMs);
      return;
    }
    const lateMs = mishap === 'late' ? (fault?.ms ?? 0) : 0;
    const replyMs = legMs + (mishap === 'late-reply' ? (fault?.ms ?? 0) : 0);
    if (mishap !== undefined) this.#world.trouble(this.#world.nowMs + lateMs + replyMs);
    if (legMs + lateMs === 0) this.#serve(call, replyMs);
    else this.#world.at(this.#world.nowMs + legMs + lateMs, () => this.#serve(call, replyMs));
  }

  /** It fails for a time, for one server or for all. */
  breakDown(fault: Fault): void {
    this.#outage = fault;
    this.#outageUntilMs = this.#world.nowMs + fault.ms;
  }

  /** All records are gone; it goes on under `process`. */
  restartEmpty(process: Process = this.#process): void {
    this.#table.close();
    this.#process = process;
    this.#table = this.#emptyTable();
    this.#history.length = 0;
    this.#ghost.storeLost();
  }

  /** A replica takes over that has not seen the last `lagMs`. */
  failOver(lagMs: number): void {
    this.#table.close();
    this.#table = this.#emptyTable();
    const untilMs = this.#world.nowMs - lagMs;
    const seen = this.#history.filter(({ atMs }) => atMs <= untilMs);
    this.#history.length = 0;
    for (const { atMs, storeMs, operation } of seen) {
      this.#replayMs = storeMs;
      perform(this.#table, operation);
      this.#history.push({ atMs, storeMs, operation });
    }
    this.#replayMs = undefined;
    this.#ghost.storeLost();
  }

  #serve(call: Call, replyMs: number): void {
    if (!this.#process.isAlive) return;
    const { server, process, wire, operation, mishap } = call;
    const event = this.#carryOut(operation);
    if (this.#world.trace !== undefined) {
      this.#world.trace(`store: ${describe(operation)} of ${server.name}: ${describeAnswer(event)}`);
    }
    this.#ghost.applied(server, process, wire, operation, event, mishap);
    if (mishap !== 'lost-reply') this.#answer(call, mishap === 'false-failure' ? failed(operation) : event, replyMs);
  }

  #answer({ process, asker }: Call, event: SessionEvent, afterMs: number): void {
    this.#world.at(this.#world.nowMs + afterMs, () => process.receive(() => asker.answer(event)));
  }

  #mishap(server: ServerNode, fault: Fault | undefined): Mishap | undefined {
    if (this.#outage !== undefined && this.#world.nowMs < this.#outageUntilMs) {
      const { who, which } = this.#outage;
      if (who >= 4 || who % this.#world.schedule.servers === server.index) {
        return OUTAGE_MISHAPS[which % OUTAGE_MISHAPS.length];
      }
    }
    return fault && OP_MISHAPS[fault.who % OP_MISHAPS.length];
  }

  #carryOut(operation: StoreOperation): SessionEvent {
    if (this.#keepsHistory) {
      this.#history.push({ atMs: this.#world.nowMs, storeMs: this.#process.now(), operation });
    }
    const planted = this.#plant.storeOperation?.(operation, this.#table) ?? operation;
    const event = perform(this.#table, planted);
    return this.#plant.storeAnswer?.(event, operation, this.#table) ?? event;
  }

  #emptyTable(): SessionTable {
    const process = this.#process;
    const clock = {
      now: () => this.#replayMs ?? process.now(),
      alarm: (atMs: number, ring: () => void) => process.alarm(Math.max(atMs, process.now()), ring),
    };
    return new SessionTable(clock, ROOM);
  }
}

function failed({ atMs }: StoreOperation): SessionEvent {
  return { kind: 'store-failed', atMs };
}

/** Calls the table and words its answer as the event that the production runner makes of it. */
export function perform(table: SessionTable, operation: StoreOperation): SessionEvent {
  const { atMs, clientId } = operation;
  switch (operation.kind) {
    case 'start': {
      const { n, seed, attempt, ttlMs } = operation;
      return { kind: 'started', atMs, result: table.start(clientId, n, seed, attempt, ttlMs) };
    }
    case 'lookup':
      return { kind: 'found', atMs, record: table.lookup(clientId) };
    case 'attach':
      return {
        kind: 'attached',
        atMs,
        result: table.attach(clientId, operation.seed, operation.attempt, operation.ttlMs),
      };
    case 'renew': {
      const { seed, attempt, ttlMs } = operation;
      return { kind: 'renewed', atMs, ttlMs, outcome: table.renew(clientId, seed, attempt, ttlMs) };
    }
    case 'finish':
      return { kind: 'finished', outcome: table.finish(clientId, operation.seed, operation.attempt) };
  }
}

function describe(operation: StoreOperation): string {
  const { kind, clientId } = operation;
  const attempt = 'attempt' in operation ? `, attempt ${operation.attempt}` : '';
  const ttl = 'ttlMs' in operation ? `, ${operation.ttlMs} ms` : '';
  return `${kind} of session ${clientId.slice(-2)}${attempt}${ttl}`;
}

function describeAnswer(event: SessionEvent): string {
  if ('result' in event) return event.result.kind;
  if ('outcome' in event) return event.outcome;
  return 'record' in event && event.record !== undefined ? 'found' : 'missing';
}
