/**
 * One transport connection of a client: the `Link` of the production client at one end, the `Outlet` and `Inlet` of
 * the production server at the other, a path with latency, stalls and resets between them. First in, first out each
 * way; nothing is promised across connections (core.md section 13).
 */
import { type ReseqError, refusal } from '../protocol/errors.ts';
import type { Confirm, Open, ServerMessage } from '../protocol/messages.ts';
import type { Link, StreamEvents } from '../reference-client/link.ts';
import type { Inlet, Outlet } from '../reference-server/connection.ts';
import { WireBook } from './books.ts';
import type { ClientRun } from './client-run.ts';
import type { ServerNode } from './server-node.ts';
import { Gate, type Process, type World } from './world.ts';

/** Keepalive of a server notices a dead connection between these (D of core.md is 10 s). */
const DETECT_MIN_MS = 5_000;
const DETECT_MAX_MS = 10_000;

export class Wire implements Link, Outlet {
  readonly world: World;
  readonly run: ClientRun;
  readonly server: ServerNode;
  readonly number: number;
  readonly book = new WireBook();
  /** Each direction carries nothing before this. */
  upStallMs = 0;
  downStallMs = 0;
  /** What the server writes is not flushed before this. */
  flushStallMs = 0;
  isCut = false;
  isClosed = false;
  /** Life of the server that has taken the OPEN. */
  process: Process | undefined;
  readonly #upGate: Gate;
  readonly #downGate: Gate;
  #inlet: Inlet | undefined;
  #events: StreamEvents | undefined;
  #lastUpMs = 0;
  #lastDownMs = 0;
  #isReading = true;
  #unread: (() => void)[] = [];
  #unflushed = 0;
  #closedMs = 0;

  constructor(world: World, run: ClientRun, server: ServerNode, number: number) {
    this.world = world;
    this.run = run;
    this.server = server;
    this.number = number;
    this.#upGate = new Gate(world, () => this.#upUntilMs());
    this.#downGate = new Gate(world, () => this.#downUntilMs());
  }

  get name(): string {
    return `wire ${this.number} (${this.run.process.name} to ${this.server.name})`;
  }

  /** Whether the server's side is open. */
  get isServed(): boolean {
    return this.#inlet !== undefined && this.process?.isAlive === true && !this.book.hasEnded;
  }

  // ---------------------------------------------------------------- Link

  open(open: Open, _openedBefore: boolean, events: StreamEvents): void {
    if (!this.run.lives()) return;
    const heldMs = this.run.node.heldMs();
    this.#events = events;
    this.world.trace?.(`${this.name}: OPEN ${describe(open)}${heldMs > 0 ? `, held for ${heldMs} ms` : ''}`);
    this.run.node.ghost.dialled(this, open);
    this.#up(() => this.#accept(open, heldMs > 0), heldMs);
    if (this.stallMs() > this.world.nowMs) this.detectLater();
  }

  confirm(confirm: Confirm, answered: (error: ReseqError | undefined) => void): void {
    if (!this.run.lives()) return;
    const lost = this.run.node.lostConfirm();
    this.world.trace?.(
      `${this.name}: CONFIRM, attempt ${confirm.attempt}${lost === undefined ? '' : `, ${lost} lost`}`,
    );
    this.run.node.ghost.confirming(this.run, confirm);
    if (lost === 'request') return;
    this.#up(() => {
      const { process, service } = this.server;
      if (!process.isAlive) this.#answerConfirm(unavailable('connection refused'), answered);
      else {
        process.receive(() =>
          service.answerConfirm(confirm, (result) => {
            if (lost !== 'answer') this.#answerConfirm(result.ok ? undefined : result.error, answered);
          }),
        );
      }
    });
  }

  #answerConfirm(error: ReseqError | undefined, answered: (error: ReseqError | undefined) => void): void {
    this.#down(() => {
      this.world.trace?.(`${this.name}: CONFIRM answered ${error?.registryName ?? 'ok'}`);
      if (error === undefined) this.run.node.ghost.confirmed(this.run);
      answered(error);
    }, true);
  }

  pause(): void {
    this.#isReading = false;
  }

  resume(): void {
    this.#isReading = true;
    // Not at once: the client is in the middle of something.
    for (const read of this.#unread.splice(0)) {
      this.world.at(this.world.nowMs, () => this.run.process.receive(() => this.#read(read)));
    }
  }

  close(): void {
    if (this.isClosed || !this.run.process.isAlive) return;
    this.world.trace?.(`${this.name}: closed by the client`);
    this.run.node.ghost.closed(this);
    this.clientGone();
  }

  // ---------------------------------------------------------------- Outlet

  send(message: ServerMessage): void {
    this.server.effect();
    if (this.process?.isAlive !== true) return;
    this.world.trace?.(`${this.name}: ${this.server.name} sends ${describeMessage(message)}`);
    this.server.ghost.wires.sent(this, message);
    const cut = this.run.node.cutAt();
    if (cut === 'under') this.cut();
    this.#down(() => this.#deliver(message));
    if (cut === 'behind') this.world.at(this.#lastDownMs, () => this.cut());
    if (this.#unflushed++ === 0) this.#flushLater();
  }

  end(error: ReseqError | undefined): void {
    this.server.effect();
    if (this.process?.isAlive !== true) return;
    this.world.trace?.(`${this.name}: ${this.server.name} ends it ${error?.message ?? 'without error'}`);
    this.server.ghost.wires.ended(this, error);
    this.#down(() => this.#ended(error ?? unavailable('the stream ended')));
  }

  // ---------------------------------------------------------------- the path

  /** Both ends learn of a reset when their direction lets it through. */
  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    this.world.trace?.(`${this.name}: reset`);
    this.book.trouble(this.world.nowMs);
    const { latencyMs } = this.world.schedule;
    this.#tellServer(Math.max(this.world.nowMs, this.#upUntilMs()) + latencyMs);
    this.#tellClient(Math.max(this.world.nowMs, this.#downUntilMs()) + latencyMs);
    if (this.stallMs() > this.world.nowMs) this.detectLater();
  }

  /** The server's process has died. */
  serverGone(): void {
    this.book.trouble(this.world.nowMs);
    this.#down(() => this.#ended(unavailable('connection lost')));
  }

  /** The client's process has died; its system closes the connection. */
  clientGone(): void {
    this.isClosed = true;
    this.#closedMs = this.world.nowMs;
    this.book.trouble(this.world.nowMs);
    this.#up(() => this.process?.receive(() => this.#drop()));
    if (this.stallMs() > this.world.nowMs) this.detectLater();
  }

  /** Something is wrong from now on: the server's keepalive notices, unless it is over by then. */
  detectLater(): void {
    this.book.trouble(this.world.nowMs);
    const afterMs = DETECT_MIN_MS + (DETECT_MAX_MS - DETECT_MIN_MS) * this.world.chance.uniform();
    this.world.at(this.world.nowMs + afterMs, () => {
      const { process } = this.run;
      const isDead = this.isClosed || this.isCut || this.stallMs() > this.world.nowMs;
      if (!isDead && process.isAlive && process.pausedUntilMs <= this.world.nowMs) return;
      this.isCut = true;
      this.process?.receive(() => this.#drop());
      this.#tellClient(Math.max(this.world.nowMs, this.#downUntilMs()));
    });
  }

  /** Time until which one direction or the other carries nothing. */
  stallMs(): number {
    return Math.max(this.#upUntilMs(), this.#downUntilMs());
  }

  #upUntilMs(): number {
    return Math.max(this.upStallMs, this.run.node.offlineUntilMs, this.server.isolatedUntilMs);
  }

  #downUntilMs(): number {
    return Math.max(this.downStallMs, this.run.node.offlineUntilMs, this.server.isolatedUntilMs);
  }

  #delayMs(): number {
    const { latencyMs, jitterMs } = this.world.schedule;
    return jitterMs === 0 ? latencyMs : latencyMs + jitterMs * this.world.chance.uniform();
  }

  #up(arrive: () => void, extraMs = 0): void {
    this.#lastUpMs = Math.max(this.#lastUpMs, this.world.nowMs + this.#delayMs() + extraMs);
    this.world.at(this.#lastUpMs, () => this.#upGate.pass(arrive));
  }

  /** `isApart`: on a transport of its own, which a reset does not concern. */
  #down(arrive: () => void, isApart = false): void {
    this.#lastDownMs = Math.max(this.#lastDownMs, this.world.nowMs + this.#delayMs());
    this.world.at(this.#lastDownMs, () => this.#arriveDown(arrive, isApart));
  }

  #arriveDown(arrive: () => void, isApart: boolean): void {
    this.#downGate.pass(() => {
      if (this.isClosed || (this.isCut && !isApart)) return;
      this.run.process.receive(() => this.#read(arrive));
    });
  }

  #read(arrive: () => void): void {
    if (this.isClosed) return;
    if (this.#isReading) this.run.enter(arrive);
    else this.#unread.push(() => this.isClosed || arrive());
  }

  // ---------------------------------------------------------------- arrivals

  #accept(open: Open, isHeld: boolean): void {
    if (this.isCut) return;
    const { server, world } = this;
    const { latencyMs, jitterMs } = world.schedule;
    // What waited for a network that came back too late was never sent.
    if (this.isClosed && !isHeld && world.nowMs - this.#closedMs > latencyMs + jitterMs) return;
    if (!server.process.isAlive) {
      this.#tellClient(world.nowMs + latencyMs);
      return;
    }
    this.process = server.process;
    server.process.receive(() => {
      this.#inlet = server.open(this, open);
      if (isHeld && this.isClosed) this.detectLater();
    });
  }

  #deliver(message: ServerMessage): void {
    this.world.trace?.(`${this.name}: ${this.run.process.name} gets ${describeMessage(message)}`);
    this.run.node.ghost.delivered(this, message);
    this.#events?.message({ ok: true, value: message });
    this.run.node.ghost.took(this.run);
  }

  #ended(error: ReseqError): void {
    if (this.book.hasToldEnd) return;
    this.book.hasToldEnd = true;
    this.run.node.ghost.lost(this, error);
    this.#events?.ended(error);
  }

  #tellServer(atMs: number): void {
    if (atMs < Number.POSITIVE_INFINITY) this.world.at(atMs, () => this.process?.receive(() => this.#drop()));
  }

  #tellClient(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.world.at(atMs, () =>
      this.run.process.receive(() => this.#read(() => this.#ended(unavailable('connection lost')))),
    );
  }

  #drop(): void {
    if (this.#inlet === undefined || this.process?.isAlive !== true || this.book.isDropped) return;
    this.book.isDropped = true;
    if (!this.book.hasEnded) {
      this.world.trace?.(`${this.name}: ${this.server.name} notices that it is gone`);
      this.server.ghost.wires.dropped(this);
    }
    this.#inlet.dropped();
  }

  #flushLater(): void {
    this.world.at(this.flushStallMs, () => {
      if (this.flushStallMs > this.world.nowMs) {
        this.#flushLater();
        return;
      }
      this.process?.receive(() => {
        const count = this.#unflushed;
        this.#unflushed = 0;
        for (let left = count; left > 0; left--) this.#inlet?.flushed();
      });
    });
  }
}

function unavailable(detail: string): ReseqError {
  return refusal('UNAVAILABLE', detail, { origin: 'remote' });
}

function describe({ request, extensions }: Open): string {
  const { kind, ...fields } = request;
  const shown = Object.entries(fields).map(([name, value]) => `${name} ${show(value)}`);
  return [kind, ...shown, ...extensions].join(', ');
}

function describeMessage(message: ServerMessage): string {
  switch (message.kind) {
    case 'opened':
      return `OPENED from ${message.nextIndex}${message.sequence.profile === 'stateful' ? `, attempt ${message.sequence.attempt}` : ''}`;
    case 'item':
      return `ITEM ${message.index}`;
    case 'final':
      return `FINAL ${message.index}`;
  }
}

function show(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex').slice(0, 8) : String(value);
}
