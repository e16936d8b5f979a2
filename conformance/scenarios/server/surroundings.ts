/** Scenarios about a server as a whole: what it declares, extension points, isolation, liveness, hostile bytes. */

import { randomBytes, randomUUID } from 'node:crypto';
import net from 'node:net';
import { startProxy } from '../../../proxy/proxy.ts';
import type { ServerRunContext, ServerScenario } from '../../scenario.ts';
import { Link } from '../../target/dial.ts';
import type { Trace } from '../../trace.ts';
import {
  type CaseBody,
  type Driver,
  driveCase,
  ENDLESS,
  FIRST_MESSAGE_MS,
  needSession,
  startRequest,
} from './drive.ts';

const EXTENSIONS = ['confirm-final', 'prefix-checksum'];
const UNKNOWN_EXTENSION = 'example.com.unheard-of';

/** A scenario whose cases depend on the profiles that the server has. */
function scenario(
  id: string,
  title: string,
  estimateMs: (context: ServerRunContext) => number,
  cases: Readonly<Record<string, { readonly profile: 'stateless' | 'stateful' | 'any'; readonly body: CaseBody }>>,
): ServerScenario {
  return {
    id,
    title,
    side: 'server',
    profiles: ['stateless', 'stateful'],
    estimateMs,
    run: (context): Promise<Trace[]> =>
      Promise.all(
        Object.entries(cases)
          .filter(([, { profile }]) => profile === 'any' || context.description.profiles.includes(profile))
          .map(([caseId, { body }]) => driveCase(context, id, caseId, {}, body)),
      ),
  };
}

export const describe: ServerScenario = scenario('describe', 'what the server declares, and what it does', () => 500, {
  description: { profile: 'any', body: async (driver) => void (await driver.unary('describe', { kind: 'describe' })) },
  stateless: {
    profile: 'stateless',
    body: async (driver) => {
      await driver.unary('describe', { kind: 'describe' });
      (await driver.open('start', { kind: 'stateless-start' })).drop('cancel');
      (await driver.open('asked', { kind: 'stateless-start', extensions: EXTENSIONS })).drop('cancel');
    },
  },
  stateful: {
    profile: 'stateful',
    body: async (driver) => {
      await driver.unary('describe', { kind: 'describe' });
      (await driver.start('start', { n: 5 })).drop('cancel');
      const { extensions } = driver.context.description;
      (await driver.start('listed', { n: 5, extensions })).drop('cancel');
      const all = [...EXTENSIONS, UNKNOWN_EXTENSION];
      (await driver.start('all', { n: 5, extensions: all })).drop('cancel');
      for (const name of all) (await driver.start(`only ${name}`, { n: 5, extensions: [name] })).drop('cancel');
    },
  },
});

/** Without a check of its own: it shows whether what failed before failed because the server was gone, see gone.ts. */
export const lastContact: ServerScenario = {
  ...scenario('last-contact', 'whether the server is still there', () => 100, {
    describe: { profile: 'any', body: async (driver) => void (await driver.unary('describe', { kind: 'describe' })) },
  }),
  isLast: true,
};

/** Fields that no version knows: 1000 as varint, 1001 as text, 1002 as fixed64. */
const UNKNOWN_FIELDS = Buffer.from('c03e01ca3e03616263d13e0102030405060708', 'hex');

async function withUnknownFields(driver: Driver, request: Parameters<Driver['begin']>[1]): Promise<void> {
  const call = driver.begin('unknown fields', request, driver.context.target, UNKNOWN_FIELDS);
  await driver.take(call, 1);
  call.drop('cancel');
}

/** Close to 4096 bytes with fields that nobody knows: field 1001 of 3,900 bytes. */
const PADDING = Buffer.concat([Buffer.from('ca3ebc1e', 'hex'), Buffer.alloc(3_900, 'x')]);

export const extensionPoints: ServerScenario = scenario(
  'extension-points',
  'unknown fields, many extensions, large requests',
  () => 1_000,
  {
    'fields-stateless': {
      profile: 'stateless',
      body: (driver) => withUnknownFields(driver, { kind: 'stateless-start' }),
    },
    'fields-stateful': { profile: 'stateful', body: (driver) => withUnknownFields(driver, startRequest({ n: 9 })) },
    'large-stateless': {
      profile: 'stateless',
      body: async (driver) => {
        const call = driver.begin('large request', { kind: 'stateless-start' }, driver.context.target, PADDING);
        await driver.take(call, 1);
        call.drop('cancel');
      },
    },
    'large-stateful': {
      profile: 'stateful',
      body: async (driver) => {
        const call = driver.begin('large request', startRequest({ n: 9 }), driver.context.target, PADDING);
        await driver.take(call, 1);
        call.drop('cancel');
      },
    },
    'sixteen-extensions': {
      profile: 'stateful',
      body: async (driver) => {
        const extensions = Array.from({ length: 16 }, (_, i) => `${i}.${'x'.repeat(64)}`.slice(0, 64));
        const call = await driver.start('sixteen extensions', { n: 9, extensions });
        await driver.take(call, 1);
        call.drop('cancel');
      },
    },
    'sixteen-extensions-stateless': {
      profile: 'stateless',
      body: async (driver) => {
        const extensions = Array.from({ length: 16 }, (_, i) => `${i}.${'x'.repeat(64)}`.slice(0, 64));
        const call = await driver.open('sixteen extensions', { kind: 'stateless-start', extensions });
        await driver.take(call, 1);
        call.drop('cancel');
      },
    },
  },
);

/** Sessions side by side. */
const NEIGHBOURS = 12;

export const isolation: ServerScenario = scenario(
  'isolation',
  'many streams at once, some of which are dropped in the middle',
  ({ description }) => 7 * description.intervalMs,
  {
    neighbours: {
      profile: 'stateful',
      body: async (driver) => {
        await Promise.all(
          Array.from({ length: NEIGHBOURS }, async (_, i) => {
            const call = await driver.start(i % 3 === 0 ? 'dropped' : 'kept', { n: 6, attempt: 1 });
            if (i % 3 === 0) {
              await driver.take(call, 2);
              call.drop(i % 2 === 0 ? 'rst' : 'cancel');
            } else {
              await driver.finish(call, 6);
            }
          }),
        );
      },
    },
    'one-link': {
      profile: 'stateful',
      body: async (driver) => {
        // Several streams over one TCP connection; one of them is cancelled.
        const link = new Link(driver.recorder, driver.context.target);
        const calls = Array.from({ length: 4 }, () => link.open(startRequest({ n: 4, attempt: 1 })));
        for (const [i, call] of calls.entries()) driver.recorder.note(i === 0 ? 'dropped' : 'kept', call.conn);
        const [first, ...rest] = calls;
        if (first !== undefined) await driver.take(first, 1);
        first?.drop('cancel');
        await Promise.all(rest.map((call) => driver.finish(call, 4)));
        link.close();
      },
    },
    stateless: {
      profile: 'stateless',
      body: async (driver) => {
        await Promise.all(
          Array.from({ length: NEIGHBOURS }, async (_, i) => {
            const call = await driver.open(i % 3 === 0 ? 'dropped' : 'kept', { kind: 'stateless-start' });
            await driver.take(call, i % 3 === 0 ? 1 : 4);
            call.drop('rst');
          }),
        );
      },
    },
  },
);

const PING_EVERY_MS = 5_000;
const PINGS = 4;

async function keepPinging(driver: Driver, request: Parameters<Driver['begin']>[1]): Promise<void> {
  const call = await driver.open('pinged', request);
  for (let i = 0; i < PINGS && !call.over; i++) {
    await driver.sleep(i === 0 ? 200 : PING_EVERY_MS);
    const ms = await call.link.ping(FIRST_MESSAGE_MS);
    const outcome = ms === undefined ? (call.over ? 'closed' : 'not answered') : 'answered';
    driver.recorder.note(`ping ${i + 1}: ${outcome}`, call.conn);
  }
  await driver.sleep(500);
  driver.recorder.note(call.over ? 'ended' : 'alive after the pings', call.conn);
  call.drop('cancel');
}

export const keepalive: ServerScenario = scenario(
  'keepalive',
  'PING frames every 5 s on a running stream, and a peer that falls silent',
  ({ description }) => Math.max(PING_EVERY_MS * (PINGS - 1) + 1_000, description.dropDetectionMs + 3_000),
  {
    'pings-stateless': { profile: 'stateless', body: (driver) => keepPinging(driver, { kind: 'stateless-start' }) },
    'pings-stateful': { profile: 'stateful', body: (driver) => keepPinging(driver, startRequest({ n: 10_000 })) },
    'dead-peer-stateless': { profile: 'stateless', body: (driver) => fallSilent(driver, false) },
    'dead-peer-stateful': { profile: 'stateful', body: (driver) => fallSilent(driver, true) },
  },
);

/** The link dies without a sign. When the server notices, it closes its end of the TCP connection, which the proxy sees. */
async function fallSilent(driver: Driver, stateful: boolean): Promise<void> {
  const { context, recorder } = driver;
  let closed = false;
  const proxy = await startProxy({
    to: context.target,
    log: ({ event }) => {
      if (event !== 'server-closed') return;
      closed = true;
      recorder.note('the server has closed the dead connection', 1);
    },
  });
  try {
    const request = stateful ? startRequest({ n: 10_000, attempt: 1 }) : ({ kind: 'stateless-start' } as const);
    const call = await driver.open('dies', request, { host: '127.0.0.1', port: proxy.port });
    await driver.take(call, 1);
    recorder.cancel(call.conn, 'blackhole');
    proxy.cut('blackhole');
    if (stateful) {
      // A client's next connection must not wait for that.
      const again = await driver.resume('resume beside the dead one', needSession(call), 1, 2);
      await driver.take(again, 1);
      again.drop('cancel');
    }
    const end = context.now() + context.description.dropDetectionMs + 2_500;
    while (!closed && context.now() < end) await driver.sleep(50);
  } finally {
    await proxy.close();
  }
}

/** Bytes that no well-meaning peer sends: as a TCP stream, and as a request message. */
const RAW_BYTES: readonly Buffer[] = [
  Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(512, 0xff)]),
  Buffer.from('16030100ff0100', 'hex'),
  Buffer.alloc(4_096, 0),
];
const BAD_MESSAGES = ['ffffffffffffffffffff', '0a', '2a05', '08', '2a2c0a2a'] as const;

export const hostile: ServerScenario = scenario(
  'hostile-bytes',
  'bytes that are no request, beside a good stream',
  ({ description }) => 3 * description.intervalMs,
  {
    stateless: { profile: 'stateless', body: (driver) => besideGarbage(driver, { kind: 'stateless-start' }) },
    stateful: { profile: 'stateful', body: (driver) => besideGarbage(driver, startRequest({ n: ENDLESS })) },
  },
);

async function besideGarbage(driver: Driver, good: Parameters<Driver['begin']>[1]): Promise<void> {
  const before = await driver.open('before', good);
  await driver.take(before, 1);
  await Promise.all([
    ...[...RAW_BYTES, randomBytes(1_000)].map((bytes) => throwBytes(driver, bytes)),
    ...BAD_MESSAGES.map(async (detail) => {
      const call = await driver.open('garbage', { kind: 'malformed', detail });
      call.drop('cancel');
    }),
  ]);
  await driver.take(before, 2);
  before.drop('cancel');
  const fresh = good.kind === 'stateful-start' ? { ...good, clientId: randomUUID() } : good;
  const after = await driver.open('after', fresh);
  await driver.take(after, 1);
  after.drop('cancel');
}

async function throwBytes(driver: Driver, bytes: Buffer): Promise<void> {
  const socket = net.connect({ ...driver.context.target });
  socket.on('error', () => undefined);
  socket.write(bytes);
  driver.recorder.note(`${bytes.length} bytes of garbage`);
  await driver.sleep(300);
  socket.resetAndDestroy();
}
