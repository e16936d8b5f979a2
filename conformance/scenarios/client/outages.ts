/** Outages that last: what the waits between attempts are. Spec: core.md section 9. */

import { after, refuse, type Script } from '../../peer/script.ts';
import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

const GONE = { do: 'end', status: 'UNAVAILABLE' } as const;
/** Far below the outage: the client must not conclude anything from it. */
const retentionMs = 300;

function times<T>(count: number, one: T): T[] {
  return Array.from({ length: count }, () => one);
}

const CASES: readonly ClientCase[] = [
  {
    id: 'tcp-reset',
    profile: 'stateful',
    count: 3,
    script: { admissions: times(6, 'reset'), retentionMs },
  },
  {
    id: 'instant-unavailable',
    profile: 'stateless',
    count: 3,
    script: { streams: times(6, refuse({ status: 'UNAVAILABLE', code: 200 })) },
  },
  {
    id: 'one-item-each',
    profile: 'stateful',
    count: 12,
    script: { streams: times(10, after(1, GONE)), retentionMs },
  },
  {
    id: 'opened-and-nothing',
    profile: 'stateful',
    count: 4,
    script: { streams: [after(1, GONE), ...times<Script>(5, [{ do: 'opened' }, GONE])], retentionMs },
  },
  {
    id: 'only-old-items',
    profile: 'stateless',
    count: 5,
    script: {
      streams: [
        after(2, GONE),
        ...times<Script>(4, [{ do: 'opened' }, { do: 'item', offset: -1 }, { do: 'item', offset: -2 }, GONE]),
        after(1, GONE),
        after(1, GONE),
      ],
    },
  },
];

export function outages(tempo: Tempo): ClientScenario {
  return clientScenario('client-outages', 'outages that last for several attempts', 14_000, tempo, CASES);
}

export function unreachable(tempo: Tempo): ClientScenario {
  return clientScenario('client-unreachable', 'a server that never answers', 29_000, tempo, [
    {
      id: 'tcp-reset-for-ever',
      profile: 'stateful',
      count: 3,
      script: { admitThereafter: 'reset' },
      limitMs: 35_000 * tempo.scale,
    },
  ]);
}

export function retryAfter(tempo: Tempo): ClientScenario {
  const wait = (ms: number): { retryAfterMs: number } => ({ retryAfterMs: ms * tempo.scale });
  return clientScenario('client-retry-after', 'errors that say when to come back', 6_000, tempo, [
    {
      id: 'retry-after',
      profile: 'stateful',
      count: 4,
      script: {
        streams: [
          refuse({ status: 'UNAVAILABLE', code: 200, ...wait(1_800) }),
          after(1, { do: 'end', status: 'RESOURCE_EXHAUSTED', code: 201, ...wait(1_000) }),
          [{ do: 'opened' }, { do: 'end', status: 'INTERNAL', code: 202, ...wait(1_400) }],
          [{ do: 'opened' }, GONE],
        ],
      },
    },
  ]);
}
