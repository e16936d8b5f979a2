/** SHA-256 for answers that are too long to be given in full. */
import { createHash } from 'node:crypto';

/** 64 lower-case hex digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
