/**
 * One sequence that is begun by one implementation, goes on with another and is finished by the first again: whichever
 * serves is killed with SIGKILL in the middle. The sessions are in one Redis.
 */
import { randomUUID } from 'node:crypto';
import type { ClientRun } from '../../conformance/target/client.ts';
import { type FaultProxy, startProxy } from '../../proxy/proxy.ts';
import { command, type RedisProcess } from '../../reference-server/testing/redis-process.ts';
import { type Check, Failure } from './check.ts';
import { type Implementation, type ServerImplementation, serversOf } from './prepare.ts';
import { type Listening, listen, until } from './programs.ts';
import { receive } from './receive.ts';

const COUNT = 60;
/** A server is killed once so many messages have come from it: OPENED and items. */
const SHARE = 15;
const TIMES = ['--interval', '50ms', '--retention', '20s', '--seed-from-client-id'];
const SHARE_LIMIT_MS = 30_000;

/** @param redis starts it or gives that which runs */
export function handOverChecks(
  implementations: readonly Implementation[],
  redis: () => Promise<RedisProcess>,
): Check[] {
  const servers = serversOf(implementations);
  const orders = servers.flatMap((first) =>
    servers.filter((second) => second !== first).map((second) => [first, second] as const),
  );
  return orders.flatMap(([first, second]) =>
    (['stateful', 'stateless'] as const).flatMap((profile) =>
      implementations.map(
        ({ language, client }): Check => ({
          part: 'hand-over',
          row: `${first.language}, ${second.language}, ${first.language}: ${profile}`,
          column: `${language} client`,
          needs: ['Redis', first.language, second.language, language],
          run: async () => handOver({ first, second, client, profile, redisPort: (await redis()).port }),
        }),
      ),
    ),
  );
}

interface Plan {
  readonly first: ServerImplementation;
  readonly second: ServerImplementation;
  readonly client: readonly string[];
  readonly profile: ClientRun['profile'];
  readonly redisPort: number;
}

async function handOver({ first, second, client, profile, redisPort }: Plan): Promise<string> {
  const store = ['--store', `redis://127.0.0.1:${redisPort}`];
  const serve = ({ server }: ServerImplementation): Promise<Listening> =>
    listen([...server, '--host', '127.0.0.1', ...TIMES, ...store]);
  const listening = await Promise.all([first, second, first].map(serve));
  const [, ...later] = listening;
  const front = await Front.open(listening[0]?.port ?? 0);
  try {
    const clientId = randomUUID();
    const options = profile === 'stateful' ? ({ clientId, prefixChecksum: true } as const) : {};
    const received = receive(client, { host: 'localhost', port: front.port, profile, count: COUNT, ...options });
    const moved = (async (): Promise<void> => {
      for (const [k, next] of later.entries()) {
        await front.untilPassed(SHARE);
        listening[k]?.child.signal('SIGKILL');
        await front.moveTo(next.port);
      }
    })();
    // Whichever fails first tells why.
    await Promise.all([received, moved]);
    if (profile === 'stateful') await expectNoRecord(redisPort, clientId);
    return itemsText([...front.shares, front.passed], profile);
  } finally {
    await front.close();
    await Promise.all(listening.map(({ child }) => child.stop()));
  }
}

/**
 * The items that came from each server. A client that has received all of them, as the result says, got none twice where
 * they add up to their number.
 * @param messages from each server: OPENED, items, and from the last one the answer to CONFIRM
 */
export function itemsText(messages: readonly number[], profile: ClientRun['profile']): string {
  const answers = profile === 'stateful' ? 1 : 0;
  const items = messages.map((count, k) => count - 1 - (k === messages.length - 1 ? answers : 0));
  const again = items.reduce((all, count) => all + count, 0) - COUNT;
  return `${items.join(' + ')} items${again === 0 ? '' : `, ${again} of them again`}`;
}

/** The client has confirmed: the last server has discarded the session that the first one began. */
async function expectNoRecord(redisPort: number, clientId: string): Promise<void> {
  const found = await command(redisPort, ['EXISTS', `reseq:1:{${clientId}}`]);
  if (found !== 0) throw new Failure('the record of the session is still in the store');
}

/** The one address that a client knows, in front of one server after the other. */
class Front {
  readonly port: number;
  /** Messages that came from each earlier server. */
  readonly shares: number[] = [];
  #proxy: FaultProxy;
  #isClosed = false;

  private constructor(proxy: FaultProxy) {
    this.#proxy = proxy;
    this.port = proxy.port;
  }

  static async open(serverPort: number): Promise<Front> {
    return new Front(await startProxy({ to: { host: '127.0.0.1', port: serverPort } }));
  }

  /** Messages from the server that it is in front of now. */
  get passed(): number {
    return this.#proxy.totals.down.messages;
  }

  async untilPassed(messages: number): Promise<void> {
    await until(() => this.#isClosed || this.passed >= messages, SHARE_LIMIT_MS);
    if (this.passed < messages)
      throw new Failure(`server ${this.shares.length + 1}: ${this.passed} of ${messages} messages have come`);
  }

  async moveTo(serverPort: number): Promise<void> {
    this.shares.push(this.passed);
    await this.#proxy.close();
    const listen = { host: 'localhost', port: this.port };
    this.#proxy = await startProxy({ listen, to: { host: '127.0.0.1', port: serverPort } });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#proxy.close();
  }
}
