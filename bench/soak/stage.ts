/**
 * The processes of a soak: Redis, two servers, a fault proxy in front of each, and the clients. With a store in memory one
 * server and one proxy.
 */
import { once } from 'node:events';
import type { ProxyEvent } from '../../proxy/proxy.ts';
import { type RedisProcess, startRedis } from '../../reference-server/testing/redis-process.ts';
import type { RunReport } from '../session-run.ts';
import { STOP } from './client.ts';
import { type Memory, Part, residentMib } from './part.ts';

export interface StageOptions {
  readonly store: 'redis' | 'memory';
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly sessions: number;
  readonly seed: number;
  /** Of `--random`, for each proxy. */
  readonly faults: string;
  readonly meanMs: number;
  readonly onRun: (report: RunReport) => void;
  readonly onProxy: (event: ProxyEvent) => void;
}

export interface Victim {
  /** `server A` */
  readonly name: string;
  readonly restarts: number;
}

const CLI = 'bin/reseq.ts';
const CLIENT = 'bench/soak/client.ts';
/** After SIGTERM a server has ended its streams within a second. */
const DRAIN_MS = 10_000;

export class Stage {
  readonly servers: Part[] = [];
  readonly proxies: Part[] = [];
  redis: RedisProcess | undefined;
  client: Part | undefined;
  /** How often the first server has been ended and started again. */
  restarts = 0;
  readonly #options: StageOptions;
  #restartedPort = 0;
  #isRestarting = false;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { store, sessions, seed } = this.#options;
    if (store === 'redis') this.redis = await startRedis();
    const ports = await Promise.all((this.redis === undefined ? [0] : [0, 1]).map((k) => this.#openRoute(k)));
    const client = new Part({
      name: 'clients',
      words: [CLIENT, ...[sessions, seed, ...ports].map(String)],
      said: () => undefined,
    });
    client.child.on('message', (message: { readonly report?: RunReport }) => {
      if (message.report !== undefined) this.#options.onRun(message.report);
    });
    this.client = client;
  }

  /** Ends the first server, starts another one in its place. */
  async restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const [old] = this.servers;
    if (old === undefined) return;
    this.#isRestarting = true;
    const killer = setTimeout(() => old.child.kill('SIGKILL'), DRAIN_MS);
    await old.kill(signal);
    clearTimeout(killer);
    await this.#serve(0, this.#restartedPort);
    this.#isRestarting = false;
    this.restarts += 1;
  }

  /** Processes that have ended by themselves: none may. */
  get fallen(): readonly Part[] {
    const [first, ...others] = this.servers;
    const mayRun = this.#isRestarting || first === undefined ? others : [first, ...others];
    return [...mayRun, ...this.proxies].filter(({ isRunning }) => !isRunning);
  }

  /** The server that mishaps end; with a store in memory there is none. */
  get victim(): Victim | undefined {
    const [first] = this.servers;
    return this.redis === undefined || first === undefined ? undefined : { name: first.name, restarts: this.restarts };
  }

  /** By name, of the processes that live through all of it. */
  async memory(): Promise<ReadonlyMap<string, Memory>> {
    const [first, ...others] = this.servers;
    const lasting = this.redis === undefined && first !== undefined ? [first] : others;
    const parts = [...lasting, ...this.proxies, ...(this.client === undefined ? [] : [this.client])];
    const measured = await Promise.all(parts.map(async (part) => [part.name, await part.memory()] as const));
    const redis = this.redis && residentMib(this.redis.process.pid);
    const known = measured.flatMap(([name, memory]): [string, Memory][] =>
      memory === undefined ? [] : [[name, memory]],
    );
    return new Map(redis === undefined ? known : [...known, ['Redis', { rss: redis, heap: undefined }]]);
  }

  /** Lets the sessions under way end. @returns whether they did in time */
  async finish(withinMs: number): Promise<boolean> {
    const { client } = this;
    if (client === undefined) return true;
    client.child.send(STOP);
    const timer = setTimeout(() => client.child.kill('SIGKILL'), withinMs);
    const how = await client.ended;
    clearTimeout(timer);
    return how === '0';
  }

  /** Ends everything. */
  async close(): Promise<void> {
    const parts = [...this.servers, ...this.proxies, ...(this.client === undefined ? [] : [this.client])];
    await Promise.all(parts.map((part) => part.kill()));
    await this.redis?.stop();
  }

  /** A server with its proxy. @returns the port of the proxy */
  async #openRoute(k: number): Promise<number> {
    const { seed, faults, meanMs, onProxy } = this.#options;
    const serverPort = await this.#serve(k, 0);
    if (k === 0) this.#restartedPort = serverPort;
    const words = [CLI, 'proxy', '--json', '--listen', '127.0.0.1:0', '--to', `127.0.0.1:${serverPort}`];
    const chance = ['--seed', String(seed + k), '--random', faults, '--mean', `${meanMs}ms`];
    const { part, port } = await startListening(`proxy ${'AB'[k]}`, [...words, ...chance], onProxy);
    this.proxies[k] = part;
    return port;
  }

  async #serve(k: number, port: number): Promise<number> {
    const { intervalMs, retentionMs } = this.#options;
    const store = this.redis === undefined ? [] : ['--store', `redis://127.0.0.1:${this.redis.port}`];
    const times = ['--interval', `${intervalMs}ms`, '--retention', `${retentionMs}ms`, '--seed-from-client-id'];
    const words = [CLI, 'server', '--json', '--host', '127.0.0.1', '--port', String(port), ...times, ...store];
    const started = await startListening(`server ${'AB'[k]}`, words, () => undefined);
    this.servers[k] = started.part;
    return started.port;
  }
}

/** Waits for its first line, from which the port follows; the other lines are events. */
async function startListening(
  name: string,
  words: readonly string[],
  said: (event: ProxyEvent) => void,
): Promise<{ readonly part: Part; readonly port: number }> {
  let first: (line: string) => void = () => undefined;
  const line = new Promise<string>((resolve) => {
    first = resolve;
  });
  let isFirst = true;
  const part = new Part({
    name,
    words,
    said: (text) => {
      if (isFirst) first(text);
      else said(JSON.parse(text));
      isFirst = false;
    },
  });
  const text = await Promise.race([line, once(part.child, 'exit').then(() => undefined)]);
  const port = /:(\d+)"/.exec(text ?? '')?.[1];
  if (port === undefined) throw new Error(`${name}: has not begun to listen: ${part.complaints}`);
  return { part, port: Number(port) };
}
