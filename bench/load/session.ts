/**
 * One stateful session of the load generator: what came when, and from where on to resume.
 */
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import type { Caller, LoadConnection } from './connection.ts';
import { headerBlock } from './frames.ts';

const { Open } = loadService().definition;
const BLOCK = headerBlock(Open.path);

/** Collects while a window is open. */
export interface Recorder {
  /** Milliseconds between two items of a session, 0: as fast as they can. */
  readonly intervalMs: number;
  isOpen: boolean;
  messages: number;
}

export class LoadSession implements Caller {
  readonly clientId: string;
  readonly #n: number;
  readonly #recorder: Recorder;
  readonly #onFirst: (atMs: number) => void;
  readonly #onEnd: () => void;
  #resumeKey: Buffer | undefined;
  #streamId = 0;
  #connection: LoadConnection | undefined;
  /** Items that have come on all connections. */
  nextIndex = 0;
  /** Messages of this connection. */
  #messages = 0;
  wantsBytes = true;
  /** Arrivals within windows, each less its number times the interval: equal when the pace is kept. */
  readonly phases: number[] = [];

  constructor(clientId: string, n: number, recorder: Recorder, onFirst: (atMs: number) => void, onEnd: () => void) {
    this.clientId = clientId;
    this.#n = n;
    this.#recorder = recorder;
    this.#onFirst = onFirst;
    this.#onEnd = onEnd;
  }

  /** START, or RESUME when it has been opened before. @param resumeAt instead of the item that is missing */
  open(connection: LoadConnection, resumeAt = this.nextIndex): void {
    const { clientId } = this;
    this.#messages = 0;
    this.#connection = connection;
    this.nextIndex = resumeAt;
    this.wantsBytes = this.#resumeKey === undefined;
    const request =
      this.#resumeKey === undefined
        ? { statefulStart: { clientId, n: this.#n } }
        : { statefulResume: { clientId, nextIndex: resumeAt, resumeKey: this.#resumeKey } };
    this.#streamId = connection.call(BLOCK, Open.requestSerialize({ protocolVersion: 1, ...request }), this);
  }

  cancel(): void {
    this.#connection?.cancel(this.#streamId);
  }

  message(atMs: number, bytes: Buffer | undefined): void {
    const recorder = this.#recorder;
    const number = this.#messages++;
    if (recorder.isOpen) {
      recorder.messages++;
      // The first item comes with OPENED and begins the row; the gap behind it is longer by the dither.
      if (recorder.intervalMs > 0 && number >= 2) this.phases.push(atMs - number * recorder.intervalMs);
    }
    if (number > 0) this.nextIndex++;
    if (number === 1) this.#onFirst(atMs);
    if (bytes !== undefined) this.#readOpened(bytes);
  }

  ended(): void {
    this.#connection = undefined;
    this.#onEnd();
  }

  /** Peers of the benchmark that know no sessions send an item at once. */
  #readOpened(bytes: Buffer): void {
    this.wantsBytes = false;
    const key = Open.responseDeserialize(bytes).opened?.stateful?.resumeKey;
    this.#resumeKey = Buffer.from(key ?? []);
  }
}
