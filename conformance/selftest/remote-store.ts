/**
 * A shared store from another process: the model server's side of the channel, and the side of the process that has the store.
 * An operation reads, decides in its own process and writes only if the fields are still those that it has read: atomic as ever.
 */

import { type Cell, type Fields, type StoreAccess, StoreFull } from './shared-store.ts';

type Change = { readonly write: Fields } | { readonly expireMs: number | null } | { readonly remove: true };

interface Commit {
  readonly request: number;
  readonly key: string;
  /** What the decision was based on; absent in a mere look. */
  readonly based?: { readonly fields: Fields | undefined; readonly changes: readonly Change[] };
}

interface Reply {
  readonly request: number;
  readonly result: 'done' | 'changed' | 'full';
  readonly fields?: Fields | undefined;
}

/** One end of a channel between processes. */
interface Channel {
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
}

export class RemoteStore implements StoreAccess {
  private readonly channel: Channel;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private requests = 0;

  constructor(channel: Channel) {
    this.channel = channel;
    channel.onMessage((message) => {
      const reply = message as Reply;
      this.waiting.get(reply.request)?.(reply);
      this.waiting.delete(reply.request);
    });
  }

  async run<T>(key: string, operation: (cell: Cell) => T): Promise<T> {
    for (;;) {
      const { fields } = await this.ask({ key });
      const changes: Change[] = [];
      const result = operation(recording(fields, changes));
      if (changes.length === 0) return result;
      const { result: done } = await this.ask({ key, based: { fields, changes } });
      if (done === 'full') throw new StoreFull('no memory');
      if (done === 'done') return result;
    }
  }

  private ask(commit: Omit<Commit, 'request'>): Promise<Reply> {
    const request = ++this.requests;
    this.channel.send({ ...commit, request });
    return new Promise((resolve) => this.waiting.set(request, resolve));
  }
}

function recording(fields: Fields | undefined, changes: Change[]): Cell {
  return {
    fields,
    write: (to) => void changes.push({ write: to }),
    expire: (ttlMs) => void changes.push({ expireMs: ttlMs ?? null }),
    remove: () => void changes.push({ remove: true }),
  };
}

/** Answers the {@link RemoteStore} at the other end of the channel. */
export function serveStore(store: StoreAccess, channel: Channel): void {
  channel.onMessage((message) => {
    const commit = message as Commit;
    void store.run(commit.key, (cell) => perform(commit, cell)).then((reply) => channel.send(reply));
  });
}

function perform({ request, based }: Commit, cell: Cell): Reply {
  const { fields } = cell;
  if (based === undefined) return { request, result: 'done', fields };
  if (JSON.stringify(fields) !== JSON.stringify(based.fields)) return { request, result: 'changed' };
  try {
    for (const change of based.changes) {
      if ('write' in change) cell.write(change.write);
      else if ('expireMs' in change) cell.expire(change.expireMs ?? undefined);
      else cell.remove();
    }
    return { request, result: 'done' };
  } catch (error) {
    if (error instanceof StoreFull) return { request, result: 'full' };
    throw error;
  }
}
