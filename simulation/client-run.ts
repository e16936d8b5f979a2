/**
 * A user and the programs that he starts for one sequence: the production client over a state file, killed and started
 * again, on a network that comes and goes.
 */
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { Random } from '../protocol/random.ts';
import { Client } from '../reference-client/client.ts';
import { DEFAULT_CONNECT_ATTEMPTS } from '../reference-client/defaults.ts';
import type { ClientEffect, ClientEvent } from '../reference-client/events.ts';
import type { Ledger } from '../reference-client/ledger.ts';
import type { Binding, Link } from '../reference-client/link.ts';
import type { Outcome } from '../reference-client/outcome.ts';
import { Journal, type JournalRecord, recordsOf } from '../reference-client/records.ts';
import type { Deciding, StateName } from '../reference-client/session.ts';
import { extensionsOf } from '../reference-client/task.ts';
import { ClientBook } from './books.ts';
import type { Plant } from './bugs/plant.ts';
import type { ClientGhost } from './client-ghost.ts';
import type { Coverage } from './coverage.ts';
import { below, type Fault } from './schedule.ts';
import type { ServerNode } from './server-node.ts';
import { Wire } from './wire.ts';
import type { Process, World } from './world.ts';

const NOTHING = (): void => undefined;
/** What a process that is dead holds in its hand. */
const NOWHERE: Link = { open: NOTHING, confirm: NOTHING, pause: NOTHING, resume: NOTHING, close: NOTHING };

/** What all clients of a schedule share. */
export interface Surroundings {
  readonly world: World;
  readonly ghost: ClientGhost;
  readonly servers: readonly ServerNode[];
  readonly plant: Plant;
  readonly coverage: Coverage;
  /** Client ids that nobody has yet. */
  readonly newClientId: () => string;
}

export class ClientNode {
  readonly ghost: ClientGhost;
  readonly surroundings: Surroundings;
  readonly name: string;
  /** Bits of a crash and of holds, cuts and lost confirms, by ordinal. */
  readonly #faults: readonly Fault[];
  offlineUntilMs = 0;
  book: ClientBook;
  run: ClientRun | undefined;
  /** What the state file says. */
  #file: JournalRecord[] = [];
  readonly #crashAt: Fault | undefined;
  #effects = 0;
  #opens = 0;
  #confirms = 0;
  #messages = 0;
  #wires = 0;

  constructor(surroundings: Surroundings, index: number, book: ClientBook) {
    const { faults, clients } = surroundings.world.schedule;
    this.surroundings = surroundings;
    this.ghost = surroundings.ghost;
    this.name = `client ${index + 1}`;
    this.book = book;
    this.#faults = faults.filter(({ who }) => who % clients === index % clients);
    this.#crashAt = this.#faults.find(({ kind }) => kind === 'crash-client-at');
  }

  get isDone(): boolean {
    return this.book.result !== undefined;
  }

  /** Starts the program: anew, or where the state file ends. */
  start(): void {
    const { book, surroundings } = this;
    const { clientId, n: count, isStateless } = book;
    const journal = new Journal(
      isStateless ? { profile: 'stateless', count, ratio: 2 } : { profile: 'stateful', count, clientId },
    );
    for (const record of this.#file) journal.add(record);
    surroundings.world.trace?.(`${this.name}: starts at item ${journal.accepted} of ${count}`);
    this.ghost.started(this, journal);
    this.run = new ClientRun(this, journal);
    this.run.start();
  }

  /** SIGKILL; the user starts it again after `downMs`. */
  crash(downMs: number): void {
    const { run } = this;
    if (run === undefined || !run.process.isAlive || this.isDone) return;
    this.surroundings.world.trace?.(`${this.name}: killed, back after ${downMs} ms`);
    if (this.surroundings.world.schedule.stateFile === 0) this.#forget();
    this.#end(run, downMs);
  }

  /** Ctrl-C; the user runs the resume command after `downMs`. */
  interrupt(downMs: number): void {
    const { run } = this;
    if (run === undefined || !run.process.isAlive || this.isDone) return;
    this.surroundings.world.trace?.(`${this.name}: interrupted, back after ${downMs} ms`);
    this.book.wasInterrupted = true;
    run.interrupt();
    if (this.isDone) return;
    this.#file = [...recordsOf(run.journal)].filter(({ kind }) => kind !== 'task');
    this.#end(run, downMs);
  }

  /** SIGSTOP. */
  pause(ms: number): void {
    const { world } = this.surroundings;
    const process = this.run?.process;
    if (process === undefined || !process.isAlive) return;
    world.trace?.(`${this.name}: stopped for ${ms} ms`);
    process.pausedUntilMs = Math.max(process.pausedUntilMs, world.nowMs + ms);
    this.book.isExcused = true;
    world.trouble(process.pausedUntilMs);
    this.book.wire?.detectLater();
  }

  /** What the file is to keep. */
  persist(record: JournalRecord): void {
    this.#file.push(record);
  }

  /** How late its next request arrives, in milliseconds. */
  heldMs(): number {
    const order = this.#opens++;
    const ms = this.#ordinal('hold-open', order)?.ms ?? 0;
    if (ms > 0) this.surroundings.world.trouble(this.surroundings.world.nowMs + ms);
    return ms;
  }

  lostConfirm(): 'request' | 'answer' | undefined {
    const fault = this.#ordinal('lose-confirm', this.#confirms++);
    return fault && (fault.ms % 2 === 0 ? 'request' : 'answer');
  }

  /** Whether its connection breaks at the message that is sent now. */
  cutAt(): 'under' | 'behind' | undefined {
    const fault = this.#ordinal('cut-message', this.#messages++);
    return fault && (fault.ms % 2 === 0 ? 'under' : 'behind');
  }

  /** One more effect is about to be performed. @returns whether the process lives on */
  effect(): boolean {
    if (this.#crashAt !== undefined && this.#effects++ === this.#crashAt.which) this.crash(this.#crashAt.ms);
    return this.run?.process.isAlive === true;
  }

  connect(run: ClientRun): Wire {
    const { world, servers } = this.surroundings;
    const server = servers[below(world.chance, servers.length)];
    if (server === undefined) throw new RangeError('a schedule has at least one server');
    this.#wires++;
    if (run.wire?.isClosed === false) this.ghost.overlaps(run.wire);
    const wire = new Wire(world, run, server, this.#wires);
    this.book.wire = wire;
    run.wire = wire;
    return wire;
  }

  /** The state of its newest connection has changed. */
  note(serverState: string): void {
    this.surroundings.coverage.note(this, serverState);
  }

  #ordinal(kind: Fault['kind'], order: number): Fault | undefined {
    for (const fault of this.#faults) if (fault.kind === kind && fault.which === order) return fault;
    return undefined;
  }

  #end(run: ClientRun, downMs: number): void {
    const { world } = this.surroundings;
    world.trouble(world.nowMs + downMs);
    run.die();
    world.at(world.nowMs + downMs, () => this.start());
  }

  /** Without a file the next program begins a sequence of its own. */
  #forget(): void {
    const { isStateless, n } = this.book;
    this.#file = [];
    this.book = new ClientBook(this.surroundings.newClientId(), n, isStateless);
  }
}

/** One life of the program, and all that its client knows of the world: a clock and a network. */
export class ClientRun implements Clock, Binding {
  readonly node: ClientNode;
  readonly process: Process;
  readonly journal: Journal;
  /** Its newest connection. */
  wire: Wire | undefined;
  readonly #client: Client;
  readonly #probe: { session: Deciding | undefined } = { session: undefined };
  #outcome: Outcome | undefined;

  constructor(node: ClientNode, journal: Journal) {
    const { world, plant, coverage } = node.surroundings;
    const { confirm, prefix } = world.schedule;
    this.node = node;
    this.journal = journal;
    this.process = world.process(node.name);
    const random: Random = this.process.random;
    this.#client = new Client({
      journal,
      random,
      clock: this,
      binding: this,
      extensions: extensionsOf(journal.task.profile, { confirm: confirm === 1, prefixChecksum: prefix === 1 }),
      giveUpMs: undefined,
      connectAttempts: DEFAULT_CONNECT_ATTEMPTS,
      persist: (record) => {
        if (this.lives()) node.persist(record);
      },
      deliver: (index, value) => {
        if (this.lives()) node.ghost.handedOut(this, index, value);
      },
      instrument: (session) => {
        this.#probe.session = session;
        return new ClientProbe(session, this, plant, coverage);
      },
    });
    // What a journal throws ends the run: the ghost misses its outcome then. A closure here would keep the world alive
    // until the promise is looked after, and while schedules run that is never.
    this.#client.result.catch(NOTHING);
  }

  get state(): StateName {
    return this.#probe.session?.state ?? 'idle';
  }

  get ledger(): Ledger | undefined {
    return this.#probe.session?.ledger;
  }

  now(): number {
    return this.process.now();
  }

  alarm(atMs: number, ring: () => void): Alarm {
    return this.process.alarm(atMs, () => this.enter(ring));
  }

  connect(): Link {
    return this.process.isAlive ? this.node.connect(this) : NOWHERE;
  }

  start(): void {
    this.enter(() => this.#client.start());
  }

  interrupt(): void {
    this.enter(() => this.#client.interrupt());
  }

  setFull(isFull: boolean): void {
    this.process.receive(() => this.enter(() => this.#client.setFull(isFull)));
  }

  /** Lets the program do something, and takes note of its end. */
  enter(act: () => void): void {
    if (!this.process.isAlive) return;
    act();
    if (this.#outcome === undefined || !this.process.isAlive) return;
    const outcome = this.#outcome;
    this.process.isAlive = false;
    this.node.ghost.finished(this, outcome);
  }

  finish(outcome: Outcome): void {
    this.#outcome = outcome;
  }

  /** Whether the next effect is performed: a process may be killed just before it. */
  lives(): boolean {
    return this.process.isAlive && this.node.effect() && this.process.isAlive;
  }

  die(): void {
    this.process.isAlive = false;
    if (this.wire?.isClosed === false) this.wire.clientGone();
  }
}

/** Looks on, and makes the planted mistake if there is one. */
class ClientProbe implements Deciding {
  readonly #session: Deciding;
  readonly #run: ClientRun;
  readonly #plant: Plant;
  readonly #coverage: Coverage;

  constructor(session: Deciding, run: ClientRun, plant: Plant, coverage: Coverage) {
    this.#session = session;
    this.#run = run;
    this.#plant = plant;
    this.#coverage = coverage;
  }

  get state(): StateName {
    return this.#session.state;
  }

  get ledger(): Ledger {
    return this.#session.ledger;
  }

  handle(event: ClientEvent, now: number): ClientEffect[] {
    const session = this.#session;
    const state = session.state;
    this.#coverage.hit('client', state, event.kind);
    const told = this.#plant.clientEvent === undefined ? event : this.#plant.clientEvent(event, state);
    if (told === undefined) return [];
    let effects = session.handle(told, now);
    if (this.#plant.clientEffects !== undefined) {
      effects = this.#plant.clientEffects(effects, { event: told, state, now, run: this.#run });
    }
    for (const effect of effects) if (effect.kind === 'finish') this.#run.finish(effect.outcome);
    return effects;
  }
}
