/**
 * What a client has accepted, and the judgement of each message against it: the books of one
 * sequence, without time or connections. Spec: core.md sections 3, 4, 5 and 8.
 */
import { RunningChecksum } from '../protocol/checksum.ts';
import { sumOf, valueAt } from '../protocol/doubling.ts';
import { show } from '../protocol/errors.ts';
import { MAX_A, MIN_A } from '../protocol/limits.ts';
import type { Final, Item, Opened, SequenceRequest } from '../protocol/messages.ts';
import type { Learnt, Snapshot, StatefulTask, StatelessTask, Task } from './records.ts';
import { toHex } from './records.ts';

/**
 * `fault`: the peer broke the order of messages, which a new connection may mend (RSQ-MSG-8, RSQ-MSG-9).
 * `mismatch`: this is another sequence, and no connection will mend that (RSQ-MSG-11, RSQ-SLS-9, RSQ-FIN-2).
 */
export type Judgement =
  | { readonly verdict: 'accepted' }
  | { readonly verdict: 'duplicate' }
  | { readonly verdict: 'fault'; readonly detail: string }
  | { readonly verdict: 'mismatch'; readonly detail: string };

export interface Ledger {
  readonly task: Task;
  /** Number of contiguous items accepted = index of the first undelivered item. */
  readonly accepted: number;
  /** What the first OPENED told, or undefined before it: until then the client sends START. */
  readonly learnt: Learnt | undefined;
  /** All items are in and verified (RSQ-FIN-1). */
  readonly complete: boolean;
  /** START before the first OPENED, RESUME from then on (RSQ-OPN-5). */
  request(attempt: number): SequenceRequest;
  /** Takes what OPENED tells. @returns how it contradicts what was asked for or learnt, or undefined */
  judgeOpened(opened: Opened): string | undefined;
  /** Accepts the message when it is the next one. */
  judge(message: Item | Final): Judgement;
}

const ACCEPTED: Judgement = { verdict: 'accepted' };
const DUPLICATE: Judgement = { verdict: 'duplicate' };

function fault(detail: string): Judgement {
  return { verdict: 'fault', detail };
}

function mismatch(detail: string): Judgement {
  return { verdict: 'mismatch', detail };
}

function differs(field: string, expected: unknown, got: unknown): string | undefined {
  return expected === got ? undefined : `opened.${field}: expected ${show(expected)}, got ${show(got)}`;
}

/** Position of a message against the items accepted, undefined when it is the next one. */
function judgeIndex(accepted: number, message: Item | Final): Judgement | undefined {
  if (message.index < accepted) return DUPLICATE;
  if (message.index > accepted)
    return fault(`${message.kind}.index: expected ${accepted}, got ${message.index} (a gap)`);
  return undefined;
}

/** Stateless profile: exact values, each compared with a * ratio^index; the exact sum. */
export class StatelessLedger implements Ledger {
  readonly task: StatelessTask;
  #accepted: number;
  #a: number | undefined;
  /** Value of the item at `#accepted`. */
  #expected = 0n;
  #sum = 0n;

  constructor(snapshot: Snapshot & { readonly task: StatelessTask }) {
    this.task = snapshot.task;
    this.#accepted = snapshot.accepted;
    if (snapshot.learnt?.profile === 'stateless') {
      const { a } = snapshot.learnt;
      this.#a = a;
      this.#expected = valueAt(a, this.task.ratio, this.#accepted);
      this.#sum = this.#accepted === 0 ? 0n : sumOf(a, this.task.ratio, this.#accepted);
    }
  }

  get accepted(): number {
    return this.#accepted;
  }

  get learnt(): Learnt | undefined {
    return this.#a === undefined ? undefined : { profile: 'stateless', a: this.#a };
  }

  get complete(): boolean {
    return this.#accepted === this.task.count;
  }

  /** Exact sum of the items accepted. */
  get sum(): bigint {
    return this.#sum;
  }

  request(): SequenceRequest {
    const { ratio } = this.task;
    return this.#a === undefined
      ? { kind: 'stateless-start', ratio }
      : { kind: 'stateless-resume', a: this.#a, ratio, nextIndex: this.#accepted };
  }

  judgeOpened(opened: Opened): string | undefined {
    const { sequence } = opened;
    if (sequence.profile !== 'stateless') return differs('profile', 'stateless', sequence.profile);
    const contradiction =
      differs('next_index', this.#accepted, opened.nextIndex) ??
      differs('ratio', this.task.ratio, sequence.ratio) ??
      differs('a', this.#a ?? sequence.a, sequence.a);
    if (contradiction !== undefined) return contradiction;
    if (sequence.a < MIN_A || sequence.a > MAX_A) return `opened.a: expected ${MIN_A}..${MAX_A}, got ${sequence.a}`;
    if (this.#a === undefined) {
      this.#a = sequence.a;
      this.#expected = BigInt(sequence.a);
    }
    return undefined;
  }

  judge(message: Item | Final): Judgement {
    const elsewhere = judgeIndex(this.#accepted, message);
    if (elsewhere !== undefined) return elsewhere;
    if (message.kind === 'final')
      return fault('message: expected an item (stateless sequences have no final), got final');
    if (typeof message.value !== 'bigint')
      return fault('item.value: expected an integer in bytes, got a 32-bit number');
    if (message.value !== this.#expected) {
      return mismatch(
        `item.value at index ${message.index}: expected ${show(this.#expected)}, got ${show(message.value)}`,
      );
    }
    this.#sum += this.#expected;
    this.#expected *= BigInt(this.task.ratio);
    this.#accepted += 1;
    return ACCEPTED;
  }
}

/** Stateful profile: numbers as they come, proven at the end by their SHA-256. */
export class StatefulLedger implements Ledger {
  readonly task: StatefulTask;
  readonly #isPrefixAsked: boolean;
  #accepted = 0;
  #resumeKey: Uint8Array | undefined;
  #expectedChecksum: string | undefined;
  readonly #checksum = new RunningChecksum();
  /** What `#checksum` says, until another value is added: judging the end asks for it several times. */
  #digest: string | undefined;

  /** @param extensions asked for */
  constructor(snapshot: Snapshot & { readonly task: StatefulTask }, extensions: readonly string[] = []) {
    this.task = snapshot.task;
    this.#isPrefixAsked = extensions.includes('prefix-checksum');
    for (const value of snapshot.values) this.#add(value);
    if (snapshot.learnt?.profile === 'stateful') this.#resumeKey = snapshot.learnt.resumeKey;
    this.#expectedChecksum = snapshot.expectedChecksum;
  }

  get accepted(): number {
    return this.#accepted;
  }

  get learnt(): Learnt | undefined {
    return this.#resumeKey === undefined ? undefined : { profile: 'stateful', resumeKey: this.#resumeKey };
  }

  get complete(): boolean {
    return this.#accepted === this.task.count && this.#expectedChecksum === this.checksum;
  }

  /** Lower-case hex of the SHA-256 over the items accepted so far. */
  get checksum(): string {
    this.#digest ??= toHex(this.#checksum.digest());
    return this.#digest;
  }

  /** The server's checksum as told by FINAL, lower-case hex, undefined before it. */
  get expectedChecksum(): string | undefined {
    return this.#expectedChecksum;
  }

  request(attempt: number): SequenceRequest {
    const { clientId, count } = this.task;
    return this.#resumeKey === undefined
      ? { kind: 'stateful-start', clientId, n: count, attempt }
      : { kind: 'stateful-resume', clientId, nextIndex: this.#accepted, resumeKey: this.#resumeKey, attempt };
  }

  judgeOpened(opened: Opened): string | undefined {
    const { sequence } = opened;
    if (sequence.profile !== 'stateful') return differs('profile', 'stateful', sequence.profile);
    const key = toHex(sequence.resumeKey);
    const contradiction =
      differs('next_index', this.#accepted, opened.nextIndex) ??
      differs('n', this.task.count, sequence.n) ??
      this.#differentKey(key) ??
      this.#differentPrefix(sequence.prefixChecksum);
    if (contradiction !== undefined) return contradiction;
    this.#resumeKey ??= sequence.resumeKey.slice();
    return undefined;
  }

  judge(message: Item | Final): Judgement {
    const elsewhere = judgeIndex(this.#accepted, message);
    if (elsewhere !== undefined) return elsewhere;
    const last = this.task.count - 1;
    if (message.kind === 'final') return this.#judgeFinal(message, last);
    if (typeof message.value !== 'number')
      return fault('item.value: expected a 32-bit number, got an integer in bytes');
    if (message.index >= last)
      return fault(`item.index: expected below ${last} (that one is final), got ${message.index}`);
    this.#add(message.value);
    return ACCEPTED;
  }

  #judgeFinal(message: Final, last: number): Judgement {
    if (message.index !== last) return fault(`final.index: expected ${last}, got ${message.index}`);
    this.#add(message.value);
    this.#expectedChecksum = toHex(message.checksum);
    const own = this.checksum;
    return own === this.#expectedChecksum
      ? ACCEPTED
      : mismatch(`final.checksum: expected ${own} (own), got ${this.#expectedChecksum} (server's)`);
  }

  #add(value: number): void {
    this.#checksum.add(value);
    this.#digest = undefined;
    this.#accepted += 1;
  }

  /** The keys themselves are secrets and stay out of the message (RSQ-KEY-5). */
  #differentKey(key: string): string | undefined {
    const same = this.#resumeKey === undefined || toHex(this.#resumeKey) === key;
    return same ? undefined : 'opened.resume_key: expected the one of the first opened, got another';
  }

  /** One that was not asked for is ignored (RSQ-PFX-3). */
  #differentPrefix(prefix: { readonly count: number; readonly sha256: Uint8Array } | undefined): string | undefined {
    if (prefix === undefined || !this.#isPrefixAsked) return undefined;
    return (
      differs('prefix_checksum.count', this.#accepted, prefix.count) ??
      differs('prefix_checksum.sha256', this.checksum, toHex(prefix.sha256))
    );
  }
}

/** Opens the books where a snapshot left them. @param extensions asked for on each connection */
export function ledgerOf(snapshot: Snapshot, extensions: readonly string[]): StatelessLedger | StatefulLedger {
  const { task } = snapshot;
  return task.profile === 'stateless'
    ? new StatelessLedger({ ...snapshot, task })
    : new StatefulLedger({ ...snapshot, task }, extensions);
}
