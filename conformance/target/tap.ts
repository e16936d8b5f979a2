/** The client's end of a TCP connection with a valve: it closes after a number of received bytes, or goes dead in both directions. */

import type net from 'node:net';
import { Duplex } from 'node:stream';

export class Tap extends Duplex {
  readonly #socket: net.Socket;
  /** Received bytes that still pass; all when undefined. */
  #left: number | undefined;
  #shut: (() => void) | undefined;
  readonly #held: Buffer[] = [];
  #dead = false;

  constructor(socket: net.Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** Let so many more bytes in and hold what follows. Resolves when they are in. */
  shutAfter(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#left = bytes;
      this.#shut = resolve;
      if (bytes === 0) resolve();
    });
  }

  /** Let in what was held, and all that follows. */
  reopen(): void {
    this.#left = undefined;
    for (const chunk of this.#held.splice(0)) this.#receive(chunk);
  }

  /** From now on nothing passes, while the connection stays up: no byte, no acknowledgement of a PING, no end. */
  goDead(): void {
    this.#dead = true;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#dead) callback();
    else this.#socket.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (!this.#dead) this.#socket.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }

  #receive(chunk: Buffer): void {
    // What comes into a dead link is taken from the kernel, so that the other side's TCP notices nothing.
    if (this.#dead) return;
    const passing = this.#left === undefined ? chunk : chunk.subarray(0, this.#left);
    if (passing.length < chunk.length) this.#held.push(chunk.subarray(passing.length));
    if (this.#left !== undefined) this.#left -= passing.length;
    if (passing.length > 0 && !this.push(passing)) this.#socket.pause();
    if (this.#left === 0) this.#shut?.();
  }
}
