/**
 * The TCP connections of a server: limited in number, in all and for each address, closed when they never make a call, and
 * cut together. Spec: core.md section 12.1.
 */
import type { Socket } from 'node:net';
import type { SocketStats } from '../stats.ts';
import { addressKey, peerName } from './peer-address.ts';

export interface SocketLimits {
  /** Connections at one time. */
  readonly max: number;
  /** Connections at one time of one address, 0 = no limit. */
  readonly maxPerAddress: number;
  /** Whether the limit per address binds the machine itself. */
  readonly countsLoopback: boolean;
  /** A connection that has made no call by then is closed, milliseconds. */
  readonly handshakeMs: number;
}

export class Sockets {
  readonly #limits: SocketLimits;
  readonly #stats: SocketStats;
  readonly #open = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  /** Connections without a call, by the name of the peer. */
  readonly #silent = new Map<string, NodeJS.Timeout>();

  constructor(limits: SocketLimits, stats: SocketStats) {
    this.#limits = limits;
    this.#stats = stats;
  }

  /** Closes a connection that is one too many. @returns whether the connection may be served */
  admit(socket: Socket): boolean {
    // Whoever takes the socket over has listeners of its own; this one covers the time until then.
    socket.on('error', () => undefined);
    const { max, maxPerAddress, countsLoopback } = this.#limits;
    const key = maxPerAddress === 0 ? undefined : addressKey(socket.remoteAddress, countsLoopback);
    const isFull = this.#open.size >= max;
    if (isFull || (key !== undefined && (this.#perAddress.get(key) ?? 0) >= maxPerAddress)) {
      this.#stats.refused[isFull ? 'connections' : 'address']++;
      socket.destroy();
      return false;
    }
    this.#keep(socket, key);
    return true;
  }

  /** A call has come on the connection with this name, see `peerName`. */
  spoke(peer: string): void {
    const timer = this.#silent.get(peer);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#silent.delete(peer);
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #keep(socket: Socket, key: string | undefined): void {
    const peer = peerName(socket.remoteAddress, socket.remotePort);
    const giveUp = (): void => {
      this.#stats.refused.silent++;
      socket.destroy();
    };
    this.#silent.set(peer, setTimeout(giveUp, this.#limits.handshakeMs));
    this.#open.add(socket);
    this.#stats.open++;
    this.#add(key, 1);
    socket.once('close', () => {
      this.spoke(peer);
      this.#open.delete(socket);
      this.#stats.open--;
      this.#add(key, -1);
    });
  }

  #add(key: string | undefined, change: 1 | -1): void {
    if (key === undefined) return;
    const count = (this.#perAddress.get(key) ?? 0) + change;
    if (count === 0) this.#perAddress.delete(key);
    else this.#perAddress.set(key, count);
  }
}
