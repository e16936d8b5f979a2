/**
 * Channel credentials that keep hold of the TCP connections made with them. A channel of grpc-js 1.14
 * makes more of them than a client may (RSQ-ROL-3, RSQ-BAK-2): a subchannel that has failed dials once
 * more after the channel was closed; a call that a connection did not take up is tried at once on a
 * new one; and a connection whose peer has not spoken HTTP/2 yet outlives its channel.
 */
import type { Socket } from 'node:net';
import { ChannelCredentials, type experimental } from '@grpc/grpc-js';

type CreateConnector = ChannelCredentials['_createSecureConnector'];

export class OwnedCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #sockets = new Set<Socket>();
  #left: number;

  /** @param connections how many TCP connections may come about */
  constructor(inner: ChannelCredentials, connections: number) {
    super();
    this.#inner = inner;
    this.#left = connections;
  }

  /** Ends the connections, what has been written going out first, and refuses further ones. */
  close(): void {
    this.#left = 0;
    for (const socket of this.#sockets) socket.destroySoon();
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...args: Parameters<CreateConnector>): experimental.SecureConnector {
    const inner = this.#inner._createSecureConnector(...args);
    return {
      // Asked before each TCP connection is begun.
      waitForReady: () => (this.#left > 0 ? inner.waitForReady() : Promise.reject(noMore())),
      connect: (socket) => this.#connect(inner, socket),
      getCallCredentials: () => inner.getCallCredentials(),
      destroy: () => inner.destroy(),
    };
  }

  async #connect(inner: experimental.SecureConnector, socket: Socket): Promise<experimental.SecureConnectResult> {
    if (this.#left === 0) {
      socket.destroy();
      throw noMore();
    }
    this.#left -= 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return inner.connect(socket);
  }
}

function noMore(): Error {
  return new Error('this link makes no further connection');
}
