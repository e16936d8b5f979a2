/**
 * Puts the faults of a schedule into its world. Those that are bound to an ordinal (a message, an effect, a request)
 * are looked up where that is counted: client-run.ts, server-node.ts and store-node.ts.
 */
import type { ClientNode } from './client-run.ts';
import type { Fault, FaultKind } from './schedule.ts';
import type { ServerNode } from './server-node.ts';
import type { StoreNode } from './store-node.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

/** Who takes part. */
export interface Cast {
  readonly servers: readonly ServerNode[];
  readonly store: StoreNode;
  readonly clients: readonly ClientNode[];
  /** One more, with number `at` of the schedule's clients and perhaps another's id. */
  readonly addClient: (at: number, n: number, clientId?: string) => ClientNode;
}

/** One hole in so many lasts for ever. */
const ENDLESS_EVERY = 4;

interface Scene {
  readonly world: World;
  readonly cast: Cast;
  readonly fault: Fault;
  readonly client: ClientNode;
  readonly server: ServerNode;
  /** The newest connection of the client, when there is one. */
  readonly wire: Wire | undefined;
}

type Act = (scene: Scene) => void;

const ACTS: { readonly [Kind in FaultKind]?: Act } = {
  cut: ({ wire }) => wire?.cut(),
  hole,
  offline: (scene) => {
    const { client } = scene;
    client.offlineUntilMs = Math.max(client.offlineUntilMs, stall(scene, `${client.name} is offline`));
    scene.wire?.detectLater();
  },
  isolate: (scene) => {
    const { server } = scene;
    server.isolatedUntilMs = Math.max(server.isolatedUntilMs, stall(scene, `${server.name} is isolated`));
    for (const { book } of scene.cast.clients) if (book.wire?.server === scene.server) book.wire.detectLater();
  },
  'pause-server': ({ server, fault, cast }) => {
    server.pause(fault.ms);
    for (const { book } of cast.clients) if (book.wire?.server === server) book.wire.book.trouble(server.world.nowMs);
  },
  'pause-client': ({ client, fault }) => client.pause(fault.ms),
  'crash-server': ({ server, fault }) => server.crash(fault.ms),
  'crash-client': ({ client, fault }) => client.crash(fault.ms),
  drain: ({ server, fault }) => server.drain(fault.ms),
  interrupt: ({ client, fault }) => client.interrupt(fault.ms),
  'slow-reader': slowReader,
  'slow-flush': (scene) => {
    const { wire, world, fault } = scene;
    if (wire === undefined) return;
    wire.flushStallMs = Math.max(wire.flushStallMs, world.nowMs + fault.ms);
    world.trouble(wire.flushStallMs);
    wire.book.trouble(world.nowMs);
  },
  'store-outage': ({ cast, fault, world }) => {
    world.trace?.(`store: trouble for ${fault.ms} ms`);
    cast.store.breakDown(fault);
    world.trouble(world.nowMs + fault.ms);
  },
  'store-empty': ({ cast, world }) => {
    world.trace?.('store: restarts empty');
    cast.store.restartEmpty();
  },
  'store-failover': ({ cast, fault, world }) => {
    world.trace?.(`store: a replica that lags by ${fault.ms} ms takes over`);
    cast.store.failOver(fault.ms);
  },
  rival,
};

/** Sets an alarm for each fault that has a time. */
export function planFaults(world: World, cast: Cast): void {
  for (const fault of world.schedule.faults) {
    const act = ACTS[fault.kind];
    if (act === undefined) continue;
    world.trouble(fault.atMs);
    world.at(fault.atMs, () => perform(act, world, cast, fault));
  }
}

function perform(act: Act, world: World, cast: Cast, fault: Fault): void {
  const client = cast.clients[fault.who % world.schedule.clients];
  const server = cast.servers[fault.who % world.schedule.servers];
  if (client === undefined || server === undefined) return;
  const { wire } = client.book;
  act({ world, cast, fault, client, server, wire: wire?.isClosed === false && !wire.isCut ? wire : undefined });
}

function stall({ world, fault }: Scene, what: string): number {
  world.trace?.(`${what} for ${fault.ms} ms`);
  world.trouble(world.nowMs + fault.ms);
  return world.nowMs + fault.ms;
}

function hole({ world, fault, wire }: Scene): void {
  if (wire === undefined) return;
  const isEndless = fault.which % ENDLESS_EVERY === ENDLESS_EVERY - 1;
  const untilMs = isEndless ? Number.POSITIVE_INFINITY : world.nowMs + fault.ms;
  const way = (['both ways', 'up', 'down'] as const)[fault.which % 3] ?? 'both ways';
  world.trace?.(`${wire.name}: black hole ${way}, ${isEndless ? 'for ever' : `${fault.ms} ms`}`);
  if (way !== 'down') wire.upStallMs = Math.max(wire.upStallMs, untilMs);
  if (way !== 'up') wire.downStallMs = Math.max(wire.downStallMs, untilMs);
  world.trouble(isEndless ? world.nowMs : untilMs);
  wire.detectLater();
}

function slowReader({ world, fault, client }: Scene): void {
  const { run, name } = client;
  if (run === undefined || !run.process.isAlive) return;
  world.trace?.(`${name}: its reader is busy for ${fault.ms} ms`);
  world.trouble(world.nowMs + fault.ms);
  client.book.isExcused = true;
  client.book.wire?.book.trouble(world.nowMs);
  run.setFull(true);
  world.at(world.nowMs + fault.ms, () => run.setFull(false));
}

function rival({ world, fault, client, cast }: Scene): void {
  const { book } = client;
  if (book.isStateless || book.hasRival) return;
  world.trace?.(`a rival appears with the id of ${client.name}`);
  book.hasRival = true;
  const { n, clients } = world.schedule;
  const other = cast.addClient(cast.clients.length + clients, fault.which % 2 === 1 ? (n % 6) + 1 : n, book.clientId);
  other.book.hasRival = true;
  other.start();
}
