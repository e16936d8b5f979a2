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

interface Admitted {
  /** Under which it counts, undefined: not at all. */
  readonly key: string | undefined;
  /** Until its first call: the name of the peer, and the timer that closes it. */
  silence: { readonly peer: string; readonly timer: NodeJS.Timeout } | undefined;
}

/** Whoever takes a socket over has listeners of its own; this one covers the time until then. */
function ignore(): void {}

export class Sockets {
  readonly #limits: SocketLimits;
  readonly #stats: SocketStats;
  readonly #open = new Map<Socket, Admitted>();
  readonly #perAddress = new Map<string, number>();
  /** Connections without a call, by the name of the peer. */
  readonly #silent = new Map<string, Admitted>();
  /** One listener for all sockets: thousands of functions would be memory. */
  readonly #closed: (this: Socket) => void;

  constructor(limits: SocketLimits, stats: SocketStats) {
    this.#limits = limits;
    this.#stats = stats;
    const forget = (socket: Socket): void => this.#forget(socket);
    this.#closed = function () {
      forget(this);
    };
  }

  /** Closes a connection that is one too many. @returns whether the connection may be served */
  admit(socket: Socket): boolean {
    socket.on('error', ignore);
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
    const admitted = this.#silent.get(peer);
    if (admitted !== undefined) this.#endSilence(admitted);
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #keep(socket: Socket, key: string | undefined): void {
    const peer = peerName(socket.remoteAddress, socket.remotePort);
    const giveUp = (): void => {
      this.#stats.refused.silent++;
      socket.destroy();
    };
    const admitted = { key, silence: { peer, timer: setTimeout(giveUp, this.#limits.handshakeMs) } };
    this.#silent.set(peer, admitted);
    this.#open.set(socket, admitted);
    this.#stats.open++;
    this.#add(key, 1);
    socket.on('close', this.#closed);
  }

  #endSilence(admitted: Admitted): void {
    if (admitted.silence === undefined) return;
    clearTimeout(admitted.silence.timer);
    this.#silent.delete(admitted.silence.peer);
    admitted.silence = undefined;
  }

  #forget(socket: Socket): void {
    const admitted = this.#open.get(socket);
    if (admitted === undefined) return;
    this.#endSilence(admitted);
    this.#open.delete(socket);
    this.#stats.open--;
    this.#add(admitted.key, -1);
  }

  #add(key: string | undefined, change: 1 | -1): void {
    if (key === undefined) return;
    const count = (this.#perAddress.get(key) ?? 0) + change;
    if (count === 0) this.#perAddress.delete(key);
    else this.#perAddress.set(key, count);
  }
}
