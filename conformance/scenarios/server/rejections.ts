/**
 * Requests that a server has to refuse. Each is sent while a good stream runs, which then goes on, is dropped and is resumed:
 * a server that refuses everything, or that breaks by refusing, passes none of them.
 */

import { randomBytes } from 'node:crypto';
import type { ErrorName } from '../../../protocol/errors.ts';
import type { Profile } from '../../../protocol/messages.ts';
import type { ServerRunContext, ServerScenario } from '../../scenario.ts';
import type { Call } from '../../target/dial.ts';
import type { RequestView, Trace } from '../../trace.ts';
import {
  CASE_STAGGER_MS,
  type Driver,
  driveCase,
  needSession,
  resumeRequest,
  type Session,
  startRequest,
} from './drive.ts';

/** One bad request. */
export interface Rejection {
  readonly id: string;
  /** `any`: of the profile that the server has, stateful if it has both. */
  readonly profile: Profile | 'any';
  readonly error: ErrorName;
  /** Field that the detail text has to name. */
  readonly field?: string;
  request(session: Session): RequestView;
}

const START = { n: 5 };
const long = (length: number): string => 'x'.repeat(length);

/** Beside a stateless stream there is no session. */
const NO_SESSION: Session = { clientId: '', n: 0, resumeKey: '', attempt: 0 };

/** A good START of the profile that is being driven. */
function anyStart(session: Session): RequestView {
  return session === NO_SESSION ? { kind: 'stateless-start' } : startRequest(START);
}

function badClientId(id: string, clientId: string): Rejection {
  const request = (): RequestView => startRequest({ ...START, clientId });
  return { id: `client-id-${id}`, profile: 'stateful', error: 'INVALID_REQUEST', field: 'client_id', request };
}

function badCount(n: number): Rejection {
  const request = (): RequestView => startRequest({ n });
  return { id: `n-${n}`, profile: 'stateful', error: 'INVALID_REQUEST', field: 'n', request };
}

function badExtensions(id: string, extensions: readonly string[]): Rejection {
  const request = (session: Session): RequestView => ({ ...anyStart(session), extensions });
  return { id: `extensions-${id}`, profile: 'any', error: 'INVALID_REQUEST', field: 'extensions', request };
}

function badKeyLength(bytes: number): Rejection {
  return {
    id: `key-length-${bytes}`,
    profile: 'stateful',
    error: 'INVALID_REQUEST',
    field: 'resume_key',
    request: (session) => resumeRequest({ ...session, resumeKey: long(bytes * 2).replaceAll('x', '0') }, 0, 2),
  };
}

function badVersion(protocolVersion: number): Rejection {
  return {
    id: `version-${protocolVersion}`,
    profile: 'any',
    error: 'UNSUPPORTED_VERSION',
    field: 'protocol_version',
    request: (session) => ({ ...anyStart(session), protocolVersion }),
  };
}

function badStateless(
  id: string,
  error: ErrorName,
  field: string,
  a: number,
  nextIndex: number,
  ratio?: number,
): Rejection {
  const request = (): RequestView => ({
    kind: 'stateless-resume',
    a,
    nextIndex,
    ...(ratio === undefined ? {} : { ratio }),
  });
  return { id, profile: 'stateless', error, field, request };
}

function badRatio(ratio: number): Rejection {
  const request = (): RequestView => ({ kind: 'stateless-start', ratio });
  return { id: `ratio-${ratio}`, profile: 'stateless', error: 'INVALID_REQUEST', field: 'ratio', request };
}

function beyond(id: string, nextIndex: (n: number) => number): Rejection {
  return {
    id: `next-index-${id}`,
    profile: 'stateful',
    error: 'OFFSET_OUT_OF_RANGE',
    field: 'next_index',
    // A high attempt: a server that stores it before it refuses is found out by the good resume.
    request: (session) => resumeRequest(session, nextIndex(session.n), 90),
  };
}

const UUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const otherKey = (): string => randomBytes(16).toString('hex');

export const REJECTIONS: readonly Rejection[] = [
  badVersion(0),
  badVersion(2),
  badVersion(4_294_967_295),
  { id: 'no-request', profile: 'any', error: 'INVALID_REQUEST', request: () => ({ kind: 'none' }) },
  badClientId('empty', ''),
  badClientId('nil', '00000000-0000-0000-0000-000000000000'),
  badClientId('braces', `{${UUID}}`),
  badClientId('urn', `urn:uuid:${UUID}`),
  badClientId('quotes', `"${UUID}"`),
  badClientId('space', ` ${UUID}`),
  badClientId('no-hyphens', UUID.replaceAll('-', '')),
  badClientId('hyphens-elsewhere', '3f2504e04-f89-41d3-9a0c-0305e82c3301'),
  badClientId('not-hex', UUID.replace('3f', 'zz')),
  badClientId('newline', `${UUID}\n`),
  badCount(0),
  badCount(65_536),
  badCount(4_294_967_295),
  badExtensions(
    'seventeen',
    Array.from({ length: 17 }, (_, i) => `example.com.x${i}`),
  ),
  badExtensions('too-long', [long(65)]),
  badExtensions('empty', ['']),
  badKeyLength(0),
  badKeyLength(15),
  badKeyLength(17),
  {
    id: 'other-key',
    profile: 'stateful',
    error: 'SESSION_NOT_FOUND',
    request: (session) => resumeRequest({ ...session, resumeKey: otherKey() }, 0, 90),
  },
  beyond('n', (n) => n),
  beyond('far', () => 65_535),
  beyond('highest', () => 4_294_967_295),
  badStateless('a-0', 'INVALID_REQUEST', 'a', 0, 0),
  badStateless('a-256', 'INVALID_REQUEST', 'a', 256, 0),
  badStateless('a-highest', 'INVALID_REQUEST', 'a', 4_294_967_295, 0),
  badStateless('stateless-65535', 'OFFSET_OUT_OF_RANGE', 'next_index', 1, 65_535),
  badStateless('stateless-highest', 'OFFSET_OUT_OF_RANGE', 'next_index', 255, 4_294_967_295),
  badStateless('resume-ratio-4', 'INVALID_REQUEST', 'ratio', 1, 0, 4),
  badRatio(0),
  badRatio(1),
  badRatio(4),
  // Two faults at once: the order of the checks decides.
  {
    id: 'order-version-before-n',
    profile: 'stateful',
    error: 'UNSUPPORTED_VERSION',
    request: () => ({ ...startRequest({ n: 0 }), protocolVersion: 9 }),
  },
  {
    id: 'order-n-before-conflict',
    profile: 'stateful',
    error: 'INVALID_REQUEST',
    request: ({ clientId }) => startRequest({ clientId, n: 0, attempt: 1 }),
  },
  {
    id: 'order-conflict-before-stale',
    profile: 'stateful',
    error: 'SESSION_CONFLICT',
    request: ({ clientId, n }) => startRequest({ clientId, n: n + 1, attempt: 1 }),
  },
  {
    id: 'order-key-before-index',
    profile: 'stateful',
    error: 'SESSION_NOT_FOUND',
    request: (session) => resumeRequest({ ...session, resumeKey: otherKey() }, 60_000, 1),
  },
  {
    id: 'order-index-before-stale',
    profile: 'stateful',
    error: 'OFFSET_OUT_OF_RANGE',
    request: (session) => resumeRequest(session, session.n, 1),
  },
  badStateless('order-a-before-index', 'INVALID_REQUEST', 'a', 0, 70_000),
];

/** Length of the good sequence. */
const GOOD_N = 5_000;

export const rejections: ServerScenario = {
  id: 'rejections',
  title: 'requests that have to be refused, each beside a good stream',
  side: 'server',
  profiles: ['stateless', 'stateful'],
  estimateMs: ({ description }) => 3 * description.intervalMs + 500,
  run: (context): Promise<Trace[]> => {
    const { profiles } = context.description;
    const usual: Profile = profiles.includes('stateful') ? 'stateful' : 'stateless';
    return Promise.all(
      REJECTIONS.map((rejection) => ({ rejection, profile: rejection.profile === 'any' ? usual : rejection.profile }))
        .filter(({ profile }) => profiles.includes(profile))
        .map(({ rejection, profile }, position) => {
          const facts = { error: rejection.error, field: rejection.field, profile };
          return driveCase(context, 'rejections', rejection.id, facts, async (driver) => {
            await driver.sleep(position * CASE_STAGGER_MS);
            await (profile === 'stateful' ? besideStateful : besideStateless)(driver, rejection);
          });
        }),
    );
  },
};

async function besideStateful(driver: Driver, rejection: Rejection): Promise<void> {
  const good = await driver.start('before', { n: GOOD_N, attempt: 1 });
  await driver.take(good, 1);
  const session = needSession(good);
  await refuse(driver, rejection.request(session));
  await driver.take(good, 2);
  good.drop('cancel');
  const after = await driver.resume('after', session, 2, 2);
  await driver.take(after, 1);
  after.drop('cancel');
}

async function besideStateless(driver: Driver, rejection: Rejection): Promise<void> {
  const good = await driver.open('before', { kind: 'stateless-start' });
  await driver.take(good, 1);
  await refuse(driver, rejection.request(NO_SESSION));
  await driver.take(good, 2);
  good.drop('cancel');
  const after = await driver.open('after', { kind: 'stateless-start' });
  await driver.take(after, 1);
  after.drop('cancel');
}

async function refuse(driver: Driver, request: RequestView): Promise<void> {
  const call: Call = await driver.open('bad', request);
  call.drop('cancel');
}

/** A profile that the server does not list has to be refused. */
export const unlistedProfile: ServerScenario = {
  id: 'unlisted-profile',
  title: 'requests of both profiles, of which the unlisted has to be refused',
  side: 'server',
  profiles: ['stateless', 'stateful'],
  estimateMs: () => 200,
  run: async (context: ServerRunContext): Promise<Trace[]> => [
    await driveCase(context, 'unlisted-profile', 'both', {}, async (driver) => {
      (await driver.open('stateless', { kind: 'stateless-start' })).drop('cancel');
      (await driver.start('stateful', { n: 3 })).drop('cancel');
    }),
  ],
};
