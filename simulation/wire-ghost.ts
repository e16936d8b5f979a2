/**
 * Judges what servers send, by what the ghost of the store knows about the session.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Final, Item, Opened, ServerMessage } from '../protocol/messages.ts';
import type { Life } from './books.ts';
import { hexOf, statelessValue } from './oracle.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

export class WireGhost {
  readonly world: World;
  /** Longest time between two renewals. */
  readonly #periodMs: number;
  readonly #slackMs: number;

  constructor(world: World, periodMs: number, slackMs: number) {
    this.world = world;
    this.#periodMs = periodMs;
    this.#slackMs = slackMs;
  }

  sent(wire: Wire, message: ServerMessage): void {
    const { book } = wire;
    if (book.hasEnded) this.world.violate('nothing after the end', `${wire.name}: ${message.kind}`);
    if (message.kind === 'opened') this.#sentOpened(wire, message);
    else this.#sentNumber(wire, message);
  }

  #sentOpened(wire: Wire, { nextIndex, extensions, sequence, intervalMs }: Opened): void {
    const { book } = wire;
    const { schedule } = this.world;
    if (book.nextIndex !== -1) this.world.violate('OPENED comes once', wire.name);
    const asked = wire.run.node.book.wire === wire && !wire.isClosed ? wire.run.node.book.accepted : nextIndex;
    if (nextIndex !== (book.isResume ? asked : 0)) {
      this.world.violate('in order, each item once', `OPENED says ${nextIndex}, the client has ${asked} items`);
    }
    if (intervalMs !== schedule.intervalMs) this.world.violate('pace is kept', `OPENED says ${intervalMs} ms`);
    book.nextIndex = nextIndex;
    if (sequence.profile === 'stateless') {
      book.a = sequence.a;
      return;
    }
    const { life } = book;
    if (sequence.retentionMs !== schedule.retentionMs || sequence.n !== life?.n || sequence.attempt !== book.attempt) {
      this.world.violate('OPENED tells the truth', `${wire.name}: n ${sequence.n}, attempt ${sequence.attempt}`);
    }
    book.grantsConfirm = extensions.includes('confirm-final');
    const expected = schedule.granted === 1 && schedule.confirm === 1;
    if (book.grantsConfirm !== expected) this.world.violate('OPENED tells the truth', 'confirm-final');
    const prefix = sequence.prefixChecksum;
    if (prefix !== undefined && hexOf(prefix.sha256) !== life?.sequence.checksums[nextIndex]) {
      this.world.violate('values are the oracle’s', 'prefix checksum');
    }
  }

  #sentNumber(wire: Wire, message: Item | Final): void {
    const { book } = wire;
    const { life } = book;
    const { nowMs, schedule } = this.world;
    const right = life === undefined ? statelessValue(book.a, message.index) : life.sequence.values[message.index];
    // The server does not know how many items of a stateless sequence its client wants.
    if (message.value !== right && (life !== undefined || right !== undefined)) {
      this.world.violate('values are the oracle’s', `item ${message.index}: expected ${right}, got ${message.value}`);
    }
    if (message.index !== book.nextIndex) {
      this.world.violate('in order, each item once', `sent item ${message.index} in place of ${book.nextIndex}`);
    }
    book.nextIndex++;
    const serverMs = wire.process?.now() ?? 0;
    if (serverMs - book.lastItemMs < 0.9 * schedule.intervalMs - 0.001) {
      this.world.violate('pace is kept', `two items ${(serverMs - book.lastItemMs).toFixed(1)} ms apart`);
    }
    book.lastItemMs = serverMs;
    if (life === undefined) return;
    this.#judgeOlder(wire, life);
    this.#judgeLease(wire, life);
    if (message.kind === 'final') this.#judgeFinal(wire, life, message, nowMs);
    else if (message.index === life.n - 1) this.world.violate('the last item is FINAL', 'it was sent as ITEM');
  }

  /** RSQ-ATT-8. Without its store a server learns of a takeover later (RSQ-STO-6); after a sleep it asks first. */
  #judgeOlder(wire: Wire, life: Life): void {
    const { supersededMs } = wire.book;
    if (supersededMs === undefined || life.isDisturbed) return;
    const { nowMs, schedule } = this.world;
    const forMs = nowMs - Math.max(supersededMs, wire.server.calmSinceMs);
    const limitMs = schedule.intervalMs + 1_000;
    if (forMs <= limitMs + this.#slackMs) return;
    this.world.violate('one live stream', `an older one sends ${Math.round(forMs)} ms after the takeover`);
  }

  /** RSQ-STO-6 */
  #judgeLease(wire: Wire, life: Life): void {
    const { nowMs, schedule } = this.world;
    const leaseMs = schedule.retentionMs + this.#periodMs + this.#slackMs + schedule.intervalMs;
    if (nowMs - wire.book.leasedMs <= leaseMs || life.isDisturbed) return;
    this.world.violate(
      'nothing is sent without a lease',
      `${Math.round(nowMs - wire.book.leasedMs)} ms after the last`,
    );
  }

  #judgeFinal(wire: Wire, life: Life, { index, checksum }: Final, nowMs: number): void {
    const { book } = wire;
    const { schedule } = this.world;
    if (index !== life.n - 1) this.world.violate('the last item is FINAL', `FINAL has the index ${index}`);
    if (hexOf(checksum) !== life.sequence.checksums[life.n]) {
      this.world.violate('values are the oracle’s', 'checksum of FINAL');
    }
    // RSQ-FIN-6
    const ageMs = nowMs - book.renewedMs;
    if (ageMs > schedule.intervalMs + 1_000 + this.#slackMs) {
      this.world.violate('FINAL needs a fresh renewal', `the last one is ${Math.round(ageMs)} ms old`);
    }
    book.finalMs = nowMs;
  }

  ended(wire: Wire, error: ReseqError | undefined): void {
    const { book } = wire;
    if (book.hasEnded) this.world.violate('nothing after the end', `${wire.name}: a second end`);
    book.hasEnded = true;
    if (error === undefined && book.finalMs !== undefined && !book.grantsConfirm) this.#expectDiscarded(wire);
    if (error?.registryName === 'SESSION_NOT_FOUND' && !book.isMissing && book.life?.ending === undefined) {
      this.world.violate('retention is kept', 'SESSION_NOT_FOUND, though the store has not said so');
    }
    this.#letGo(wire);
  }

  /** RSQ-FIN-5: unless its server or the store fails in this moment. */
  #expectDiscarded({ book: { life, attempt }, process, server }: Wire): void {
    const { nowMs, schedule } = this.world;
    this.world.at(nowMs + schedule.storeLatencyMs + 1, () => {
      const isHindered = process?.isAlive !== true || Math.max(server.calmSinceMs, server.wokeMs) > nowMs;
      if (life === undefined || life.ending !== undefined || life.isDisturbed || isHindered) return;
      if (life.attempt === attempt) this.world.violate('FINAL discards the session', 'it is there');
    });
  }

  dropped(wire: Wire): void {
    this.#letGo(wire);
  }

  #letGo(wire: Wire): void {
    const { life } = wire.book;
    if (life?.holder === wire) life.letGo(this.world.nowMs);
  }
}
