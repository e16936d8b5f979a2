/**
 * The TCP connections of a server: limited in number, and cut together.
 */
import type { Socket } from 'node:net';

export class Sockets {
  readonly #max: number;
  readonly #open = new Set<Socket>();

  /** Connections beyond `max` are closed at once. */
  constructor(max: number) {
    this.#max = max;
  }

  /** @returns whether the connection may be served */
  admit(socket: Socket): boolean {
    // Whoever takes the socket over has listeners of its own; this one covers the time until then.
    socket.on('error', () => undefined);
    if (this.#open.size >= this.#max) {
      socket.destroy();
      return false;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return true;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
