/**
 * The connections of a worker: the primary accepts them and deals them out.
 */
import type { Socket } from 'node:net';
import type { Address, Intake } from '../bindings/binding.ts';
import type { Order, Report } from './messages.ts';

export class DealtConnections implements Intake {
  readonly #address: Address;
  readonly #report: (report: Report) => void;
  #accept: ((socket: Socket) => void) | undefined;

  /** `address`: where the primary listens. */
  constructor(address: Address, report: (report: Report) => void) {
    this.#address = address;
    this.#report = report;
  }

  async listen(accept: (socket: Socket) => void): Promise<Address> {
    this.#accept = accept;
    this.#report({ kind: 'ready' });
    return this.#address;
  }

  stop(): void {
    this.#accept = undefined;
    this.#report({ kind: 'leaving' });
  }

  /** An order has come, perhaps with a connection; it may have been closed on its way. */
  take(order: Order, socket: Socket | undefined): void {
    if (order.kind !== 'connection') return;
    this.#report({ kind: 'took' });
    if (socket === undefined) return;
    if (this.#accept === undefined) socket.destroy();
    else this.#accept(socket);
  }
}
