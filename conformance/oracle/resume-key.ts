/**
 * The resume key as RSQ-KEY-1 of spec/core.md writes it.
 */
import { sha256 } from './checksum.ts';

const LABEL = 'reseq/1 resume-key';

/** What is hashed: label, one zero byte, client id in network order, seed in big-endian order. */
export function resumeKeyMessage(clientId: string, seed: bigint): Uint8Array {
  const id = Buffer.from(clientId.toLowerCase().split('-').join(''), 'hex');
  const seedBytes = Buffer.from(seed.toString(16).padStart(16, '0'), 'hex');
  return Buffer.concat([Buffer.from(LABEL, 'ascii'), Buffer.of(0), id, seedBytes]);
}

/** The first 16 bytes of SHA-256 over it. */
export function expectedResumeKey(clientId: string, seed: bigint): Uint8Array {
  return sha256(resumeKeyMessage(clientId, seed)).slice(0, 16);
}
