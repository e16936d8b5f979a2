/**
 * What the server expects of a binding: it accepts connections and maps messages, and decides nothing else.
 */
import type { Socket } from 'node:net';
import type { Log } from '../log.ts';
import type { Service } from '../service.ts';

/** Where a server can be reached. */
export interface Address {
  /** As it was asked for, `localhost` for both loopback addresses. */
  readonly host: string;
  /** The real one, also when 0 was asked for. */
  readonly port: number;
}

export interface Binding {
  /** Begins to accept. Rejects when the address cannot be had. */
  listen(service: Service, log: Log): Promise<Address>;
  /** Tells whoever asks for the server's health that it is going away. */
  announceShutdown(): void;
  /** Accepts nothing more, lets open calls end for at most `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** Where the connections of a binding come from. */
export interface Intake {
  /** Begins to hand connections over. Rejects when the address cannot be had. */
  listen(accept: (socket: Socket) => void, log: Log): Promise<Address>;
  /** Hands nothing more over; connections stay. */
  stop(): void;
}
