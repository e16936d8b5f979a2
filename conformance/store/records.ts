/**
 * The suite's own access to the session records in a shared store: it looks, and it writes records of its own client ids. Only
 * this file knows the client library. Spec: stores/redis.md section 1.
 */

import { createClient } from '@redis/client';

/** What is stored for one client id. */
export interface StoredRecord {
  /** Undefined when there is no record. */
  readonly fields?: { readonly [name: string]: string };
  /** Milliseconds; -1 without a deadline, -2 without a record. */
  readonly ttlMs: number;
}

export interface RecordStore {
  read(clientId: string): Promise<StoredRecord>;
  /** All keys in which the client id occurs. */
  keysOf(clientId: string): Promise<string[]>;
  /** Replaces the record. */
  write(clientId: string, fields: Readonly<Record<string, string>>, ttlMs: number): Promise<void>;
  /** Adds fields, leaves the deadline. */
  add(clientId: string, fields: Readonly<Record<string, string>>): Promise<void>;
  remove(clientId: string): Promise<void>;
  /** For a Redis of the suite's own: whether it refuses writes for want of memory. */
  setFull(full: boolean): Promise<void>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MS = 100;

/** The URL without user and password, to be printed. */
export function withoutSecret(url: string): string {
  return url.replace(/\/\/.*@/, '//');
}

/** The key of a session as the specification has it. */
export function recordKey(clientId: string): string {
  return `reseq:1:{${clientId.toLowerCase()}}`;
}

/**
 * @param url `redis://[user:password@]host:port[/database]` or `rediss://...`
 * @throws {Error} when no Redis answers there
 */
export async function openRecords(url: string): Promise<RecordStore> {
  let connected = false;
  const client = createClient({
    url,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      // A store that is not there at the beginning is a mistake of the caller; later it is an outage.
      reconnectStrategy: () => (connected ? RECONNECT_MS : false),
    },
  });
  // Each command that fails says so itself.
  client.on('error', () => undefined);
  await client.connect();
  connected = true;
  return {
    read: async (clientId) => {
      const key = recordKey(clientId);
      const [fields, ttlMs] = await Promise.all([client.hGetAll(key), client.pTTL(key)]);
      return Object.keys(fields).length === 0 || ttlMs === -2 ? { ttlMs: -2 } : { fields: { ...fields }, ttlMs };
    },
    // Also without hyphens, braces or the layout's own beginning.
    keysOf: (clientId) => client.keys(`*${clientId.slice(0, 8)}*${clientId.slice(-12)}*`),
    write: async (clientId, fields, ttlMs) => {
      const key = recordKey(clientId);
      await client.multi().del(key).hSet(key, fields).pExpire(key, ttlMs).exec();
    },
    add: async (clientId, fields) => void (await client.hSet(recordKey(clientId), fields)),
    remove: async (clientId) => void (await client.del(recordKey(clientId))),
    setFull: async (full) => void (await client.configSet('maxmemory', full ? '1' : '0')),
    close: () => client.destroy(),
  };
}
