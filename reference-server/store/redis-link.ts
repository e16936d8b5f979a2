/**
 * A connection to one Redis server or to a cluster that notices dead links, comes back by itself and never queues what it
 * cannot send. Only this file knows the client library.
 */
import { createClient, createCluster } from '@redis/client';
import { SCRIPTS } from './redis-scripts.ts';
import { type Soundable, watchConnections } from './redis-watch.ts';

/** The commands of this project, on one Redis server or on a cluster. Each rejects when it cannot be carried out. */
export interface RedisCommands {
  sessionStart(key: string, ...words: string[]): Promise<unknown>;
  sessionLookup(key: string): Promise<unknown>;
  sessionAttach(key: string, ...words: string[]): Promise<unknown>;
  sessionRenew(key: string, ...words: string[]): Promise<unknown>;
  sessionFinish(key: string, ...words: string[]): Promise<unknown>;
}

export interface RedisLink {
  readonly commands: RedisCommands;
  /** Begins to connect and keeps at it until `close`. */
  open(): void;
  close(): void;
}

export interface RedisLinkOptions {
  /** One server, or some nodes of a cluster: the others are found through them. */
  readonly nodes: readonly RedisNode[];
  readonly isCluster: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: number | undefined;
  /** TLS when given, with these certificate authorities (PEM) in place of the system's where set. */
  readonly tls?: { readonly ca?: Buffer | undefined } | undefined;
  /** Comes before each key. */
  readonly keyPrefix: string;
  /** Hears of every loss of a connection and every failure to make one. */
  readonly onTrouble: (error: unknown) => void;
  /** Hears of every connection that is ready. */
  readonly onReady?: (() => void) | undefined;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const CONNECT_TIMEOUT_MS = 1_000;
/** For connections that do not come about; those that were there once are watched. */
const SILENCE_MS = 2_500;
const RECONNECT_BASE_MS = 50;
const RECONNECT_CAP_MS = 1_000;
/** Commands that wait for an answer; beyond it they fail at once. */
const MAX_WAITING = 50_000;

export function createRedisLink(options: RedisLinkOptions): RedisLink {
  return options.isCluster ? clusterLink(options) : serverLink(options);
}

function serverLink(options: RedisLinkOptions): RedisLink {
  const [node] = options.nodes;
  const client = createClient({
    ...clientOptions(options),
    socket: { ...socketOptions(options), host: node?.host ?? 'localhost', port: node?.port ?? 6379 },
    scripts: SCRIPTS,
    keyPrefix: options.keyPrefix,
    ...(options.database === undefined ? {} : { database: options.database }),
  });
  client.on('error', options.onTrouble);
  if (options.onReady !== undefined) client.on('ready', options.onReady);
  let endWatch = (): void => undefined;
  return {
    commands: client,
    open: () => {
      client.connect().catch(options.onTrouble);
      endWatch = watchConnections(() => [client], options.onTrouble);
    },
    close: () => {
      endWatch();
      client.destroy();
    },
  };
}

/** The library gives up when no node answers its first call, so this tries again. */
function clusterLink(options: RedisLinkOptions): RedisLink {
  const cluster = createCluster({
    rootNodes: options.nodes.map(({ host, port }) => ({
      ...clientOptions(options),
      socket: { ...socketOptions(options), host, port },
    })),
    defaults: { ...clientOptions(options), socket: socketOptions(options) },
    scripts: SCRIPTS,
    keyPrefix: options.keyPrefix,
  });
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let endWatch = (): void => undefined;
  const nodes = (): Soundable[] => [...cluster.nodeByAddress.values()].flatMap(({ client }) => client ?? []);
  const connect = (): void => {
    cluster.connect().catch((error: unknown) => {
      options.onTrouble(error);
      if (!isClosed) retry = setTimeout(connect, RECONNECT_CAP_MS);
    });
  };
  cluster.on('error', options.onTrouble);
  cluster.on('node-error', options.onTrouble);
  if (options.onReady !== undefined) cluster.on('node-ready', options.onReady);
  return {
    commands: cluster,
    open: () => {
      connect();
      endWatch = watchConnections(nodes, options.onTrouble);
    },
    close: () => {
      isClosed = true;
      endWatch();
      clearTimeout(retry);
      cluster.destroy();
    },
  };
}

function clientOptions({ username, password }: RedisLinkOptions) {
  return {
    RESP: 3 as const,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function socketOptions({ tls }: RedisLinkOptions) {
  const common = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    noDelay: true,
    reconnectStrategy: (retries: number) => Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** Math.min(retries, 10)),
  };
  if (tls === undefined) return common;
  return { ...common, tls: true as const, ...(tls.ca === undefined ? {} : { ca: tls.ca }) };
}
