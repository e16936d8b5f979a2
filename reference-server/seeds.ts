/**
 * Where the seed of a new session comes from. Spec: core.md section 4.2 (RSQ-SFL-3, RSQ-SFL-7).
 */
import { clientIdBytes } from '../protocol/client-id.ts';
import type { Random } from '../protocol/random.ts';

const SEED_BYTES = 8;

/** 64 bits from a strong source. */
export function seedFromRandom(random: Random): bigint {
  return bigEndian(random.bytes(SEED_BYTES));
}

/** Test mode: the first 8 bytes of the client id, so that a client can know every value beforehand. */
export function seedFromClientId(clientId: string): bigint {
  return bigEndian(clientIdBytes(clientId).subarray(0, SEED_BYTES));
}

function bigEndian(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, false);
}
