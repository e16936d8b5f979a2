/**
 * A TCP relay that can hurt the connections that go through it: reset, end, black-hole, refuse. It knows nothing of the protocol.
 */

import net from 'node:net';

/** What a cut does: RST both ways, FIN both ways, or nothing passes any more while both ends stay up. */
export type CutKind = 'rst' | 'fin' | 'blackhole';

export interface RelayOptions {
  readonly listenHost: string;
  /** 0 = any. */
  readonly listenPort: number;
  readonly to: { readonly host: string; readonly port: number };
  /** Called on events that a person or a trace wants to know. */
  readonly log?: (event: RelayEvent) => void;
}

export interface RelayEvent {
  readonly what: 'accepted' | 'refused' | 'cut' | 'client-closed' | 'server-closed';
  /** Number of the connection, from 1; 0 = all. */
  readonly connection: number;
  readonly detail?: string;
}

export interface Relay {
  readonly port: number;
  /** Connections that are up, black-holed ones included. */
  readonly connections: number;
  /** Hurt every connection that is up. */
  cut(kind: CutKind): void;
  /** Whether new connections are reset at once. */
  refuse(on: boolean): void;
  /** End everything. */
  close(): Promise<void>;
}

class Pair {
  readonly id: number;
  readonly #client: net.Socket;
  readonly #server: net.Socket;
  #holed = false;

  constructor(id: number, client: net.Socket, server: net.Socket, gone: (side: 'client' | 'server') => void) {
    this.id = id;
    this.#client = client;
    this.#server = server;
    this.#join(client, server, () => gone('client'));
    this.#join(server, client, () => gone('server'));
  }

  cut(kind: CutKind): void {
    if (kind === 'rst') for (const socket of [this.#client, this.#server]) socket.resetAndDestroy();
    else if (kind === 'fin') for (const socket of [this.#client, this.#server]) socket.end();
    else this.#holed = true;
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #join(from: net.Socket, to: net.Socket, gone: () => void): void {
    from.on('data', (chunk) => {
      // A black hole goes on reading, so that the end of the other side is noticed, and passes nothing on.
      if (this.#holed || to.destroyed) return;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => {
      // The other end of a black hole is told nothing; this one is done.
      if (this.#holed) from.destroy();
      else to.end();
    });
    from.on('error', () => {
      if (!this.#holed && !to.destroyed) to.resetAndDestroy();
    });
    from.on('close', () => {
      if (!this.#holed && !to.destroyed) to.end();
      gone();
    });
  }
}

/** @throws when the port cannot be listened on */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const pairs = new Set<Pair>();
  const log = options.log ?? (() => undefined);
  let refusing = false;
  let accepted = 0;
  const listener = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const id = ++accepted;
    if (refusing) {
      client.resetAndDestroy();
      log({ what: 'refused', connection: id });
      return;
    }
    const server = net.connect({ ...options.to, noDelay: true, allowHalfOpen: true });
    let open = 2;
    const pair = new Pair(id, client, server, (side) => {
      log({ what: `${side}-closed`, connection: id });
      if (--open === 0) pairs.delete(pair);
    });
    pairs.add(pair);
    log({ what: 'accepted', connection: id });
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.listenPort, options.listenHost, resolve);
  });
  const address = listener.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    get connections() {
      return pairs.size;
    },
    cut: (kind) => {
      for (const pair of pairs) pair.cut(kind);
      log({ what: 'cut', connection: 0, detail: kind });
    },
    refuse: (on) => {
      refusing = on;
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const pair of pairs) pair.destroy();
      }),
  };
}
