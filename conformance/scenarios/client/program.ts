/** The program around the client: arguments and signals. Spec: cli.md. */

import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

function wrong(id: string, ...more: readonly string[]): ClientCase {
  const profile = more.includes('--ratio') ? 'stateless' : 'stateful';
  return {
    id,
    profile,
    count: 3,
    limitMs: 10_000,
    args: (server) => ['--server', server, '--profile', profile, ...more],
  };
}

const USAGE: readonly ClientCase[] = [
  wrong('count-0', '--count', '0'),
  wrong('count-65536', '--count', '65536'),
  wrong('count-text', '--count', '1.5'),
  wrong('client-id', '--count', '3', '--client-id', '{6ba7b810-9dad-41d1-80b4-00c04fd430c8}'),
  wrong('ratio-4', '--count', '3', '--ratio', '4'),
  {
    id: 'profile',
    profile: 'stateful',
    count: 3,
    limitMs: 10_000,
    args: (server) => ['--server', server, '--profile', 'stateles', '--count', '3'],
  },
  {
    id: 'server',
    profile: 'stateful',
    count: 3,
    limitMs: 10_000,
    args: () => ['--server', '127.0.0.1:99999', '--profile', 'stateful', '--count', '3'],
  },
];

export function usage(tempo: Tempo): ClientScenario {
  return clientScenario('client-usage', 'wrong arguments', 3_000, tempo, USAGE);
}

export function interrupts(tempo: Tempo): ClientScenario {
  const script = { intervalMs: 50 };
  return clientScenario('client-interrupt', 'SIGINT and SIGTERM in the middle of a run', 2_000, tempo, [
    {
      id: 'sigint',
      profile: 'stateful',
      count: 2_000,
      script,
      interrupt: { signal: 'SIGINT', afterMs: 300 },
      limitMs: 15_000,
    },
    {
      id: 'sigterm',
      profile: 'stateless',
      count: 2_000,
      script,
      interrupt: { signal: 'SIGTERM', afterMs: 300 },
      limitMs: 15_000,
    },
  ]);
}
