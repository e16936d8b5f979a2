/**
 * What the processes of `--workers` say to each other.
 */
import type { Address } from '../bindings/binding.ts';

/** To a worker. */
export type Order =
  /** Comes with a connection to serve. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'metrics'; readonly id: number }
  /** Let go of all clients, then exit. */
  | { readonly kind: 'drain' };

/** From a worker. */
export type Report =
  /** Connections may come. */
  | { readonly kind: 'ready' }
  /** A connection has come. */
  | { readonly kind: 'took' }
  /** No further connections, please. */
  | { readonly kind: 'leaving' }
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: readonly object[] };

/** Environment of a worker: where its primary listens, as JSON. */
export const ADDRESS_VARIABLE = 'RESEQ_WORKER_ADDRESS';

export function encodeAddress(address: Address): string {
  return JSON.stringify(address);
}

export function decodeAddress(text: string | undefined): Address {
  if (text === undefined) throw new Error(`${ADDRESS_VARIABLE}: expected the address of the primary, got nothing`);
  return JSON.parse(text) as Address;
}
