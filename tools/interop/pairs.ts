/**
 * Every server with every client, over sockets and a fault proxy that resets connections in the middle.
 */
import { randomUUID } from 'node:crypto';
import type { ClientRun } from '../../conformance/target/client.ts';
import { startProxy } from '../../proxy/proxy.ts';
import { type Check, Failure, type Language } from './check.ts';
import { type Implementation, type ServerImplementation, serversOf } from './prepare.ts';
import { type Listening, listen, until } from './programs.ts';
import { receive } from './receive.ts';

const COUNT = 20;
/** A connection is reset once so many messages have come: OPENED and items. Twice that is far from the last item. */
const SHARE = 5;
const DROPS = [1, 2] as const;
const SHARE_LIMIT_MS = 30_000;
const TIMES = ['--interval', '50ms', '--retention', '20s', '--seed-from-client-id'];

interface Variant extends Pick<ClientRun, 'profile' | 'ratio' | 'confirm' | 'prefixChecksum'> {
  /** Where the reset is heard, at both ends when absent: else the next connection takes the session over. */
  readonly heardBy?: 'client';
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  'stateless, ratio 2': { profile: 'stateless', ratio: 2 },
  'stateless, ratio 3': { profile: 'stateless', ratio: 3 },
  'stateful, confirmed': { profile: 'stateful' },
  'stateful, not confirmed': { profile: 'stateful', confirm: false },
  'stateful, prefix checksum': { profile: 'stateful', prefixChecksum: true },
  'stateful, taken over': { profile: 'stateful', heardBy: 'client' },
};

export function pairChecks(implementations: readonly Implementation[]): Check[] {
  const running = new Map<Language, Promise<Listening>>();
  const serve = ({ language, server }: ServerImplementation): Promise<Listening> => {
    const listening = running.get(language) ?? listen([...server, '--host', '127.0.0.1', ...TIMES]);
    running.set(language, listening);
    return listening;
  };
  return serversOf(implementations).flatMap((server) =>
    implementations.flatMap(({ language, client }) =>
      Object.entries(VARIANTS).map(
        ([column, variant]): Check => ({
          part: 'pair',
          row: `${server.language} server, ${language} client`,
          column,
          needs: [server.language, language],
          run: async () => meet((await serve(server)).port, client, variant),
        }),
      ),
    ),
  );
}

async function meet(serverPort: number, client: readonly string[], variant: Variant): Promise<string> {
  const { heardBy, ...asked } = variant;
  const fault = heardBy === 'client' ? 'down:reset_peer=0' : 'reset_peer=0';
  const proxy = await startProxy({ to: { host: '127.0.0.1', port: serverPort } });
  let isOver = false;
  const hurt = async (): Promise<void> => {
    for (const drop of DROPS) {
      await until(() => isOver || proxy.totals.down.messages >= drop * SHARE, SHARE_LIMIT_MS);
      proxy.apply(fault);
    }
  };
  try {
    const clientId = asked.profile === 'stateful' ? { clientId: randomUUID() } : {};
    const run = { host: 'localhost', port: proxy.port, count: COUNT, ...clientId, ...asked };
    const [connections] = await Promise.all([receive(client, run), hurt()]);
    if (connections <= DROPS.length) throw new Failure(`expected ${DROPS.length} drops, got ${connections - 1}`);
    // Each connection carries one OPEN; what else goes up is a CONFIRM.
    const confirms = proxy.totals.up.messages - connections;
    const isDue = asked.profile === 'stateful' && asked.confirm !== false;
    if (confirms > 0 !== isDue) throw new Failure(`CONFIRM: expected ${isDue ? 'one' : 'none'}, got ${confirms}`);
    return `${connections - 1} drops`;
  } finally {
    isOver = true;
    await proxy.close();
  }
}
