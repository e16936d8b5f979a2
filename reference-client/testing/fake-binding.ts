/**
 * A binding without a network: a server in the same process that serves a stateful or stateless
 * sequence as fast as it is read, and drops the connection when told.
 */
import { refusal } from '../../protocol/errors.ts';
import type { Open, ServerMessage } from '../../protocol/messages.ts';
import type { Binding, Link, StreamEvents } from '../link.ts';
import { CHECKSUM_42_6, NUMBERS_42, openedFor } from './drive.ts';

export interface FakeBindingOptions {
  /** Items after which each connection drops; undefined = never. */
  readonly dropAfter?: number | undefined;
  /** The code with which the server ends every connection at once. */
  readonly refuse?: Parameters<typeof refusal>[0] | undefined;
  /** Called behind each message with the number of messages on its link. */
  readonly sent?: ((count: number) => void) | undefined;
}

export class FakeBinding implements Binding {
  readonly options: FakeBindingOptions;
  readonly links: FakeLink[] = [];

  constructor(options: FakeBindingOptions = {}) {
    this.options = options;
  }

  connect(): Link {
    const link = new FakeLink(this.options);
    this.links.push(link);
    return link;
  }
}

export class FakeLink implements Link {
  isPaused = false;
  isClosed = false;
  /** Messages handed in. */
  sent = 0;
  readonly #options: FakeBindingOptions;
  #messages: ServerMessage[] = [];
  #events: StreamEvents | undefined;

  constructor(options: FakeBindingOptions) {
    this.#options = options;
  }

  open(open: Open, _openedBefore: boolean, events: StreamEvents): void {
    const all = messagesFor(open);
    this.#messages = this.#options.dropAfter === undefined ? all : all.slice(0, 1 + this.#options.dropAfter);
    this.#events = events;
    this.#pump();
  }

  confirm(): void {
    throw new Error('this server grants no extension');
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#pump();
  }

  close(): void {
    this.isClosed = true;
  }

  /** One message per turn of the loop, as from a socket. */
  #pump(): void {
    setImmediate(() => {
      if (this.isPaused || this.isClosed) return;
      const { refuse } = this.#options;
      const message = refuse === undefined ? this.#messages.shift() : undefined;
      if (message === undefined) {
        this.#events?.ended(refusal(refuse ?? 'UNAVAILABLE', 'as told'));
        return;
      }
      this.sent += 1;
      this.#events?.message({ ok: true, value: message });
      this.#options.sent?.(this.sent);
      this.#pump();
    });
  }
}

function messagesFor(open: Open): ServerMessage[] {
  const opened = openedFor(open);
  const { nextIndex, sequence } = opened;
  if (sequence.profile === 'stateful') {
    const items = NUMBERS_42.slice(nextIndex, 5).map(
      (value, at) => ({ kind: 'item', index: nextIndex + at, value }) as const,
    );
    const checksum = Buffer.from(CHECKSUM_42_6, 'hex');
    return [opened, ...items, { kind: 'final', index: 5, value: NUMBERS_42[5], checksum }];
  }
  const items = Array.from({ length: 100 }, (_, at) => {
    const index = nextIndex + at;
    return { kind: 'item', index, value: BigInt(sequence.a) * BigInt(sequence.ratio) ** BigInt(index) } as const;
  });
  return [opened, ...items];
}
