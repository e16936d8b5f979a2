/**
 * One connection through the proxy: two sockets, and a lane in each direction between them.
 */
import net from 'node:net';
import type { Clock } from '../protocol/clock.ts';
import type { ProxyEvent, ProxyEventKind } from './events.ts';
import type { Direction, Strike } from './fault.ts';
import { type End, Lane } from './lane.ts';
import type { Rule } from './rule.ts';

/** What a cut does: RST both ways, FIN both ways, or it is dead from now on while both ends stay up and hear nothing. */
export type CutKind = 'rst' | 'fin' | 'blackhole';
type Side = 'client' | 'server';

export interface ConnectionOptions {
  readonly id: number;
  readonly client: net.Socket;
  readonly to: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly bufferBytes: number;
  readonly log: (event: ProxyEventKind, facts: Partial<ProxyEvent>) => void;
  /** Both sockets are closed. */
  readonly gone: () => void;
}

export class Connection {
  readonly id: number;
  readonly bornMs: number;
  readonly #options: ConnectionOptions;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  readonly #open = new Set<Side>(['client']);
  #server: net.Socket | undefined;
  #isDead = false;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.#options = options;
    this.bornMs = options.clock.now();
    this.#lanes = { up: this.#lane('up'), down: this.#lane('down') };
    this.#listen('client', options.client);
  }

  /** Dials the server, unless nothing would get there: then with the first bytes that may pass. */
  begin(): void {
    if (!this.#lanes.up.isShut && !this.#isDead) this.#dial();
  }

  add(rule: Rule): void {
    this.#lanes[rule.direction].add(rule);
  }

  /** What has passed in a direction. */
  passed(direction: Direction): Lane['passed'] {
    return this.#lanes[direction].passed;
  }

  /** A black hole by hand, that can be undone. */
  hold(isHeld: boolean): void {
    if (this.#isDead) return;
    this.#lanes.up.isHeld = isHeld;
    this.#lanes.down.isHeld = isHeld;
    if (!isHeld && this.#server === undefined) this.begin();
  }

  cut(kind: CutKind): void {
    this.#stop();
    const sockets = [this.#options.client, this.#server];
    if (kind === 'rst') for (const socket of sockets) socket?.resetAndDestroy();
    if (kind === 'fin') for (const socket of sockets) socket?.end();
  }

  destroy(): void {
    this.#stop();
    this.#options.client.destroy();
    this.#server?.destroy();
  }

  #stop(): void {
    this.#isDead = true;
    this.#lanes.up.stop();
    this.#lanes.down.stop();
  }

  #lane(direction: Direction): Lane {
    const { clock, bufferBytes } = this.#options;
    const source = (): net.Socket | undefined => (direction === 'up' ? this.#options.client : this.#server);
    const sink = (): net.Socket | undefined => (direction === 'up' ? this.#dial() : this.#options.client);
    return new Lane({
      direction,
      clock,
      bufferBytes,
      write: (bytes) => sink()?.write(bytes) ?? true,
      end: (end) => finish(direction === 'up' ? this.#server : this.#options.client, end),
      flow: (isOpen) => (isOpen ? source()?.resume() : source()?.pause()),
      strike: (strike, rule) => this.#strike(strike, rule),
    });
  }

  #strike({ what }: Strike, { fault, direction }: Rule): void {
    const isOneSided = what === 'reset' && fault.directions.length === 1;
    const kind = what === 'reset' ? 'rst' : 'fin';
    this.#options.log('cut', { connection: this.id, direction, fault: fault.text, what: kind });
    if (!isOneSided) {
      this.cut(kind);
      return;
    }
    // The other end is left half-open: up, and nothing answers.
    this.cut('blackhole');
    finish(direction === 'up' ? this.#server : this.#options.client, 'rst');
  }

  #dial(): net.Socket {
    if (this.#server !== undefined) return this.#server;
    const server = net.connect({ ...this.#options.to, noDelay: true, allowHalfOpen: true });
    this.#server = server;
    this.#open.add('server');
    let isConnected = false;
    server.once('connect', () => {
      isConnected = true;
    });
    server.once('error', (error) => {
      if (!isConnected) this.#options.log('unreachable', { connection: this.id, detail: error.message });
    });
    this.#listen('server', server);
    return server;
  }

  #listen(side: Side, socket: net.Socket): void {
    const [onward, back] = side === 'client' ? [this.#lanes.up, this.#lanes.down] : [this.#lanes.down, this.#lanes.up];
    const ended = (end: End): void => {
      // Of a client that has left before it got through, the server never hears.
      if (this.#server === undefined) onward.stop();
      // The other end of a dead connection is told nothing; this one is done.
      if (this.#isDead || this.#server === undefined) socket.destroy();
      onward.pushEnd(end);
    };
    socket.on('data', (bytes: Buffer) => onward.push(bytes));
    socket.on('drain', () => back.drained());
    socket.on('end', () => ended('fin'));
    socket.on('error', () => ended('rst'));
    socket.on('close', () => {
      ended('fin');
      back.stop();
      this.#open.delete(side);
      this.#options.log(`${side}-closed`, { connection: this.id });
      if (this.#open.size > 0) return;
      this.#stop();
      this.#options.log('closed', { connection: this.id, up: this.#lanes.up.passed, down: this.#lanes.down.passed });
      this.#options.gone();
    });
  }
}

function finish(socket: net.Socket | undefined, end: End): void {
  if (end === 'rst') socket?.resetAndDestroy();
  else socket?.end();
}
