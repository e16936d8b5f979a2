/**
 * The word behind `--store`: where sessions live. Spec: stores/redis.md section 1. Grammar: README.md.
 */
import { parseHostPort, parseIntIn, UsageError } from '../../protocol/cli.ts';
import type { RedisNode } from './redis-link.ts';

export interface RedisLocation {
  readonly kind: 'redis';
  readonly nodes: readonly RedisNode[];
  readonly isCluster: boolean;
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
  readonly keyPrefix: string;
}

export type StoreLocation = { readonly kind: 'memory' } | RedisLocation;

const FORMS =
  'memory, redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=TEXT] or redis[s]+cluster://HOST:PORT,HOST:PORT';
/** A mark of special meaning inside a password has to be escaped: with the at sign in one place only, no part of it passes for a host. */
const SHAPE = /^redis(s?)(\+cluster)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^@/?#]*))?(?:\?([^@#]*))?$/;
const DEFAULT_PORT = 6_379;
/** Redis has 16 databases unless told otherwise; the number is the operator's. */
const parseDatabase = parseIntIn('store: database', 0, 65_535);

/** @throws UsageError, which never shows a password */
export function parseStoreUrl(text: string): StoreLocation {
  if (text === 'memory') return { kind: 'memory' };
  const match = SHAPE.exec(text);
  if (match === null) throw new UsageError('store', FORMS, withoutPassword(text));
  const [, tls, cluster, user, hosts = '', database = '', query = ''] = match;
  const isCluster = cluster !== undefined;
  const nodes = hosts.split(',').map(parseNode);
  if (nodes.length > 1 && !isCluster) {
    throw new UsageError('store', 'one server, or redis+cluster:// before several', withoutPassword(text));
  }
  if (database !== '' && isCluster) {
    throw new UsageError('store', 'no database behind redis+cluster://, a cluster has one', withoutPassword(text));
  }
  return {
    kind: 'redis',
    nodes,
    isCluster,
    isTls: tls === 's',
    ...parseUser(user),
    database: database === '' ? undefined : parseDatabase(database),
    keyPrefix: parsePrefix(query),
  };
}

/** `redis://blue@store:6379`: for logs. */
export function withoutPassword(text: string): string {
  return text.replace(/^([a-z+]*:?\/*).*@/s, '$1***@');
}

function parseNode(text: string): RedisNode {
  return parseHostPort(/:\d*$/.test(text.replace(/\[.*\]/, '')) ? text : `${text}:${DEFAULT_PORT}`);
}

function parseUser(text: string | undefined): Pick<RedisLocation, 'username' | 'password'> {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(':');
  const username = decode(colon === -1 ? text : text.slice(0, colon));
  const password = colon === -1 ? undefined : decode(text.slice(colon + 1));
  return { username: username === '' ? undefined : username, password };
}

function parsePrefix(query: string): string {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== 'prefix') throw new UsageError('store', 'prefix= and no other parameter', name);
  }
  return parameters.get('prefix') ?? '';
}

/** What is wrong here may be a password, so it is not shown. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError('store', 'a user and password with %XX for special characters', '***');
  }
}
