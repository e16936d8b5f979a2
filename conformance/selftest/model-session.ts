/** A stateful session as the model server keeps it. */

import { createHash, randomBytes } from 'node:crypto';
import { expectedResumeKey } from '../oracle/resume-key.ts';
import type { Sequence } from '../peer/player.ts';
import type { Call } from '../peer/transport.ts';
import type { ServerBug } from './bugs/server.ts';

export interface Session {
  readonly n: number;
  seed: bigint;
  readonly resumeKey: Uint8Array;
  attempt: number;
  readonly startedAtMs: number;
  live: Call | undefined;
  /** Index of the last item of the live stream. */
  sent: number;
  expiry: NodeJS.Timeout | undefined;
  /** The stream asked for confirm-final. */
  confirm: boolean;
  /** Computed once: the longest sequence takes a while. */
  numbers: { readonly seed: bigint; readonly sequence: Sequence } | undefined;
  /** For the mistake of attaching in two steps: what was read and is still believed. */
  readAttempt: number | undefined;
}

export function newSession(id: string, n: number, drawn: bigint, bug: ServerBug | undefined): Session {
  const seed = bug === 'seed-for-all' ? 42n : drawn;
  return {
    n,
    seed,
    resumeKey: bug === 'key-is-random' ? randomBytes(16) : expectedResumeKey(id, seed),
    attempt: 0,
    startedAtMs: performance.now(),
    live: undefined,
    sent: 0,
    expiry: undefined,
    confirm: false,
    numbers: undefined,
    readAttempt: undefined,
  };
}

/**
 * The seed of the so manieth session of a model server. The same in each server, so that the suite has to find each of them out
 * only once in a self-test.
 */
export function seedAt(index: number): bigint {
  return createHash('sha256').update(`session ${index}`).digest().readBigUInt64BE();
}
