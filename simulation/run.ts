/**
 * Runs one schedule from the first start to the last alarm and says which promise was broken, if one was.
 */
import { ClientBook } from './books.ts';
import type { Plant } from './bugs/plant.ts';
import { ClientGhost } from './client-ghost.ts';
import { ClientNode, type Surroundings } from './client-run.ts';
import { Coverage } from './coverage.ts';
import { type Cast, planFaults } from './faults.ts';
import { Ghost, leasePeriodMs } from './ghost.ts';
import type { Schedule } from './schedule.ts';
import { ServerNode } from './server-node.ts';
import { StoreNode } from './store-node.ts';
import { type Violation, World } from './world.ts';

export interface RunOptions {
  readonly coverage?: Coverage;
  readonly plant?: Plant;
  /** Takes a line for each thing that happens. */
  readonly trace?: (line: string) => void;
}

export interface RunReport {
  readonly violation: Violation | undefined;
  /** Events that happened. */
  readonly steps: number;
  /** Virtual time that passed. */
  readonly virtualMs: number;
  /** How the clients ended. */
  readonly results: readonly (string | undefined)[];
}

/** D of core.md. */
const DETECT_MS = 10_000;
/** A client gives up after five minutes without an item: it must have ended by then anyhow. */
const ROUNDS = 1_000;

/** @returns what happened; the same for the same schedule and plant, to the last bit */
export function runSchedule(schedule: Schedule, options: RunOptions = {}): RunReport {
  const { plant = {}, coverage = new Coverage() } = options;
  const world = new World(schedule, options.trace);
  const cast = createCast(world, plant, coverage);
  planFaults(world, cast);
  for (const client of cast.clients) client.start();
  letClientsEnd(world, cast);
  const virtualMs = world.nowMs;
  if (world.violation === undefined) letThingsSettle(world, cast);
  return {
    violation: world.violation,
    steps: world.steps,
    virtualMs: Math.max(virtualMs, world.nowMs),
    results: cast.clients.map(({ book }) => book.result),
  };
}

function createCast(world: World, plant: Plant, coverage: Coverage): Cast {
  const { schedule } = world;
  const ghost = new Ghost(world);
  const servers = Array.from(
    { length: schedule.servers },
    (_none, at) => new ServerNode(world, ghost, at, plant, coverage),
  );
  const [first] = servers;
  const process = schedule.embedded === 1 && first !== undefined ? first.process : world.process('store');
  const store = new StoreNode(world, ghost, process, plant);
  for (const server of servers) server.store = store;
  let ids = 0;
  const surroundings: Surroundings = {
    world,
    ghost: new ClientGhost(world),
    servers,
    plant,
    coverage,
    newClientId() {
      return `6ba7b810-9dad-41d1-80b4-${String(++ids).padStart(12, '0')}`;
    },
  };
  const addClient = (at: number, n: number, clientId = surroundings.newClientId()): ClientNode => {
    const isStateless = schedule.stateless === 1 && at === 0;
    const client = new ClientNode(surroundings, at, new ClientBook(clientId, n, isStateless));
    clients.push(client);
    return client;
  };
  const clients: ClientNode[] = [];
  for (let at = 0; at < schedule.clients; at++) addClient(at, schedule.n);
  return { servers, store, clients, addClient };
}

/** Once faults stop, every client ends within a bound: that of its waits and of the items that it lacks. */
function letClientsEnd(world: World, { clients }: Cast): void {
  const { n, intervalMs, latencyMs, jitterMs } = world.schedule;
  const livenessMs = Math.max(3 * intervalMs, 5_000);
  const boundMs = 2 * livenessMs + 1.2 * (n + 1) * intervalMs + 40_000 + 20 * (latencyMs + jitterMs);
  const isOver = (): boolean => clients.every(({ isDone }) => isDone);
  for (let round = 0; round < ROUNDS; round++) {
    const untilMs = world.troubledUntilMs + boundMs;
    world.run(untilMs, isOver);
    if (isOver() || world.violation !== undefined) return;
    if (untilMs === world.troubledUntilMs + boundMs) break;
  }
  const late = clients.filter(({ isDone }) => !isDone).map(({ name, book }) => `${name} has ${book.accepted} of ${n}`);
  world.violate('every run ends', `${late.join(', ')}, ${boundMs} ms after the last fault`);
}

/** When the clients are gone and leases and retention are over nothing is left: no session, stream, alarm or message. */
function letThingsSettle(world: World, { servers, store }: Cast): void {
  const { retentionMs, intervalMs, n } = world.schedule;
  const keptMs = DETECT_MS + 1.1 * (retentionMs + leasePeriodMs(world.schedule));
  for (let round = 0; round < ROUNDS; round++) {
    const untilMs = Math.max(world.nowMs, world.troubledUntilMs) + keptMs + 5_000 + n * intervalMs;
    world.run(untilMs, () => world.pending === 0);
    if (world.violation !== undefined) return;
    if (world.pending === 0 || untilMs > world.troubledUntilMs + keptMs) break;
  }
  if (store.size > 0) world.violate('nothing is left behind', `${store.size} sessions in the store`);
  for (const { name, service, process } of servers) {
    const { stateless, stateful } = service.stats.connections;
    if (process.isAlive && stateless + stateful > 0) {
      world.violate('nothing is left behind', `${stateless + stateful} connections of ${name}`);
    }
  }
  if (world.pending > 0) world.violate('nothing is left behind', `${world.pending} alarms or messages`);
}
