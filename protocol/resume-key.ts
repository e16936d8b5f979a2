/**
 * The resume key binds a RESUME to one incarnation of a session. It is derived from what the session
 * record holds anyway, so it costs no state. Spec: core.md, "Resume key".
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { clientIdBytes } from './client-id.ts';
import { CLIENT_ID_BYTES, RESUME_KEY_BYTES } from './limits.ts';

/** Keeps the hash apart from any other use of SHA-256 over an id and a seed. */
const LABEL = Buffer.from('reseq/1 resume-key\0', 'ascii');
const SEED_BYTES = 8;
const SEED_AT = LABEL.length + CLIENT_ID_BYTES;
/** What is hashed; written anew for each key, before anyone else can. */
const message = Buffer.concat([LABEL], SEED_AT + SEED_BYTES);

/** First 16 bytes of SHA-256(label, 00, uuid[16], seed[8 big-endian]). `clientId` in lower case, seed 0..2^64-1. */
export function resumeKeyOf(clientId: string, seed: bigint): Uint8Array {
  message.set(clientIdBytes(clientId), LABEL.length);
  message.writeBigUInt64BE(seed, SEED_AT);
  return hash('sha256', message, 'buffer').subarray(0, RESUME_KEY_BYTES);
}

/** Equality whose duration does not tell where two keys differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
