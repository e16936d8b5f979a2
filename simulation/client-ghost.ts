/**
 * Watches the clients: what their connections bring, what their applications get, what they ask for and when, and how
 * they end.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Confirm, Open, ServerMessage } from '../protocol/messages.ts';
import { StatefulLedger, StatelessLedger } from '../reference-client/ledger.ts';
import type { Outcome } from '../reference-client/outcome.ts';
import type { Journal } from '../reference-client/records.ts';
import type { ClientBook } from './books.ts';
import type { ClientNode, ClientRun } from './client-run.ts';
import { hexOf, statelessValue } from './oracle.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

/** Upper bounds of the waits before retries 0, 1, ...: core.md section 9. */
const BACKOFF_MS = [250, 500, 1_000, 2_000, 4_000, 5_000];
const ROUNDING_MS = 0.01;
/** D, and what a message is under way. */
const DETECT_MS = 10_000;
const GIVE_UP_MS = 60_000;
const GIVE_UP_DIALS = 5;

export class ClientGhost {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A program starts with this journal. */
  started({ book }: ClientNode, journal: Journal): void {
    if (journal.accepted < book.handedOut || journal.accepted > book.accepted) {
      const detail = `the file has ${journal.accepted} items, the application ${book.handedOut}`;
      this.#world.violate('in order, each item once', detail);
    }
    book.accepted = journal.accepted;
    book.handedOut = journal.accepted;
    book.hasOpened = journal.learnt !== undefined;
    if (!book.hasOpened) {
      book.life = undefined;
      book.resumeKey = '';
      book.a = 0;
    }
    book.dials = 0;
    book.retries = 0;
    book.waitingMs = undefined;
    book.wasInterrupted = false;
    book.progressMs = this.#world.nowMs;
  }

  // ---------------------------------------------------------------- requests

  dialled(wire: Wire, { request }: Open): void {
    const { run } = wire;
    const { book } = run.node;
    const nowMs = run.process.now();
    wire.book.heardMs = nowMs;
    if (book.waitingMs !== undefined) this.#judgeWait(book, nowMs - book.waitingMs);
    book.dials++;
    wire.book.isResume = request.kind.endsWith('resume');
    if (wire.book.isResume !== book.hasOpened) {
      this.#world.violate('START until the first OPENED', `${request.kind}, opened before: ${book.hasOpened}`);
    }
    if ('nextIndex' in request && request.nextIndex !== book.accepted) {
      const detail = `next_index ${request.nextIndex}, accepted ${book.accepted}`;
      this.#world.violate('in order, each item once', detail);
    }
    if (request.kind === 'stateless-resume' && request.a !== book.a) {
      this.#world.violate('one sequence only', `resumes with a ${request.a} in place of ${book.a}`);
    }
    if (request.kind === 'stateful-resume') {
      wire.book.life = book.life;
      if (hexOf(request.resumeKey) !== book.resumeKey) {
        this.#world.violate('one sequence only', 'resumes with another resume key');
      }
    }
    if ('attempt' in request) {
      const { attempt = 0 } = request;
      if (attempt <= book.attempt) {
        this.#world.violate('attempts rise', `attempt ${attempt} after ${book.attempt}`);
      }
      book.attempt = attempt;
    }
  }

  /** A second connection is begun beside `wire`; for a CONFIRM that is fine (RSQ-ROL-3). */
  overlaps({ run, name }: Wire): void {
    if (run.node.book.accepted < run.node.book.n) {
      this.#world.violate('one connection at a time', `${name} is open when the next one is begun`);
    }
  }

  /** A CONFIRM was answered without error. */
  confirmed({ node: { book } }: ClientRun): void {
    if (book.life === undefined || book.life.ending !== undefined || book.life.isDisturbed) return;
    this.#world.violate('a CONFIRM discards at once', 'the session is there');
  }

  /** RSQ-BAK-2, RSQ-BAK-4 */
  #judgeWait(book: ClientBook, waitedMs: number): void {
    const { lagMs } = this.#world.schedule;
    const wholeMs = BACKOFF_MS[Math.min(book.retries, BACKOFF_MS.length - 1)] ?? 0;
    const [minMs, maxMs] =
      book.retryAfterMs > 0 ? [book.retryAfterMs, 1.25 * book.retryAfterMs] : [wholeMs / 2, wholeMs];
    const isLate = waitedMs > maxMs + 1.01 * lagMs + ROUNDING_MS && !book.isExcused;
    if (waitedMs < minMs - ROUNDING_MS || isLate) {
      const detail = `waited ${waitedMs.toFixed(1)} ms before retry ${book.retries}, expected ${minMs}..${maxMs}`;
      this.#world.violate('back-off is kept', detail);
    }
    book.retries++;
  }

  confirming(run: ClientRun, { attempt }: Confirm): void {
    const { book } = run.node;
    if (book.accepted !== book.n) {
      this.#world.violate('CONFIRM only when complete', `${book.accepted} of ${book.n} items`);
    }
    if (attempt > book.attempt) this.#world.violate('CONFIRM only when complete', `attempt ${attempt} was never used`);
    book.hasConfirmed = true;
  }

  /** The client closes a connection by itself, or after it has heard of its end. */
  closed(wire: Wire): void {
    const { run, book: wireBook } = wire;
    const { book } = run.node;
    const nowMs = run.process.now();
    book.waitingMs = nowMs;
    if (wireBook.hasToldEnd) return;
    book.retryAfterMs = 0;
    if (book.wasInterrupted || book.isExcused) return;
    this.#judgeSilence(wire, nowMs - wireBook.heardMs, true);
  }

  /** RSQ-LIV-1, RSQ-LIV-2. `isOver`: the client has just lost its patience. */
  #judgeSilence({ run, book: { hasBroughtOpened } }: Wire, silentMs: number, isOver: boolean): void {
    const { intervalMs, isExcused, accepted, n } = run.node.book;
    // What is left to do then is a CONFIRM, which has limits of its own.
    if (accepted === n) return;
    const limitMs = hasBroughtOpened ? Math.max(3 * intervalMs, 5_000) : 5_000;
    const isEarly = isOver && silentMs < limitMs - ROUNDING_MS;
    if (!isEarly && (isExcused || silentMs <= limitMs + 1.01 * this.#world.schedule.lagMs + ROUNDING_MS)) return;
    this.#world.violate('silence ends a connection', `${silentMs.toFixed(1)} ms in place of ${limitMs}`);
  }

  // ---------------------------------------------------------------- what comes

  /** A message is about to be handed to a client that listens. */
  delivered(wire: Wire, message: ServerMessage): void {
    const { run, book: wireBook } = wire;
    const { book } = run.node;
    const nowMs = run.process.now();
    this.#judgeSilence(wire, nowMs - wireBook.heardMs, false);
    wireBook.heardMs = nowMs;
    if (message.kind === 'opened') {
      wireBook.hasBroughtOpened = true;
      this.#learn(book, wire, message);
      return;
    }
    if (message.index !== book.accepted) return;
    book.accepted++;
    book.retries = 0;
    book.progressMs = this.#world.nowMs;
  }

  #learn(
    book: ClientBook,
    { book: wireBook }: Wire,
    { sequence, intervalMs }: ServerMessage & { kind: 'opened' },
  ): void {
    book.intervalMs = intervalMs;
    if (book.hasOpened) return;
    book.hasOpened = true;
    book.life = wireBook.life;
    if (sequence.profile === 'stateless') book.a = sequence.a;
    else book.resumeKey = hexOf(sequence.resumeKey);
  }

  /** The client has dealt with a message. */
  took({ node: { book }, process }: ClientRun): void {
    if (process.isAlive && book.handedOut === book.n && book.wire !== undefined) book.wire.book.isFinalDelivered = true;
    if (!process.isAlive || book.result !== undefined || book.handedOut === book.accepted) return;
    const detail = `${book.accepted} items came in order, ${book.handedOut} were handed out`;
    this.#world.violate('in order, each item once', detail);
  }

  handedOut({ node: { book } }: ClientRun, index: number, value: number | bigint): void {
    const right = book.isStateless ? statelessValue(book.a, index) : book.life?.sequence.values[index];
    if (index !== book.handedOut || index >= book.accepted) {
      this.#world.violate('in order, each item once', `item ${index} was handed out as number ${book.handedOut}`);
    }
    if (value !== right) {
      this.#world.violate('values are the oracle’s', `item ${index}: expected ${right}, got ${value}`);
    }
    book.handedOut++;
  }

  /** A client that listens is about to hear of the end of its connection. */
  lost(wire: Wire, error: ReseqError): void {
    const { run } = wire;
    this.#judgeSilence(wire, run.process.now() - wire.book.heardMs, false);
    run.node.book.retryAfterMs = error.retryable ? (error.retryAfterMs ?? 0) : 0;
  }

  // ---------------------------------------------------------------- ends

  finished(run: ClientRun, { result, error }: Outcome): void {
    const { book, name } = run.node;
    this.#world.trace?.(`${name}: ${result}${error === undefined ? '' : ` because ${error.message}`}`);
    if (result === 'interrupted' && book.wasInterrupted) return;
    book.result = result;
    const wrong = this.#judgeResult(run, result);
    if (wrong !== undefined) this.#world.violate(wrong[0], `${result} (${error?.message ?? 'no error'}): ${wrong[1]}`);
  }

  #judgeResult(run: ClientRun, result: Outcome['result']): readonly [string, string] | undefined {
    const { book } = run.node;
    switch (result) {
      case 'complete':
        return judgeComplete(run);
      case 'incomplete':
        return this.#judgeIncomplete(book);
      case 'rejected':
        if (book.hasRival || book.life?.isDisturbed) return undefined;
        return ['no false end', 'nobody else uses this client id'];
      case 'unreachable':
        if (!book.hasOpened && book.dials >= GIVE_UP_DIALS) return undefined;
        return this.#judgePatience(book);
      default:
        return ['no false end', 'every server is right'];
    }
  }

  /** RSQ-BAK-6: not early, and not when everything has been in order for as long. */
  #judgePatience({ progressMs }: ClientBook): readonly [string, string] | undefined {
    const { nowMs, troubledUntilMs } = this.#world;
    if (nowMs - progressMs < GIVE_UP_MS) return ['no false end', `${Math.round(nowMs - progressMs)} ms after an item`];
    if (nowMs - troubledUntilMs > GIVE_UP_MS) return ['no false end', 'everything was in order'];
    return undefined;
  }

  /** What has cost the session, and whether it may. */
  #judgeIncomplete({ life, hasRival }: ClientBook): readonly [string, string] | undefined {
    if (life?.ending === undefined) return ['no false end', 'the session lives'];
    if (hasRival || life.ending === 'lost' || life.ending === 'expired') return undefined;
    if (life.ending === 'confirmed') return ['confirm-final never loses a session', 'it was confirmed'];
    const wire = life.endedBy;
    const { troubledMs, finalMs = 0, isFinalDelivered = false } = wire?.book ?? {};
    if (isFinalDelivered) return ['literal mode loses in its window only', 'FINAL has come'];
    if (troubledMs === undefined) return ['literal mode loses in its window only', 'the connection was in order'];
    const hinderedMs = Math.max(
      0,
      (wire?.server.calmSinceMs ?? 0) - troubledMs,
      (wire?.server.wokeMs ?? 0) - troubledMs,
    );
    if (finalMs - troubledMs <= DETECT_MS + hinderedMs + 2 * this.#world.schedule.intervalMs) return undefined;
    return ['literal mode loses in its window only', `FINAL was sent ${Math.round(finalMs - troubledMs)} ms later`];
  }
}

function judgeComplete({ ledger, node: { book } }: ClientRun): readonly [string, string] | undefined {
  if (book.accepted !== book.n || book.handedOut !== book.n) {
    return ['complete means all of it', `${book.accepted} of ${book.n} items have come, ${book.handedOut} handed out`];
  }
  if (ledger instanceof StatefulLedger) {
    const right = book.life?.sequence.checksums[book.n];
    return ledger.checksum === right && ledger.expectedChecksum === right
      ? undefined
      : ['complete means all of it', 'checksum'];
  }
  if (!(ledger instanceof StatelessLedger)) return ['complete means all of it', 'no ledger'];
  let sum = 0n;
  for (let index = 0; index < book.n; index++) sum += statelessValue(book.a, index) ?? 0n;
  return ledger.sum === sum ? undefined : ['complete means all of it', `sum ${ledger.sum} in place of ${sum}`];
}
