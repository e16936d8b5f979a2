/**
 * What the peers without sessions send: an ITEM, whose number is its index.
 */
import { prefixedNumberItem } from '../../reference-server/bindings/grpc-items.ts';

/** A flood begins this long after its stream, so that all streams can be opened. */
export const FLOOD_AFTER_MS = 1_000;

/** A gRPC message with its prefix. */
export function gRpcItem(index: number): Buffer {
  return prefixedNumberItem(index & 0xffff, index);
}
