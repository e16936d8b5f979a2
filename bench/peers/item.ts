/**
 * What the peers without sessions send: an ITEM, whose number is its index.
 */
import { prefixedNumberItem } from '../../reference-server/bindings/grpc-items.ts';

/** A gRPC message with its prefix. */
export function gRpcItem(index: number): Buffer {
  return prefixedNumberItem(index & 0xffff, index);
}
