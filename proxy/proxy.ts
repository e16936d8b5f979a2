/**
 * A TCP proxy that hurts what goes through it: by faults that are given, by faults that a seed draws, and by hand. It knows
 * nothing of the protocol but how to count gRPC messages.
 */
import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { HostPort } from '../protocol/cli.ts';
import type { Clock } from '../protocol/clock.ts';
import { systemClock } from '../protocol/real.ts';
import { listenOn } from './address.ts';
import { Connection, type CutKind } from './connection.ts';
import type { ProxyEvent, ProxyEventKind } from './events.ts';
import type { Effect } from './fault.ts';
import { type Fault, parseFault } from './grammar.ts';
import { drawsOf } from './random.ts';
import { RandomFaults } from './random-faults.ts';
import { beginEffect, type Passed, Rule } from './rule.ts';
import { phaseAt } from './schedule.ts';
import { within } from './units.ts';

export type { CutKind } from './connection.ts';
export type { ProxyEvent } from './events.ts';

/** Bytes that may wait in each direction of a connection. */
export const DEFAULT_BUFFER_BYTES = 65_536;

export interface ProxyOptions {
  /** `localhost` at any port when absent. Host `localhost` is 127.0.0.1 and ::1; port 0 = any. */
  readonly listen?: HostPort | undefined;
  readonly to: HostPort;
  /** As on the command line: `down:latency=200ms`. */
  readonly faults?: readonly string[] | undefined;
  readonly random?: RandomOptions | undefined;
  /** uint32: all that is drawn follows from it. 0 when absent. */
  readonly seed?: number | undefined;
  readonly bufferBytes?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Called on events that a person or a trace wants to know. */
  readonly log?: ((event: ProxyEvent) => void) | undefined;
}

export interface RandomOptions {
  readonly faults: readonly Fault[];
  /** Mean time between two, in milliseconds. */
  readonly meanMs: number;
  /** Each connection meets its own, or all connections the same. */
  readonly per: 'connection' | 'proxy';
}

export interface ProxyTotals {
  readonly up: Passed;
  readonly down: Passed;
}

export interface FaultProxy {
  readonly port: number;
  /** Connections that are up, dead ones included. */
  readonly connections: number;
  /** What has passed since the beginning. */
  readonly totals: ProxyTotals;
  /** Hurt every connection that is up. */
  cut(kind: CutKind): void;
  /** Whether new connections are reset at once. */
  refuse(on: boolean): void;
  /** Whether nothing passes, on new connections neither: a cut cable. What is under way passes when it is mended. */
  hold(on: boolean): void;
  /** A fault begins now, on what is up now. @throws UsageError */
  apply(fault: string): void;
  /** End everything. */
  close(): Promise<void>;
}

/** @throws UsageError for faults, the error of the socket when the port cannot be listened on */
export async function startProxy(options: ProxyOptions): Promise<FaultProxy> {
  const proxy = new RunningProxy(options);
  await proxy.listen(options.listen ?? { host: 'localhost', port: 0 });
  return proxy;
}

class RunningProxy implements FaultProxy {
  port = 0;
  readonly #options: ProxyOptions;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #faults: readonly Fault[];
  readonly #beganMs: number;
  readonly #connections = new Set<Connection>();
  readonly #shared = new Map<string, Effect | undefined>();
  readonly #random: RandomFaults | undefined;
  readonly #totals = { up: { bytes: 0, messages: 0 }, down: { bytes: 0, messages: 0 } };
  /** Faults that time or chance has begun and that refuse connections until then. */
  #refusedUntilMs = 0;
  #servers: readonly net.Server[] = [];
  #accepted = 0;
  #applied = 0;
  #isRefusing = false;
  #isHolding = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#seed = options.seed ?? 0;
    this.#faults = (options.faults ?? []).map((text) => parseFault(text));
    this.#beganMs = this.#clock.now();
    const { random } = options;
    if (random?.per === 'proxy') {
      this.#random = this.#drawFaults('proxy', random, (fault, label) => this.#begin(fault, label));
    }
  }

  async listen(address: HostPort): Promise<void> {
    const accept = (client: net.Socket): void => this.#accept(client);
    const create = (): net.Server => net.createServer({ noDelay: true, allowHalfOpen: true }, accept);
    const { port, servers } = await listenOn(address, create);
    this.port = port;
    this.#servers = servers;
    this.#log('listening', { detail: `${address.host}:${port}` });
    this.#random?.start();
  }

  get connections(): number {
    return this.#connections.size;
  }

  get totals(): ProxyTotals {
    const sum = (direction: 'up' | 'down'): Passed =>
      [...this.#connections].reduce((all, one) => plus(all, one.passed(direction)), this.#totals[direction]);
    return { up: sum('up'), down: sum('down') };
  }

  cut(kind: CutKind): void {
    this.#log('cut', { what: kind });
    for (const connection of this.#connections) connection.cut(kind);
  }

  refuse(on: boolean): void {
    if (on === this.#isRefusing) return;
    this.#isRefusing = on;
    this.#log(on ? 'refusing' : 'healed', {});
  }

  hold(on: boolean): void {
    if (on === this.#isHolding) return;
    this.#isHolding = on;
    this.#log(on ? 'held' : 'healed', {});
    for (const connection of this.#connections) connection.hold(on);
  }

  apply(fault: string): void {
    this.#begin(parseFault(fault), `apply ${this.#applied++}`);
  }

  async close(): Promise<void> {
    this.#random?.stop();
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(closed);
    // The last sockets tell that they are closed.
    await setImmediate();
    this.#log('stopped', this.totals);
  }

  #log(event: ProxyEventKind, facts: Partial<ProxyEvent>): void {
    this.#options.log?.({ ms: Math.round(this.#clock.now() - this.#beganMs), event, ...facts });
  }

  #accept(client: net.Socket): void {
    const id = ++this.#accepted;
    const fault = this.#refusal(id);
    if (this.#isRefusing || fault !== undefined) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      this.#log('refused', { connection: id, ...(fault === undefined ? {} : { fault }) });
      return;
    }
    this.#log('accepted', { connection: id, detail: `from ${client.remoteAddress}:${client.remotePort}` });
    const { to, bufferBytes = DEFAULT_BUFFER_BYTES } = this.#options;
    const { random } = this.#options;
    const own = random?.per === 'connection' ? random : undefined;
    const connection: Connection = new Connection({
      id,
      client,
      to,
      clock: this.#clock,
      bufferBytes,
      log: (event, facts) => this.#log(event, facts),
      gone: () => {
        chance?.stop();
        this.#connections.delete(connection);
        for (const direction of ['up', 'down'] as const) {
          this.#totals[direction] = plus(this.#totals[direction], connection.passed(direction));
        }
      },
    });
    const chance = own && this.#drawFaults(`connection ${id}`, own, (one, label) => this.#hurt(connection, one, label));
    this.#connections.add(connection);
    if (this.#isHolding) connection.hold(true);
    for (const [k, one] of this.#faults.entries()) this.#addScheduled(connection, one, `fault ${k}`);
    connection.begin();
    chance?.start();
  }

  /** @returns the fault that refuses connection `id` now */
  #refusal(id: number): string | undefined {
    const elapsedMs = this.#clock.now() - this.#beganMs;
    if (this.#clock.now() < this.#refusedUntilMs) return 'refuse';
    return this.#faults.find((fault, k) => {
      if (fault.kind.begin !== undefined) return false;
      if (drawsOf(this.#seed, `fault ${k} hits ${id}`)() >= fault.chance) return false;
      return phaseAt(this.#window(fault, `fault ${k}`), elapsedMs).isOn;
    })?.text;
  }

  /** The windows of a fault that counts from the beginning of the proxy: the same for all connections. */
  #window(fault: Fault, label: string): { atMs: number; forMs: number | undefined; everyMs: number | undefined } {
    const draw = drawsOf(this.#seed, `${label} window`);
    const atMs = within(fault.at, draw);
    return { atMs, forMs: fault.for && within(fault.for, draw), everyMs: fault.everyMs };
  }

  #addScheduled(connection: Connection, fault: Fault, label: string): void {
    if (drawsOf(this.#seed, `${label} hits ${connection.id}`)() >= fault.chance) return;
    const isCommon = fault.per === 'proxy';
    const whose = isCommon ? label : `${label} connection ${connection.id}`;
    this.#addRules(connection, fault, whose, isCommon ? this.#beganMs : connection.bornMs);
  }

  /** A fault that begins now on a connection. */
  #hurt(connection: Connection, fault: Fault, label: string): void {
    if (fault.kind.begin === undefined) this.#refuseFor(fault, label);
    else this.#addRules(connection, fault, `${label} connection ${connection.id}`, this.#clock.now());
  }

  /** A fault that begins now on all connections. */
  #begin(fault: Fault, label: string): void {
    if (fault.kind.begin === undefined) this.#refuseFor(fault, label);
    else for (const connection of this.#connections) this.#hurt(connection, fault, label);
  }

  #refuseFor(fault: Fault, label: string): void {
    const forMs = this.#window(fault, label).forMs ?? Number.POSITIVE_INFINITY;
    this.#refusedUntilMs = Math.max(this.#refusedUntilMs, this.#clock.now() + forMs);
    this.#log('fault-on', { fault: fault.text });
  }

  #addRules(connection: Connection, fault: Fault, label: string, originMs: number): void {
    if (fault.kind.begin === undefined) return;
    const window = this.#window(fault, label);
    for (const direction of fault.directions) {
      const draw = drawsOf(this.#seed, `${label} ${direction}`);
      const changed = (isOn: boolean): void =>
        this.#log(isOn ? 'fault-on' : 'fault-off', { connection: connection.id, direction, fault: fault.text });
      const shared =
        fault.per === 'proxy' && fault.kind.isShared === true ? this.#sharedEffect(fault, label, direction) : undefined;
      connection.add(
        new Rule({ fault, direction, bornMs: connection.bornMs, originMs, ...window, draw, shared, changed }),
      );
    }
  }

  #sharedEffect(fault: Fault, label: string, direction: string): Effect | undefined {
    const key = `${label} ${direction}`;
    if (!this.#shared.has(key)) {
      this.#shared.set(key, beginEffect(fault, { nowMs: this.#clock.now(), draw: drawsOf(this.#seed, key) }));
    }
    return this.#shared.get(key);
  }

  #drawFaults(label: string, random: RandomOptions, begin: (fault: Fault, label: string) => void): RandomFaults {
    return new RandomFaults({ ...random, clock: this.#clock, seed: this.#seed, label, begin });
  }
}

function plus(a: Passed, b: Passed): Passed {
  return { bytes: a.bytes + b.bytes, messages: a.messages + b.messages };
}
