/** Labs: of two servers that run already, and of processes that the suite starts. */

import type { Lack } from '../check.ts';
import { type ServerTarget, type StartedServer, startServer, TargetError } from '../target/server.ts';
import type { Instance, Lab, Need, Rig } from './lab.ts';
import { openRecords, type RecordStore, withoutSecret } from './records.ts';
import { type OwnRedis, startRedis, whyNoRedis } from './redis-process.ts';

/** How many of each a run will use; they are started before it, since starting makes a machine late. */
export interface LabDemand {
  readonly spares: number;
  readonly rigs: number;
}

/**
 * Two servers that run already.
 * @param storeUrl their common store; without it the records are not judged
 * @throws {TargetError} when the store does not answer
 */
export async function labOfServers(a: ServerTarget, b: ServerTarget, storeUrl: string | undefined): Promise<Lab> {
  const records = storeUrl === undefined ? undefined : await reachRecords(storeUrl);
  const foreign: Lack = {
    why: 'the suite has not started these servers and stops nothing (--server-cmd)',
    isError: false,
  };
  const blind: Lack = { why: 'the suite was not told the store (--store)', isError: false };
  return {
    a,
    b,
    lacks: (need) => (need === 'records' ? (records === undefined ? blind : undefined) : foreign),
    get records() {
      if (records === undefined) throw new Error(blind.why);
      return records;
    },
    spare: () => Promise.reject(new Error(foreign.why)),
    rig: () => Promise.reject(new Error(foreign.why)),
    close: async () => records?.close(),
  };
}

/**
 * Two servers that the suite starts.
 * @param argv with `{port}` and `{store}`
 * @param storeUrl the store to use; a Redis of the suite's own when absent
 * @throws {TargetError} when a server or the store cannot be started or reached
 */
export async function startLab(argv: readonly string[], storeUrl: string | undefined, demand: LabDemand): Promise<Lab> {
  const noRedis = await whyNoRedis();
  if (storeUrl === undefined && noRedis !== undefined) {
    throw new TargetError(`store: ${noRedis}; install it, or say --store redis://HOST:PORT`);
  }
  const lab = new ProcessLab(argv, noRedis);
  try {
    await lab.start(storeUrl, noRedis === undefined ? demand : { ...demand, rigs: 0 });
    return lab;
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function reachRecords(url: string): Promise<RecordStore> {
  try {
    return await openRecords(url);
  } catch (error) {
    throw new TargetError(`store: no Redis answers at ${withoutSecret(url)}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

class ProcessLab implements Lab {
  readonly #argv: readonly string[];
  readonly #noRedis: string | undefined;
  readonly #servers: StartedServer[] = [];
  readonly #rigs: Rig[] = [];
  readonly #idleSpares: StartedServer[] = [];
  readonly #idleRigs: Rig[] = [];
  #redis: OwnRedis | undefined;
  #records: RecordStore | undefined;
  #storeUrl = '';
  #pair: readonly [ServerTarget, ServerTarget] | undefined;

  constructor(argv: readonly string[], noRedis: string | undefined) {
    this.#argv = argv;
    this.#noRedis = noRedis;
  }

  async start(storeUrl: string | undefined, demand: LabDemand): Promise<void> {
    if (storeUrl === undefined) this.#redis = await startRedis();
    this.#storeUrl = storeUrl ?? this.#redis?.url ?? '';
    this.#records = await reachRecords(this.#storeUrl);
    const [pair] = await Promise.all([
      Promise.all([this.#startServer(), this.#startServer()]),
      ...Array.from({ length: demand.spares }, async () => this.#idleSpares.push(await this.#startServer())),
      ...Array.from({ length: demand.rigs }, async () => this.#idleRigs.push(await this.#startRig())),
    ]);
    this.#pair = pair;
  }

  get a(): ServerTarget {
    return this.#started(this.#pair)[0];
  }

  get b(): ServerTarget {
    return this.#started(this.#pair)[1];
  }

  get records(): RecordStore {
    return this.#started(this.#records);
  }

  lacks(need: Need): Lack | undefined {
    if (need !== 'own-store' || this.#noRedis === undefined) return undefined;
    return { why: `${this.#noRedis}, so that no store can be stopped`, isError: Boolean(process.env['CI']) };
  }

  async spare(): Promise<Instance> {
    const { host, port, child } = this.#idleSpares.pop() ?? (await this.#startServer());
    return { host, port, signal: (name) => child.signal(name) };
  }

  async rig(): Promise<Rig> {
    return this.#idleRigs.pop() ?? this.#startRig();
  }

  async close(): Promise<void> {
    await Promise.all([
      ...this.#servers.map(({ child }) => {
        // A stopped process hears of SIGTERM only when it goes on.
        child.signal('SIGCONT');
        return child.stop();
      }),
      ...this.#rigs.map((rig) => rig.stop()),
    ]);
    this.#records?.close();
    await this.#redis?.stop();
  }

  #started<T>(part: T | undefined): T {
    if (part === undefined) throw new Error('the lab has not been started');
    return part;
  }

  async #startServer(storeUrl = this.#storeUrl): Promise<StartedServer> {
    const server = await startServer(this.#argv, storeUrl);
    this.#servers.push(server);
    return server;
  }

  async #startRig(): Promise<Rig> {
    const redis = await startRedis();
    const records = await reachRecords(redis.url);
    const rig: Rig = {
      instance: await this.#startServer(redis.url),
      records,
      store: redis.child,
      stop: async () => {
        records.close();
        await redis.stop();
      },
    };
    this.#rigs.push(rig);
    return rig;
  }
}
