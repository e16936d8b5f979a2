/**
 * The reference server for programs: `import { createServer } from 'reseq/server'`.
 *
 *     const server = createServer({ intervalMs: 100 });
 *     const { port } = await server.listen();
 *     ...
 *     await server.drain();
 */
import type { Clock } from '../protocol/clock.ts';
import { DEFAULT_INTERVAL_MS, DEFAULT_RETENTION_MS, MAX_DURATION_MS } from '../protocol/limits.ts';
import { EXTENSIONS, type Extension } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import { systemClock, systemRandom } from '../protocol/real.ts';
import type { Address, Binding } from './bindings/binding.ts';
import { createGrpcBinding } from './bindings/grpc.ts';
import { OWN_LEASE_PERIOD_MS, sharedLeasePeriodMs } from './lease.ts';
import { type Log, SILENT } from './log.ts';
import { Rate } from './rates.ts';
import { seedFromClientId, seedFromRandom } from './seeds.ts';
import { SequenceService } from './service.ts';
import type { Stats } from './stats.ts';
import { DEFAULT_MAX_SESSIONS, MemoryStore } from './store/memory.ts';
import type { SessionStore } from './store/store.ts';
import { runsOn } from './store-calls.ts';

export type { Address, Binding } from './bindings/binding.ts';
export { createGrpcBinding, type GrpcBindingOptions, type TlsOptions } from './bindings/grpc.ts';
export type { Log } from './log.ts';
export type { Stats } from './stats.ts';
export { MemoryStore } from './store/memory.ts';
export { createRedisStore, type RedisStore, type RedisStoreOptions } from './store/open-redis.ts';
export type * from './store/store.ts';

/** Everything has a default: `createServer()` serves both profiles on a free port of localhost. */
export interface ServerSettings {
  /** Where sessions live. Default: the memory of this process. */
  readonly store?: SessionStore | undefined;
  /** Default: the real, monotonic one. */
  readonly clock?: Clock | undefined;
  /** Default: the operating system's. Seeds of sessions come from its `bytes`. */
  readonly random?: Random | undefined;
  /** Default: gRPC on a free port of localhost, see `createGrpcBinding`. */
  readonly binding?: Binding | undefined;
  /** Milliseconds between two items, 1..2^31-1, default 1000. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds for which a disconnected session is kept, 1..2^31-1, default 30000. */
  readonly retentionMs?: number | undefined;
  /** Limit of the embedded store, default 100,000. A store of your own has its own limit. */
  readonly maxSessions?: number | undefined;
  /** Longest request in bytes that the binding accepts, for Describe; at least 4096, the default. */
  readonly maxRequestBytes?: number | undefined;
  /** OPEN and CONFIRM requests a second of one address, ten times as many at once; default 100, 0 = no limit. */
  readonly openRate?: number | undefined;
  /** Connections a second that attach to one session, five times as many at once; default 10, 0 = no limit. */
  readonly resumeRate?: number | undefined;
  /** Extensions to grant when asked for. Default: all. */
  readonly extensions?: readonly Extension[] | undefined;
  /** Test mode: the seed is the first 8 bytes of the client id. Default: false. */
  readonly seedFromClientId?: boolean | undefined;
  /** A store operation without an answer after this many milliseconds counts as failed, default 1000. */
  readonly storeDeadlineMs?: number | undefined;
  /** A connection whose client has not read for this many milliseconds is ended, default 30000. */
  readonly blockedMs?: number | undefined;
  /** Default: no log. pino's logger fits. */
  readonly log?: Log | undefined;
  /** Name and version that Describe tells. */
  readonly implementation?: string | undefined;
}

export interface ReseqServer {
  /** Begins to accept. Rejects when the address cannot be had. */
  listen(): Promise<Address>;
  /** Port of the binding; throws before `listen` has resolved. */
  readonly port: number;
  readonly stats: Stats;
  /** Sessions in the embedded store, undefined with a store of your own. */
  readonly sessions: number | undefined;
  /**
   * Ends in order: clients get UNAVAILABLE and reconnect elsewhere or later, their sessions are kept in the store.
   * Resolves when all connections are closed and the store has answered, for which it waits at most `storeDeadlineMs`.
   */
  drain(): Promise<void>;
  /** Ends at once; clients see a drop. */
  close(): Promise<void>;
}

const STORE_DEADLINE_MS = 1_000;
export const DEFAULT_BLOCKED_MS = 30_000;
/** All the connections that one address may have by default come back within seconds. */
export const DEFAULT_OPEN_RATE = 100;
const OPEN_BURST_S = 10;
/** A client that keeps to its back-off needs 8 (RSQ-BAK-2). */
export const DEFAULT_RESUME_RATE = 10;
const RESUME_BURST_S = 5;
/** What connections get to take their last message. */
const DRAIN_GRACE_MS = 500;

/** @throws RangeError when a number is out of its range */
export function createServer(settings: ServerSettings = {}): ReseqServer {
  return new Server(settings);
}

class Server implements ReseqServer {
  readonly #binding: Binding;
  readonly #service: SequenceService;
  readonly #log: Log;
  /** Set when the store belongs to this server. */
  readonly #ownStore: MemoryStore | undefined;
  #address: Address | undefined;

  constructor(settings: ServerSettings) {
    const { clock = systemClock(), random = systemRandom(), maxSessions = DEFAULT_MAX_SESSIONS } = settings;
    this.#log = settings.log ?? SILENT;
    this.#binding = settings.binding ?? createGrpcBinding();
    const store = settings.store ?? new MemoryStore(clock, maxSessions);
    this.#ownStore = store !== settings.store && store instanceof MemoryStore ? store : undefined;
    const intervalMs = inRange('intervalMs', settings.intervalMs ?? DEFAULT_INTERVAL_MS);
    const { openRate = DEFAULT_OPEN_RATE, resumeRate = DEFAULT_RESUME_RATE } = settings;
    this.#service = new SequenceService({
      storeCalls: runsOn(store),
      clock,
      maxSessions: this.#ownStore === undefined ? 0 : maxSessions,
      maxRequestBytes: settings.maxRequestBytes,
      requestRate: rateOf('openRate', openRate, OPEN_BURST_S),
      log: this.#log,
      implementation: settings.implementation ?? 'reseq reference server',
      settings: {
        intervalMs,
        leasePeriodMs: this.#ownStore === undefined ? sharedLeasePeriodMs(intervalMs) : OWN_LEASE_PERIOD_MS,
        retentionMs: inRange('retentionMs', settings.retentionMs ?? DEFAULT_RETENTION_MS),
        storeDeadlineMs: inRange('storeDeadlineMs', settings.storeDeadlineMs ?? STORE_DEADLINE_MS),
        blockedMs: inRange('blockedMs', settings.blockedMs ?? DEFAULT_BLOCKED_MS),
        extensions: settings.extensions ?? EXTENSIONS,
        seedFor: settings.seedFromClientId === true ? seedFromClientId : () => seedFromRandom(random),
        random,
        attachRate: rateOf('resumeRate', resumeRate, RESUME_BURST_S),
      },
    });
  }

  get port(): number {
    if (this.#address === undefined) throw new Error('port: the server does not listen yet');
    return this.#address.port;
  }

  get stats(): Stats {
    return this.#service.stats;
  }

  get sessions(): number | undefined {
    return this.#ownStore?.size;
  }

  async listen(): Promise<Address> {
    this.#address = await this.#binding.listen(this.#service, this.#log);
    return this.#address;
  }

  async drain(): Promise<void> {
    this.#binding.announceShutdown();
    await Promise.all([this.#service.drain(), this.#binding.close(DRAIN_GRACE_MS)]);
    this.#ownStore?.close();
  }

  async close(): Promise<void> {
    await this.#binding.close(0);
    this.#ownStore?.close();
  }
}

function rateOf(name: string, perSecond: number, burstSeconds: number): Rate | undefined {
  if (perSecond === 0) return undefined;
  return new Rate({ perSecond: inRange(name, perSecond), burst: perSecond * burstSeconds });
}

function inRange(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_DURATION_MS) return value;
  throw new RangeError(`${name}: expected 1..${MAX_DURATION_MS}, got ${value}`);
}
