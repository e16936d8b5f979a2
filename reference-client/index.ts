/**
 * The client for programs: a sequence as an async iterable that survives drops.
 *
 *     const sequence = openSequence({ server: 'localhost:9000', profile: 'stateful', count: 20 });
 *     for await (const { index, value } of sequence) console.log(index, value);
 *     const { checksum } = await sequence.result;
 *
 * Each item comes exactly once and in order, whatever happens to connections in between. The loop
 * ends normally only when the sequence is complete and verified; otherwise it throws.
 */

import { type HostPort, parseHostPort } from '../protocol/cli.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Ratio } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import { systemClock, systemRandom } from '../protocol/real.ts';
import { grpcBinding, type TlsOptions } from './bindings/grpc.ts';
import { Client } from './client.ts';
import { DEFAULT_BUFFER, DEFAULT_CONNECT_ATTEMPTS } from './defaults.ts';
import type { Notice } from './events.ts';
import { ItemQueue, type SequenceItem } from './item-queue.ts';
import type { Binding } from './link.ts';
import { Journal } from './records.ts';
import type { ClientResult, StatefulResult, StatelessResult } from './result.ts';
import { createTask, type ExtensionWish, extensionsOf } from './task.ts';

export type { TlsOptions } from './bindings/grpc.ts';
export type { Notice } from './events.ts';
export type { SequenceItem } from './item-queue.ts';
export type { Binding, Link, Received, StreamEvents } from './link.ts';
export { EXIT_CODES, type OutcomeName } from './outcome.ts';
export { type ClientResult, formatResult, type StatefulResult, type StatelessResult } from './result.ts';

interface CommonOptions extends ExtensionWish {
  /** `localhost:9000`, or its parts. */
  readonly server: string | HostPort;
  /** n, 1..65535; random when absent. */
  readonly count?: number | undefined;
  /** Absent = plain text. */
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds without a new item after which the run ends as unreachable; default 5 minutes, or 4 intervals. */
  readonly giveUpMs?: number | undefined;
  /** Dials after which a run that has never been opened ends as unreachable, at least 5; default 10. */
  readonly connectAttempts?: number | undefined;
  /** Items held for a slow reader, at least 1; default 1024. */
  readonly buffer?: number | undefined;
  /** Ends the run as interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Told of dials, openings, waits; for logs and displays. */
  readonly notify?: ((notice: Notice) => void) | undefined;
  /** Replace the real things in tests. */
  readonly binding?: Binding | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface StatefulOptions extends CommonOptions {
  readonly profile?: 'stateful' | undefined;
  /** UUID text; random when absent. */
  readonly clientId?: string | undefined;
}

export interface StatelessOptions extends CommonOptions {
  readonly profile: 'stateless';
  /** 2 when absent. */
  readonly ratio?: Ratio | undefined;
}

/**
 * One run. Iterate it once; leaving the loop early ends the run as interrupted.
 *
 * A reader that falls behind by `buffer` items stops the reading of the connection: memory stays
 * bounded, and since the connection lives on, the server keeps the session. When the connection also
 * breaks while it is not read, the client notices once the reader has caught up by half, and the server may by then
 * have discarded the session (incomplete).
 */
export interface Sequence<Value extends number | bigint, Result extends ClientResult>
  extends AsyncIterable<SequenceItem<Value>, undefined> {
  /** Settles at the end of the run, once its items have been read or drained. Rejects only with what `notify` throws. */
  readonly result: Promise<Result>;
  /** For who wants the result only: drops the items that are not read yet. */
  drain(): Promise<Result>;
}

/** What iterating throws when a run ends in any other way than complete. */
export class SequenceError extends Error {
  override readonly name = 'SequenceError';
  readonly result: ClientResult;

  constructor(result: ClientResult) {
    const { received, count, error } = result;
    super(`${result.result} after ${received} of ${count} items${error ? `: ${error.message}` : ''}`, { cause: error });
    this.result = result;
  }
}

/**
 * Begins to receive a sequence.
 * @throws ReseqError (INVALID_REQUEST) for a count or client id out of range, UsageError for a bad address,
 *   Error for TLS material that cannot be used
 */
export function openSequence(options: StatelessOptions): Sequence<bigint, StatelessResult>;
export function openSequence(options: StatefulOptions): Sequence<number, StatefulResult>;
export function openSequence(options: StatefulOptions | StatelessOptions): Sequence<number | bigint, ClientResult> {
  const { signal, buffer = DEFAULT_BUFFER, random = systemRandom() } = options;
  const server = typeof options.server === 'string' ? parseHostPort(options.server) : options.server;
  const task = createTask(options, random);
  const queue = new ItemQueue<SequenceItem<number | bigint>>(buffer, (full) => client.setFull(full));
  const client = new Client({
    journal: new Journal(task),
    extensions: extensionsOf(task.profile, options),
    binding: options.binding ?? grpcBinding({ server, tls: options.tls }),
    clock: options.clock ?? systemClock(),
    random,
    giveUpMs: options.giveUpMs,
    connectAttempts: options.connectAttempts ?? DEFAULT_CONNECT_ATTEMPTS,
    deliver: (index, value) => queue.push({ index, value }),
    notify: options.notify,
  });
  const interrupt = (): void => client.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  const result = client.result.then(
    (end) => {
      signal?.removeEventListener('abort', interrupt);
      queue.end(end.result === 'complete' ? undefined : new SequenceError(end));
      return end;
    },
    (thrown: unknown) => {
      queue.end(thrown);
      throw thrown;
    },
  );
  // Who only iterates has the loop throw: that nobody looks at the result as well is no stray rejection.
  result.catch(() => undefined);
  client.start();
  if (signal?.aborted) interrupt();
  return {
    result,
    drain: () => {
      queue.discard();
      return result;
    },
    [Symbol.asyncIterator]: () => ({
      next: () => queue.next(),
      return: async () => {
        interrupt();
        queue.discard();
        return { done: true, value: undefined };
      },
    }),
  };
}
