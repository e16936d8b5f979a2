/** The far side of a connection, as a binding sees it: keeps what the server sends, and takes it at once. */
import type { ReseqError } from '../../protocol/errors.ts';
import type { Item, Open, ServerMessage } from '../../protocol/messages.ts';
import type { Inlet, Outlet } from '../connection.ts';
import type { Service } from '../service.ts';

/** One connection to a service, without a transport. */
export class Peer implements Outlet {
  readonly messages: ServerMessage[] = [];
  readonly inlet: Inlet;
  ended: { readonly error: ReseqError | undefined } | undefined;

  constructor(service: Pick<Service, 'open'>, open: Open) {
    this.inlet = service.open(open, this);
  }

  send(message: ServerMessage): void {
    this.messages.push(message);
    // As over a network: never before the send has returned.
    queueMicrotask(() => this.inlet.flushed());
  }

  end(error: ReseqError | undefined): void {
    this.ended = { error };
  }

  /** Registry name, `ok` for an end without error, undefined while open. */
  get result(): string | undefined {
    return this.ended && (this.ended.error?.registryName ?? 'ok');
  }

  get items(): readonly number[] {
    return this.messages.filter((message): message is Item => message.kind === 'item').map(({ index }) => index);
  }
}
