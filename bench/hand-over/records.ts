/**
 * Session records as they are in Redis. Spec: stores/redis.md section 1.
 */
import { command } from '../../reference-server/testing/redis-process.ts';

/** A record at one moment. */
export interface Snapshot {
  /** All fields of the hash, sorted; empty when there is no record. */
  readonly fields: Readonly<Record<string, string>>;
  /** Milliseconds that it has left to live; -2 when there is no record. */
  readonly ttlMs: number;
  /** Monotonic time of the reading, in milliseconds. */
  readonly atMs: number;
}

export async function snapshot(redisPort: number, clientId: string): Promise<Snapshot> {
  const key = keyOf(clientId);
  const fields = (await command(redisPort, ['HGETALL', key])) as Record<string, string>;
  const before = performance.now();
  const ttlMs = Number(await command(redisPort, ['PTTL', key]));
  const sorted = Object.entries({ ...fields }).sort(([a], [b]) => (a < b ? -1 : 1));
  return { fields: Object.fromEntries(sorted), ttlMs, atMs: (before + performance.now()) / 2 };
}

/** The seed from which every value of a session follows. @throws Error when there is no record */
export async function seedOf(redisPort: number, clientId: string): Promise<bigint> {
  const seed = await command(redisPort, ['HGET', keyOf(clientId), 'seed']);
  if (typeof seed !== 'string') throw new Error(`${clientId}: expected a record with a seed, got ${seed}`);
  return BigInt(`0x${seed}`);
}

function keyOf(clientId: string): string {
  return `reseq:1:{${clientId}}`;
}
