/**
 * Listening sockets in front of a binding: `localhost` means both loopback addresses on one port, and the queue of waiting
 * connections is long enough for a reconnect storm. Nothing has been read from a connection when it is handed over.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { type Log, SILENT } from '../log.ts';
import type { Address, Intake } from './binding.ts';

/** Connections that wait to be accepted: 511 by default, which resets peers when thousands come back at once. */
const BACKLOG = 4_096;
/** With port 0 the port that IPv4 was given may be taken on IPv6. */
const PORT_TRIES = 10;
const IPV6_ABSENT: ReadonlySet<unknown> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

export interface ListenerOptions {
  /** `localhost`, or one name or address. */
  readonly host: string;
  /** 0 = any. */
  readonly port: number;
}

export class Listener implements Intake {
  readonly #options: ListenerOptions;
  readonly #servers: Server[] = [];
  #accept: (socket: Socket) => void = (socket) => socket.destroy();
  #log: Log = SILENT;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Rejects with the error of the socket when the address cannot be had. */
  async listen(accept: (socket: Socket) => void, log: Log): Promise<Address> {
    this.#accept = accept;
    this.#log = log;
    const { host } = this.#options;
    const port = host === 'localhost' ? await this.#listenOnLoopback() : await this.#bind(host, this.#options.port);
    return { host, port };
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    this.#servers.length = 0;
  }

  async #listenOnLoopback(): Promise<number> {
    for (let tries = 1; ; tries++) {
      const port = await this.#bind('127.0.0.1', this.#options.port);
      try {
        await this.#bind('::1', port);
        return port;
      } catch (error) {
        const code = errorCode(error);
        if (IPV6_ABSENT.has(code)) {
          this.#log.warn({ code }, 'no IPv6 here: listening on 127.0.0.1 only');
          return port;
        }
        this.stop();
        if (code !== 'EADDRINUSE' || this.#options.port !== 0 || tries === PORT_TRIES) throw error;
      }
    }
  }

  #bind(host: string, port: number): Promise<number> {
    const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#log.error({ err: error }, 'listening socket'));
        this.#servers.push(server);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
