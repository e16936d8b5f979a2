/** Plays a {@link Script} on one call. Every message is reported before it is written, so that no time in a trace is too late. */

import { MAX_RESPONSE_BYTES } from '../../protocol/limits.ts';
import type { MessageView, StatusView } from '../trace.ts';
import { bytesField, uintField } from './protobuf.ts';
import type { Script, Step } from './script.ts';
import type { Call, CallEnd } from './transport.ts';
import { encodeFinal, encodeItem, encodeOpened, type WireOpened } from './wire.ts';

/** The numbers that a stream carries. */
export interface Sequence {
  readonly profile: 'stateless' | 'stateful';
  /** Number of items: n, or 65535 in the stateless profile. */
  readonly count: number;
  /** uint32, or big-endian bytes. */
  value(index: number): number | Uint8Array;
  /** SHA-256 over the first so many values. */
  checksum(count: number): Uint8Array;
}

/** One stream to be played. */
export interface Play {
  readonly sequence: Sequence;
  readonly opened: WireOpened;
  readonly script: Script;
  readonly intervalMs: number;
  /** Unknown fields that every message carries: some inside and outside, or so many that it has the largest size allowed. */
  readonly unknown: 'none' | 'some' | 'largest';
  /** Asked before each item; false ends the playing. */
  mayGoOn?(): Promise<boolean>;
}

/** What the player reports. */
export interface PlayEvents {
  message(message: MessageView): void;
  status(status: StatusView): void;
  /** The peer kills the connection, `how` it does. */
  dropped(how: 'rst' | 'blackhole'): void;
}

/** More than this waits unread: the pace stops, or memory would fill with what a slow client has not taken. */
const UNSENT_CAP_BYTES = 4 << 20;
const MAKE_UP_BELOW_MS = 10;

const NOTHING = new Uint8Array();
const UNKNOWN_NUMBER = 1000;
const UNKNOWN_FIELD = Buffer.concat([
  uintField(UNKNOWN_NUMBER, 7),
  bytesField(UNKNOWN_NUMBER + 1, 'from a later version'),
]);
/** Two bytes of tag and two of length. */
const UNKNOWN_OVERHEAD = 4;

export class Player {
  private readonly call: Call;
  private readonly play: Play;
  private readonly events: PlayEvents;
  private readonly gone: Promise<void>;
  private next: number;
  private wake: () => void = () => undefined;

  constructor(call: Call, play: Play, events: PlayEvents) {
    this.call = call;
    this.play = play;
    this.events = events;
    this.next = play.opened.nextIndex;
    this.gone = new Promise((resolve) =>
      call.onGone(() => {
        this.wake();
        resolve();
      }),
    );
  }

  /** Plays to the end of the script, or until the client leaves. */
  async run(): Promise<void> {
    for (const step of this.play.script) {
      if (this.call.ended) return;
      await this.perform(step);
    }
  }

  private async perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'opened':
        return this.sendOpened({ ...this.play.opened, ...step.with });
      case 'items':
        return this.sendItems(step.count, step.paceMs ?? this.play.intervalMs, step.perTick ?? 1);
      case 'item':
        return this.sendOne(step.index ?? Math.max(0, this.next + (step.offset ?? 0)), step.wrong ?? false);
      case 'final':
        return this.sendFinal(step);
      case 'skip':
        this.next = Math.max(0, this.next + step.items);
        return;
      case 'message':
        this.events.message({ kind: 'malformed', detail: step.hex });
        return this.call.send(Buffer.from(step.hex, 'hex'));
      case 'bytes':
        this.events.message({ kind: 'malformed', detail: `without prefix: ${step.hex}` });
        return this.call.sendRaw(Buffer.from(step.hex, 'hex'));
      case 'wait':
        return this.wait(step.ms);
      case 'hold':
        return this.gone;
      case 'freeze':
        this.events.dropped('blackhole');
        this.call.connection.freeze();
        return this.gone;
      case 'reset':
        this.events.dropped('rst');
        return this.call.connection.reset();
      case 'reset-stream':
        this.events.status({ grpc: 'RST_STREAM', detail: `HTTP/2 error ${step.http2Code}` });
        return this.call.resetStream(step.http2Code);
      case 'end':
        this.events.status(statusView(step));
        return this.call.end(step);
    }
  }

  private sendOpened(opened: WireOpened): void {
    this.events.message(openedView(opened));
    this.sendMessage(encodeOpened(opened, this.extra()));
  }

  /** The first at once, the others by deadlines, so that the pace has no drift. */
  private async sendItems(count: number | undefined, paceMs: number, perTick: number): Promise<void> {
    const { sequence } = this.play;
    const last = sequence.profile === 'stateful' ? sequence.count - 1 : sequence.count;
    const end = count === undefined ? last : Math.min(last, this.next + count);
    const first = this.next;
    let dueAt = performance.now();
    while (this.next < end && !this.call.ended) {
      if (!(await this.isDue(dueAt))) continue;
      if (this.play.mayGoOn !== undefined && !(await this.play.mayGoOn())) return;
      this.sendOne(this.next, false);
      if ((this.next - first) % perTick === 0) dueAt = nextDue(dueAt, paceMs);
    }
    // FINAL or whatever follows keeps the same distance.
    if (count !== undefined || sequence.profile === 'stateless' || this.next === first) return;
    while (!this.call.ended && !(await this.isDue(dueAt)));
  }

  /** Waits once, at most until then. A timer of node cannot wait less than a millisecond: what is due by then is due now. */
  private async isDue(dueAt: number): Promise<boolean> {
    const dueInMs = dueAt - performance.now();
    if (dueInMs < 1 && this.call.unsentBytes <= UNSENT_CAP_BYTES) return true;
    await this.wait(Math.max(1, Math.floor(dueInMs)));
    return false;
  }

  private sendOne(index: number, wrong: boolean): void {
    const right = this.play.sequence.value(index);
    const value = wrong ? spoil(right) : right;
    this.events.message(itemView(index, value));
    this.sendMessage(encodeItem(index, value, this.extra()));
    if (index === this.next) this.next += 1;
  }

  private sendFinal(step: Extract<Step, { do: 'final' }>): void {
    const { sequence } = this.play;
    if (sequence.profile === 'stateless') return;
    const index = step.index ?? sequence.count - 1;
    const right = sequence.value(index);
    const value = Number(step.wrongValue === true ? spoil(right) : right);
    const checksum = checksumOf(sequence.checksum(sequence.count), step.checksum ?? 'right');
    this.events.message({ kind: 'final', index, value: String(value), checksum: hex(checksum) });
    this.sendMessage(encodeFinal(index, value, checksum, this.extra()));
  }

  private extra(): Uint8Array {
    return this.play.unknown === 'none' ? NOTHING : UNKNOWN_FIELD;
  }

  private sendMessage(message: Uint8Array): void {
    if (this.play.unknown === 'none') {
      this.call.send(message);
      return;
    }
    const size = this.play.unknown === 'largest' ? MAX_RESPONSE_BYTES - message.length - UNKNOWN_OVERHEAD : 1;
    this.call.send(Buffer.concat([message, bytesField(UNKNOWN_NUMBER, new Uint8Array(size))]));
  }

  /** Ends early when the client leaves. */
  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** At a pace of a few milliseconds late items are made up for; at a slower one they are not, as the specification has it. */
function nextDue(dueAt: number, paceMs: number): number {
  const next = dueAt + paceMs;
  return paceMs < MAKE_UP_BELOW_MS ? next : Math.max(next, performance.now() + 0.95 * paceMs);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function spoil(value: number | Uint8Array): number | Uint8Array {
  if (typeof value === 'number') return (value ^ 1) >>> 0;
  const bytes = Uint8Array.from(value);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return bytes;
}

function checksumOf(right: Uint8Array, kind: 'right' | 'flipped' | 'short'): Uint8Array {
  if (kind === 'right') return right;
  return kind === 'short' ? right.subarray(0, 16) : Uint8Array.from(right, (byte, i) => (i === 31 ? byte ^ 1 : byte));
}

export function statusView(end: CallEnd): StatusView {
  return {
    grpc: end.status,
    detail: end.detail ?? '',
    ...(end.code === undefined ? {} : { code: end.code }),
    ...(end.retryAfterMs === undefined ? {} : { retryAfterMs: end.retryAfterMs }),
  };
}

function itemView(index: number, value: number | Uint8Array): MessageView {
  if (typeof value === 'number') return { kind: 'item', index, type: 'number', value: String(value) };
  // The value of a far item has thousands of digits and follows from its index: its size is enough for a trace.
  const text = value.length > 32 ? `${value.length} bytes` : BigInt(`0x${hex(value)}`).toString();
  return { kind: 'item', index, type: 'integer', value: text };
}

function openedView(opened: WireOpened): MessageView {
  const { profile, protocolVersion, intervalMs, nextIndex, extensions } = opened;
  const common = { kind: 'opened', protocolVersion, intervalMs, nextIndex, extensions } as const;
  if (profile === 'stateless') return { ...common, sequence: { profile, a: opened.a, ratio: opened.ratio } };
  const { n, retentionMs, attempt, prefix } = opened;
  return {
    ...common,
    sequence: {
      profile,
      n,
      retentionMs,
      resumeKey: hex(opened.resumeKey),
      attempt,
      ...(prefix === undefined ? {} : { prefixChecksum: { count: prefix.count, sha256: hex(prefix.sha256) } }),
    },
  };
}
