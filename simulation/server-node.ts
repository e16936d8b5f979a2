/**
 * A machine that runs the production server without its transport: it boots, is stopped, killed, drained, and boots
 * again.
 */
import { EXTENSIONS, type Open } from '../protocol/messages.ts';
import { Confirmation } from '../reference-server/confirmation.ts';
import type { Inlet } from '../reference-server/connection.ts';
import { OWN_LEASE_PERIOD_MS, sharedLeasePeriodMs } from '../reference-server/lease.ts';
import { SILENT } from '../reference-server/log.ts';
import { SequenceService } from '../reference-server/service.ts';
import type { Effect, Session, SessionEvent, SessionSettings, StoreOperation } from '../reference-server/session.ts';
import { StatefulSession } from '../reference-server/stateful-session.ts';
import type { Asker, StoreRunner } from '../reference-server/store-calls.ts';
import type { Plant } from './bugs/plant.ts';
import type { Coverage } from './coverage.ts';
import { type Ghost, isOwnStore } from './ghost.ts';
import { sequenceAt } from './oracle.ts';
import type { StoreNode } from './store-node.ts';
import type { Wire } from './wire.ts';
import type { Process, World } from './world.ts';

export const STORE_DEADLINE_MS = 1_000;
const BLOCKED_MS = 30_000;
/** A server that was told to end is gone after this. */
const DRAIN_MS = 1_500;

export class ServerNode {
  readonly world: World;
  readonly ghost: Ghost;
  readonly index: number;
  readonly name: string;
  isolatedUntilMs = 0;
  /** Since when it has had no trouble with the store. */
  calmSinceMs = 0;
  /** When it woke up from its last stop, or will. */
  wokeMs = 0;
  process: Process;
  service: SequenceService;
  store: StoreNode | undefined;
  readonly #plant: Plant;
  readonly #coverage: Coverage;
  readonly #wires: Wire[] = [];
  /** Which connection asked for an operation. */
  readonly #askers = new Map<StoreOperation, Wire>();
  #opening: Wire | undefined;
  #crashAt: number;
  #crashDownMs = 0;
  #effects = 0;

  constructor(world: World, ghost: Ghost, index: number, plant: Plant, coverage: Coverage) {
    this.world = world;
    this.ghost = ghost;
    this.index = index;
    this.name = `server ${index + 1}`;
    this.#plant = plant;
    this.#coverage = coverage;
    const { faults, servers } = world.schedule;
    const fault = faults.find(({ kind, who }) => kind === 'crash-server-at' && who % servers === index);
    this.#crashAt = fault?.which ?? -1;
    this.#crashDownMs = fault?.ms ?? 0;
    this.process = world.process(this.name);
    this.service = this.#createService();
  }

  /** Takes an OPEN that has arrived. */
  open(wire: Wire, open: Open): Inlet {
    this.#wires.push(wire);
    this.#opening = wire;
    const inlet = this.service.open(open, wire);
    this.#opening = undefined;
    return inlet;
  }

  /** One more effect is about to be performed: the moment for a crash between two. */
  effect(): void {
    if (this.#effects++ === this.#crashAt) this.crash(this.#crashDownMs);
  }

  /** SIGSTOP. */
  pause(ms: number): void {
    const { process, world } = this;
    if (!process.isAlive) return;
    world.trace?.(`${this.name}: stopped for ${ms} ms`);
    process.pausedUntilMs = Math.max(process.pausedUntilMs, world.nowMs + ms);
    this.wokeMs = process.pausedUntilMs;
    world.trouble(process.pausedUntilMs);
    this.ghost.serverHindered(process);
  }

  /** SIGKILL; it boots again after `downMs`. */
  crash(downMs: number): void {
    const { process, world } = this;
    if (!process.isAlive) return;
    world.trace?.(`${this.name}: killed, back after ${downMs} ms`);
    process.isAlive = false;
    world.trouble(world.nowMs + downMs);
    this.ghost.serverDown(process);
    for (const wire of this.#wires) if (wire.process === process && !wire.book.hasEnded) wire.serverGone();
    this.#wires.length = 0;
    if (world.schedule.embedded === 1) this.ghost.storeLost();
    world.at(world.nowMs + downMs, () => this.#boot());
  }

  /** SIGTERM; it boots again after `downMs`. */
  drain(downMs: number): void {
    const { process, world } = this;
    if (!process.isAlive) return;
    world.trace?.(`${this.name}: told to end`);
    world.trouble(world.nowMs + DRAIN_MS + downMs);
    process.receive(() => this.service.beginDrain());
    world.at(world.nowMs + DRAIN_MS, () => {
      if (this.process === process) this.crash(downMs);
    });
  }

  /** Whatever of a client's connections it still serves: for a description of the state. */
  served(): number {
    let count = 0;
    for (const wire of this.#wires) if (wire.isServed) count++;
    return count;
  }

  #boot(): void {
    const { world } = this;
    world.trace?.(`${this.name}: boots`);
    this.process = world.process(this.name);
    this.service = this.#createService();
    if (world.schedule.embedded === 1) this.store?.restartEmpty(this.process);
  }

  #createService(): SequenceService {
    const { process, world, ghost, name } = this;
    const { intervalMs, retentionMs, granted } = world.schedule;
    const runner = new NodeRunner(this, process, this.#askers);
    const settings: SessionSettings = {
      intervalMs,
      retentionMs,
      leasePeriodMs: isOwnStore(world.schedule) ? OWN_LEASE_PERIOD_MS : sharedLeasePeriodMs(intervalMs),
      storeDeadlineMs: STORE_DEADLINE_MS,
      blockedMs: BLOCKED_MS,
      extensions: granted === 1 ? EXTENSIONS : [],
      seedFor() {
        return sequenceAt(ghost.nextSequence++).seed;
      },
      random: process.random,
    };
    return new SequenceService({
      storeCalls() {
        return runner;
      },
      clock: process,
      settings: this.#plant.settings?.(settings) ?? settings,
      maxSessions: 0,
      log: {
        ...SILENT,
        error(fields) {
          world.violate('no fault inside', `${name}: ${JSON.stringify(fields)} ${faultIn(fields)}`);
        },
      },
      implementation: 'simulation',
      instrument: (session) => new ServerProbe(session, this.#opening, this.#askers, this.#plant, this.#coverage),
    });
  }
}

/** The way of one life of a server to its store. */
class NodeRunner implements StoreRunner {
  readonly #node: ServerNode;
  readonly #process: Process;
  readonly #askers: Map<StoreOperation, Wire>;

  constructor(node: ServerNode, process: Process, askers: Map<StoreOperation, Wire>) {
    this.#node = node;
    this.#process = process;
    this.#askers = askers;
  }

  run(operation: StoreOperation, asker: Asker): void {
    const node = this.#node;
    node.effect();
    const wire = this.#askers.get(operation);
    this.#askers.delete(operation);
    if (this.#process.isAlive) node.store?.run(node, wire, operation, asker);
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }
}

function faultIn(fields: object): string {
  return 'err' in fields && fields.err instanceof Error ? fields.err.message : '';
}

/** Looks on, remembers who asks the store, and makes the planted mistake if there is one. */
class ServerProbe implements Session {
  readonly #session: Session;
  readonly #wire: Wire | undefined;
  readonly #askers: Map<StoreOperation, Wire>;
  readonly #plant: Plant;
  readonly #coverage: Coverage;
  readonly #table: 'stateful' | 'stateless' | 'confirmation';

  constructor(
    session: Session,
    wire: Wire | undefined,
    askers: Map<StoreOperation, Wire>,
    plant: Plant,
    coverage: Coverage,
  ) {
    this.#session = session;
    this.#wire = wire;
    this.#askers = askers;
    this.#plant = plant;
    this.#coverage = coverage;
    if (session instanceof StatefulSession) this.#table = 'stateful';
    else this.#table = session instanceof Confirmation ? 'confirmation' : 'stateless';
  }

  get state(): string {
    return this.#session.state;
  }

  handle(event: SessionEvent, now: number): readonly Effect[] {
    const session = this.#session;
    const state = session.state;
    this.#coverage.hit(this.#table, state, event.kind);
    const told = this.#plant.serverEvent === undefined ? event : this.#plant.serverEvent(event, state, this.#wire);
    if (told === undefined) return [];
    let effects = session.handle(told, now);
    if (this.#plant.serverEffects !== undefined) {
      effects = this.#plant.serverEffects(effects, { event: told, state, now, wire: this.#wire });
    }
    const wire = this.#wire;
    if (wire === undefined) return effects;
    for (const effect of effects) if (effect.kind === 'store') this.#askers.set(effect.operation, wire);
    wire.run.node.note(session.state);
    return effects;
  }
}
