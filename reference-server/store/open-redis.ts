/**
 * From the word behind `--store` to a store. The client library is loaded only here, so that a server without Redis does
 * without it.
 */
import { UsageError } from '../../protocol/cli.ts';
import { type Log, SILENT } from '../log.ts';
import type { RedisStore } from './redis.ts';
import { parseStoreUrl, type RedisLocation } from './store-url.ts';

export type { RedisStore } from './redis.ts';

export interface RedisStoreOptions {
  /** Used where the URL has none: a URL is visible to every user of the machine when it is on a command line. */
  readonly password?: string | undefined;
  /** Certificate authorities (PEM) in place of the system's; for rediss:// only. */
  readonly ca?: Buffer | undefined;
  /** Is told in one line when Redis is lost, and when it is back. */
  readonly log?: Log | undefined;
}

/**
 * Sessions in Redis: `redis://host:6379`, see README.md for all forms. Resolves without waiting for Redis, which may be
 * down: operations reject until it is there. `close` ends the connection.
 * @throws UsageError for a URL that cannot be used
 */
export async function createRedisStore(url: string, options: RedisStoreOptions = {}): Promise<RedisStore> {
  const location = parseStoreUrl(url);
  if (location.kind !== 'redis') throw new UsageError('store', 'redis://…', url);
  return openRedis(location, options);
}

/** The same for a URL that has been parsed. */
export async function openRedis(location: RedisLocation, options: RedisStoreOptions): Promise<RedisStore> {
  const [{ RedisStore }, { createRedisLink }] = await Promise.all([import('./redis.ts'), import('./redis-link.ts')]);
  const { nodes, isCluster, username, password, database, keyPrefix } = location;
  const link = createRedisLink({
    nodes,
    isCluster,
    username,
    password: password ?? options.password,
    database,
    tls: location.isTls ? { ca: options.ca } : undefined,
    keyPrefix,
    ...reporter(location, options.log ?? SILENT),
  });
  return new RedisStore(link);
}

/** One line when Redis is lost, one when it is back, however many failures there are in between. */
function reporter(location: RedisLocation, log: Log): { onTrouble: (error: unknown) => void; onReady: () => void } {
  const store = location.nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  let isLost = false;
  return {
    onTrouble: (error) => {
      if (isLost) return;
      isLost = true;
      log.warn({ store, reason: reasonOf(error) }, 'no connection to Redis, trying on');
    },
    onReady: () => {
      if (isLost) log.info({ store }, 'connected to Redis again');
      isLost = false;
    },
  };
}

/** The text alone: errors of the library may carry the command that failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
