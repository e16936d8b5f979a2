/**
 * Receives one stateful sequence over as many connections as it takes, as simply as can be: for tests that kill what is on
 * the way. Its back-off is short and its judgement strict.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Caller, type Stream } from './caller.ts';

const LIMIT_MS = 30_000;
/** A connection without a message for this long is given up: longer than a server waits for its store before it ends one. */
const SILENCE_MS = 2_500;
const PAUSE_MS = 100;
/** Codes of the registry from 200 on are worth another try; so is an end without a code. */
const RETRYABLE_CODE = 200;

export interface Received {
  readonly indexes: readonly number[];
  /** SHA-256 over the numbers as received, in hexadecimal. */
  readonly checksum: string;
  /** What FINAL said. */
  readonly expectedChecksum: string;
  readonly reconnects: number;
}

/**
 * @param addresses of servers that share their sessions, taken in turn
 * @throws Error for a refusal that is not retryable, and when it takes longer than 30 s
 */
export async function receive(addresses: string | readonly string[], clientId: string, n: number): Promise<Received> {
  const servers = [addresses].flat();
  const indexes: number[] = [];
  const hash = createHash('sha256');
  const deadlineMs = performance.now() + LIMIT_MS;
  let resumeKey: Uint8Array | undefined;
  for (let attempt = 1; ; attempt++) {
    const caller = new Caller(servers[(attempt - 1) % servers.length] ?? '');
    const stream = caller.open(
      resumeKey === undefined
        ? { statefulStart: { clientId, n, attempt } }
        : { statefulResume: { clientId, nextIndex: indexes.length, resumeKey, attempt } },
    );
    await untilSilent(stream);
    caller.close();
    const { code } = await stream.ended;
    resumeKey ??= stream.messages.length === 0 ? undefined : stream.resumeKey;
    for (const { item, final } of stream.messages.slice(1)) {
      const { index = 0, number = 0 } = item ?? final ?? {};
      indexes.push(index);
      hash.update(bigEndian(number));
      if (!final) continue;
      const expectedChecksum = Buffer.from(final.checksum ?? []).toString('hex');
      return { indexes, checksum: hash.digest('hex'), expectedChecksum, reconnects: attempt - 1 };
    }
    if (code !== undefined && Number(code) < RETRYABLE_CODE) {
      throw new Error(`${clientId}: refused with ${code} after ${indexes.length} of ${n} items`);
    }
    if (performance.now() > deadlineMs) throw new Error(`${clientId}: ${indexes.length} of ${n} items after 30 s`);
    await sleep(PAUSE_MS);
  }
}

async function untilSilent(stream: Stream): Promise<void> {
  let hasEnded = false;
  const ended = stream.ended.then(() => {
    hasEnded = true;
  });
  for (let before = -1; !hasEnded && stream.messages.length > before; ) {
    before = stream.messages.length;
    await Promise.race([ended, sleep(SILENCE_MS, undefined, { ref: false })]);
  }
  stream.cancel();
}

function bigEndian(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
