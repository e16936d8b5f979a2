/**
 * The workers of a primary: who is there, who gets the next connection, who takes the place of one that has ended.
 */
import type { Socket } from 'node:net';
import { AggregatorRegistry } from 'prom-client';
import type { Clock } from '../../protocol/clock.ts';
import type { Log } from '../log.ts';
import type { Order, Report } from './messages.ts';

/** A process as it is used here; a worker of node:cluster is one. */
export interface WorkerProcess {
  readonly id: number;
  readonly process: { kill(signal: 'SIGKILL'): boolean };
  isConnected(): boolean;
  send(
    order: Order,
    socket: Socket | undefined,
    options: { readonly keepOpen: boolean } | undefined,
    callback: (error: Error | null) => void,
  ): boolean;
  on(event: 'message', listener: (report: Report) => void): unknown;
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface CrewOptions {
  readonly size: number;
  readonly fork: () => WorkerProcess;
  readonly clock: Clock;
  readonly log: Log;
}

interface Member {
  readonly worker: WorkerProcess;
  /** When it could take connections first. */
  readySinceMs: number | undefined;
  isLeaving: boolean;
  /** Connections on their way to it, in the order in which they come there. They are open here too until it has them. */
  readonly underWay: Set<Socket>;
}

type Metrics = readonly object[];

/** A worker that ends is replaced after BASE * 2^k, capped; k is the number of ends in a row. */
const RESTART_BASE_MS = 100;
const RESTART_CAP_MS = 5_000;
/** A worker that has served this long has ended for a new reason. */
const PROVEN_MS = 10_000;
/** Workers need a second when the store does not answer. */
const DRAIN_LIMIT_MS = 1_300;
/** A worker that does not answer by then is left out of the metrics. */
const METRICS_LIMIT_MS = 1_000;

export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Set<Member>();
  readonly #asked = new Map<number, (metrics: Metrics) => void>();
  /** Called at every change: somebody may be waiting for one. */
  #onChange: () => void = () => undefined;
  #onFailedStart: ((error: Error) => void) | undefined;
  #isDraining = false;
  #endsInRow = 0;
  #lastAsked = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Resolves when every worker takes connections. Rejects when one ends before that. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onFailedStart = reject;
      this.#onChange = () => {
        if (this.#ready().length < this.#options.size) return;
        this.#onFailedStart = undefined;
        resolve();
      };
      for (let k = 0; k < this.#options.size; k++) this.#hire();
    });
  }

  /** Gives a connection, from which nothing has been read, to the worker with the fewest on their way; in turn. */
  deal(socket: Socket): void {
    const [first, ...others] = this.#ready();
    if (first === undefined) {
      socket.destroy();
      return;
    }
    const member = others.reduce((best, other) => (other.underWay.size < best.underWay.size ? other : best), first);
    // To the end of the line, for the next turn.
    this.#members.delete(member);
    this.#members.add(member);
    member.underWay.add(socket);
    // Otherwise Node gives the socket up as soon as it is sent, and nobody could close it when the worker ends.
    member.worker.send({ kind: 'connection' }, socket, { keepOpen: true }, (error) => {
      if (error !== null) letGo(member, socket);
    });
  }

  /** The metrics of all workers together, as Prometheus reads them. */
  async metrics(): Promise<string> {
    const answers = await Promise.all(this.#ready().map((member) => this.#ask(member)));
    return AggregatorRegistry.aggregate(answers.filter((metrics) => metrics.length > 0)).metrics();
  }

  /** Lets all workers drain and waits for their end; kills what is left after 1.3 s. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const allGone = new Promise<void>((resolve) => {
      this.#onChange = () => {
        if (this.#members.size === 0) resolve();
      };
    });
    this.#onChange();
    for (const { worker } of this.#members) worker.send({ kind: 'drain' }, undefined, undefined, () => undefined);
    const { clock } = this.#options;
    const limit = clock.alarm(clock.now() + DRAIN_LIMIT_MS, () => {
      for (const { worker } of this.#members) worker.process.kill('SIGKILL');
    });
    await allGone;
    limit.cancel();
  }

  #ready(): Member[] {
    return [...this.#members].filter(
      ({ worker, readySinceMs, isLeaving }) => readySinceMs !== undefined && !isLeaving && worker.isConnected(),
    );
  }

  #hire(): void {
    const { clock, fork, log } = this.#options;
    const member: Member = { worker: fork(), readySinceMs: undefined, isLeaving: false, underWay: new Set() };
    this.#members.add(member);
    member.worker.on('message', (report) => this.#note(member, report));
    member.worker.on('error', (error) => log.warn({ worker: member.worker.id, reason: error.message }, 'worker'));
    member.worker.on('exit', (code, signal) => {
      this.#members.delete(member);
      for (const socket of member.underWay) letGo(member, socket);
      if (!this.#isDraining) this.#replace(member, `${signal ?? code}`, clock.now());
      this.#onChange();
    });
  }

  #note(member: Member, report: Report): void {
    switch (report.kind) {
      case 'ready':
        member.readySinceMs = this.#options.clock.now();
        break;
      case 'took': {
        const [first] = member.underWay;
        if (first !== undefined) letGo(member, first);
        break;
      }
      case 'leaving':
        member.isLeaving = true;
        break;
      case 'metrics':
        this.#asked.get(report.id)?.(report.metrics);
        break;
    }
    this.#onChange();
  }

  #replace(member: Member, how: string, now: number): void {
    const { clock, log } = this.#options;
    if (this.#onFailedStart !== undefined) {
      this.#onFailedStart(new Error(`worker ${member.worker.id} ended with ${how} before it was ready`));
      return;
    }
    const isProven = member.readySinceMs !== undefined && now - member.readySinceMs >= PROVEN_MS;
    if (isProven) this.#endsInRow = 0;
    const waitMs = Math.min(RESTART_CAP_MS, RESTART_BASE_MS * 2 ** Math.min(this.#endsInRow++, 10));
    log.warn({ worker: member.worker.id, how, waitMs }, 'a worker has ended, another one takes its place');
    clock.alarm(now + waitMs, () => {
      if (!this.#isDraining) this.#hire();
    });
  }

  #ask(member: Member): Promise<Metrics> {
    const id = ++this.#lastAsked;
    const { clock } = this.#options;
    return new Promise<Metrics>((resolve) => {
      const limit = clock.alarm(clock.now() + METRICS_LIMIT_MS, () => resolve([]));
      this.#asked.set(id, (metrics) => {
        limit.cancel();
        resolve(metrics);
      });
      member.worker.send({ kind: 'metrics', id }, undefined, undefined, () => undefined);
    }).finally(() => this.#asked.delete(id));
  }
}

/** Closes a connection in this process; a worker that has it keeps it. */
function letGo(member: Member, socket: Socket): void {
  member.underWay.delete(socket);
  socket.destroy();
}
