/**
 * Watches the store, keeps its own account of each session, and judges every operation against the promises. Knows the
 * rules of the specification, not the code.
 */
import type { SessionEvent, StoreOperation } from '../reference-server/session.ts';
import { Life } from './books.ts';
import { type Sequence, sequenceAt } from './oracle.ts';
import type { Schedule } from './schedule.ts';
import type { ServerNode } from './server-node.ts';
import type { Wire } from './wire.ts';
import { WireGhost } from './wire-ghost.ts';
import type { Process, World } from './world.ts';

/** RSQ-STO-3: the longest and the shortest time between two renewals, and what the server chose for a store of its own. */
const RENEW_MIN_MS = 1_000;
const RENEW_MAX_MS = 5_000;
const RENEW_OWN_MS = 60_000;
/** What a server waits for a store, and then until it asks again. */
const STORE_DEADLINE_MS = 1_250;
/** Rounding of clocks with different rates. */
const ROUNDING_MS = 20;

/** Whether the store ends with the only server that reaches it. */
export function isOwnStore({ embedded, servers }: Schedule): boolean {
  return embedded === 1 && servers === 1;
}

/** R: the longest time between two renewals. */
export function leasePeriodMs(schedule: Schedule): number {
  const { intervalMs } = schedule;
  return isOwnStore(schedule) ? RENEW_OWN_MS : Math.min(Math.max(intervalMs, RENEW_MIN_MS), RENEW_MAX_MS);
}

type Applied<Kind extends SessionEvent['kind']> = Extract<SessionEvent, { kind: Kind }>;

export class Ghost {
  readonly world: World;
  /** Number of the next sequence of the oracle's pool that a server may propose. */
  nextSequence: number;
  readonly lives = new Map<bigint, Life>();
  readonly wires: WireGhost;
  /** The newest life of each client id. */
  readonly #newest = new Map<string, Life>();
  readonly #firstSequence: number;
  readonly #periodMs: number;
  /** How far two clocks and the ways to the store can be apart over a lease. */
  readonly #slackMs: number;

  constructor(world: World) {
    const { seed, retentionMs, skewPermille, storeLatencyMs, lagMs } = world.schedule;
    this.world = world;
    this.#firstSequence = seed % 256;
    this.nextSequence = this.#firstSequence;
    this.#periodMs = leasePeriodMs(world.schedule);
    const skewMs = (2.1 * skewPermille * (retentionMs + this.#periodMs)) / 1_000;
    this.#slackMs = skewMs + 2 * storeLatencyMs + 2 * lagMs + ROUNDING_MS;
    this.wires = new WireGhost(world, this.#periodMs, this.#slackMs);
  }

  // ---------------------------------------------------------------- what happens to servers and the store

  /** It renews nothing for now. */
  serverHindered(process: Process): void {
    for (const life of this.lives.values()) {
      if (life.process !== process || life.ending !== undefined) continue;
      life.letGo(this.world.nowMs);
      life.isFuzzy = true;
    }
  }

  serverDown(process: Process): void {
    for (const life of this.lives.values()) if (life.process === process) life.letGo(this.world.nowMs);
  }

  /** The store has forgotten something. */
  storeLost(): void {
    for (const life of this.lives.values()) {
      life.isDisturbed = true;
      life.isFuzzy = true;
    }
  }

  /** An operation goes wrong. */
  storeTrouble(server: ServerNode, wire: Wire | undefined, operation: StoreOperation): void {
    const { nowMs } = this.world;
    server.calmSinceMs = Math.max(server.calmSinceMs, nowMs + STORE_DEADLINE_MS);
    this.world.trouble(nowMs + STORE_DEADLINE_MS);
    const life = wire?.book.life ?? this.#newest.get(operation.clientId);
    if (life === undefined || operation.kind === 'lookup') return;
    life.letGo(nowMs);
    life.isFuzzy = true;
  }

  // ---------------------------------------------------------------- the store

  /** An operation was carried out at this moment. `mishap`: its answer is lost, false or late. */
  applied(
    server: ServerNode,
    process: Process,
    wire: Wire | undefined,
    operation: StoreOperation,
    event: SessionEvent,
    mishap: string | undefined,
  ): void {
    switch (event.kind) {
      case 'started':
        this.#started(process, wire, operation, event, mishap);
        return;
      case 'found':
        this.#found(wire, event);
        return;
      case 'attached':
        this.#attachedTo(process, wire, operation, event, mishap);
        return;
      case 'renewed':
        this.#renewed(server, process, wire, operation, event, mishap);
        return;
      case 'finished':
        this.#finished(wire, operation, event);
    }
  }

  #started(
    process: Process,
    wire: Wire | undefined,
    operation: StoreOperation,
    { result }: Applied<'started'>,
    mishap: string | undefined,
  ): void {
    if (operation.kind !== 'start') return;
    const { clientId, attempt = 0 } = operation;
    const current = this.#newest.get(clientId);
    if (result.kind === 'created') {
      if (current !== undefined) this.#isGone(current, 'START');
      const life = new Life(this.#sequenceOf(result.seed), clientId, operation.n);
      this.lives.set(result.seed, life);
      this.#newest.set(clientId, life);
      this.#hold(life, process, wire, result.attempt, mishap);
      return;
    }
    if (current === undefined) {
      this.world.violate('the store keeps its table', `start: ${result.kind} without a session`);
    } else if (result.kind === 'attached') {
      if (result.n !== operation.n || result.seed !== current.sequence.seed) {
        this.world.violate('one sequence only', 'start attached to a session of another sequence');
      }
      this.#judgeAttempt(current, attempt);
      this.#hold(current, process, wire, result.attempt, mishap);
    } else if (result.kind === 'stale' && attempt > current.attempt && !current.isDisturbed) {
      this.world.violate('a newer attempt wins', `start with attempt ${attempt} refused, ${current.attempt} is stored`);
    } else if (result.kind === 'full') {
      this.world.violate('the store keeps its table', 'full: there is room');
    }
  }

  #sequenceOf(seed: bigint): Sequence {
    for (let at = this.#firstSequence; at < this.nextSequence; at++) {
      if (sequenceAt(at).seed === seed) return sequenceAt(at);
    }
    this.world.violate('the store keeps its table', 'a seed that no server proposed');
    return sequenceAt(0);
  }

  #found(wire: Wire | undefined, { record }: Applied<'found'>): void {
    if (wire?.book.life === undefined) return;
    const { life } = wire.book;
    if (record?.seed === life.sequence.seed) return;
    wire.book.isMissing = true;
    this.#isGone(life, 'RESUME');
  }

  #attachedTo(
    process: Process,
    wire: Wire | undefined,
    operation: StoreOperation,
    { result }: Applied<'attached'>,
    mishap: string | undefined,
  ): void {
    if (operation.kind !== 'attach') return;
    const { attempt = 0, seed } = operation;
    const life = this.lives.get(seed);
    if (life === undefined) return;
    if (result.kind === 'attached') {
      this.#judgeAttempt(life, attempt);
      this.#hold(life, process, wire, result.attempt, mishap);
    } else if (result.kind === 'missing') {
      if (wire !== undefined) wire.book.isMissing = true;
      this.#isGone(life, 'RESUME');
    } else if (attempt > life.attempt && !life.isDisturbed) {
      this.world.violate('a newer attempt wins', `attempt ${attempt} refused, ${life.attempt} is stored`);
    }
  }

  #judgeAttempt(life: Life, attempt: number): void {
    if (attempt > life.attempt || life.isDisturbed) return;
    this.world.violate('a newer attempt wins', `attempt ${attempt} displaces ${life.attempt}`);
  }

  /** The store has attached `wire`. */
  #hold(life: Life, process: Process, wire: Wire | undefined, attempt: number, mishap: string | undefined): void {
    const { nowMs, schedule } = this.world;
    if (!life.isDisturbed) {
      if (life.ending !== undefined) this.world.violate('a session ends once', `attached after it was ${life.ending}`);
      const rest = schedule.retentionMs + (life.isDetached ? 0 : this.#periodMs) + this.#slackMs;
      if (!life.isFuzzy && nowMs > life.anchorMs + rest) {
        const forMs = Math.round(nowMs - life.anchorMs);
        this.world.violate('refused after the retention', `served ${forMs} ms after its connection was lost`);
      }
    }
    if (life.holder !== undefined && life.holder !== wire) life.holder.book.supersededMs ??= nowMs;
    life.holder = wire;
    life.attempt = attempt;
    life.process = process;
    life.isDetached = false;
    life.isFuzzy = mishap !== undefined;
    life.anchorMs = this.#isUnhindered(process, wire) && mishap === undefined ? Number.POSITIVE_INFINITY : nowMs;
    if (wire === undefined) return;
    wire.book.life = life;
    wire.book.attempt = attempt;
    wire.book.leasedMs = nowMs;
  }

  #isUnhindered(process: Process, wire: Wire | undefined): boolean {
    const isRunning = process.isAlive && process.pausedUntilMs <= this.world.nowMs;
    return isRunning && wire !== undefined && !wire.book.isDropped && !wire.book.hasEnded;
  }

  #renewed(
    server: ServerNode,
    process: Process,
    wire: Wire | undefined,
    operation: StoreOperation,
    { outcome, ttlMs }: Applied<'renewed'>,
    mishap: string | undefined,
  ): void {
    if (operation.kind !== 'renew') return;
    const life = this.lives.get(operation.seed);
    if (life === undefined) return;
    const { nowMs, schedule } = this.world;
    const newest = this.#newest.get(operation.clientId);
    if (outcome === 'ok' && newest !== life && newest?.isDisturbed !== true) {
      this.world.violate('no stale write', 'a renewal changed the session of a later life');
    }
    const isHolder = life.attempt === operation.attempt && life.ending === undefined;
    if (outcome === 'ok') {
      if (!isHolder && !life.isDisturbed) {
        const detail = `a renewal of attempt ${operation.attempt} changed a session of attempt ${life.attempt}`;
        this.world.violate('no stale write', detail);
      }
      if (wire !== undefined) {
        wire.book.leasedMs = nowMs;
        wire.book.renewedMs = nowMs;
      }
      life.isFuzzy = mishap !== undefined || server.calmSinceMs > nowMs;
      life.isDetached = ttlMs === schedule.retentionMs;
      life.anchorMs = this.#isUnhindered(process, wire) ? Number.POSITIVE_INFINITY : nowMs;
      return;
    }
    if (outcome === 'missing') {
      if (wire !== undefined) wire.book.isMissing = true;
      this.#isGone(life, 'renewal');
    } else if (isHolder && !life.isDisturbed) {
      this.world.violate('a newer attempt wins', `superseded, though attempt ${life.attempt} is the newest`);
    }
  }

  #finished(wire: Wire | undefined, operation: StoreOperation, { outcome }: Applied<'finished'>): void {
    if (operation.kind !== 'finish') return;
    const life = this.lives.get(operation.seed);
    if (life === undefined || outcome !== 'ok') return;
    if (!life.isDisturbed && (life.attempt !== operation.attempt || life.ending !== undefined)) {
      const detail = `attempt ${operation.attempt} discarded a session of attempt ${life.attempt}`;
      this.world.violate('no stale write', detail);
    }
    if (wire === undefined) {
      life.ending = 'confirmed';
      return;
    }
    if (wire.book.finalMs === undefined) {
      this.world.violate('FINAL comes before the discarding', 'a session was discarded before FINAL was handed over');
    } else if (wire.book.grantsConfirm) {
      this.world.violate('confirm-final never loses a session', 'it was discarded without a CONFIRM');
    }
    life.ending = 'finished';
    life.endedBy = wire;
  }

  /** The store says that there is no such session. */
  #isGone(life: Life, asked: string): void {
    if (life.ending !== undefined) return;
    if (life.isDisturbed) {
      life.ending = 'lost';
      return;
    }
    const { nowMs, schedule } = this.world;
    const untilMs = life.anchorMs + schedule.retentionMs - this.#slackMs;
    if (nowMs < untilMs) {
      const since =
        life.anchorMs === Number.POSITIVE_INFINITY
          ? 'attached'
          : `detached for ${Math.round(nowMs - life.anchorMs)} ms`;
      this.world.violate('retention is kept', `${asked}: no session, though it is ${since}`);
    }
    life.ending = 'expired';
  }
}
