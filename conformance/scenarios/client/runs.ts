/** Runs in which nothing goes wrong: the client's part of core.md sections 3, 4, 6, 8 and 11. */

import { CORRECT, type Script } from '../../peer/script.ts';
import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

export const UPPER_CASE_ID = '6BA7B810-9DAD-41D1-80B4-00C04FD430C8';

const AFTER_FINAL: Script = [
  ...CORRECT.slice(0, -1),
  { do: 'item', index: 0, wrong: true },
  { do: 'item', index: 9 },
  { do: 'final', checksum: 'flipped' },
  { do: 'end', status: 'ABORTED', code: 105, detail: 'after the end' },
];

const CASES: readonly ClientCase[] = [
  { id: 'stateful-1', profile: 'stateful', count: 1 },
  { id: 'stateful-given-id', profile: 'stateful', count: 7, clientId: UPPER_CASE_ID },
  { id: 'stateless-1', profile: 'stateless', count: 1 },
  { id: 'stateless-70', profile: 'stateless', count: 70, script: { intervalMs: 1, a: 255 } },
  { id: 'stateless-ratio-3', profile: 'stateless', count: 60, ratio: 3, script: { intervalMs: 1 } },
  { id: 'no-extensions', profile: 'stateful', count: 3, script: { extensions: [] }, prefixChecksum: true },
  { id: 'unknown-fields-stateful', profile: 'stateful', count: 4, script: { unknown: 'some' } },
  { id: 'unknown-fields-stateless', profile: 'stateless', count: 4, script: { unknown: 'some' } },
  { id: 'largest-messages', profile: 'stateful', count: 4, script: { unknown: 'largest' } },
  { id: 'no-pause-stateful', profile: 'stateful', count: 400, script: { intervalMs: 0 } },
  { id: 'no-pause-stateless', profile: 'stateless', count: 400, script: { intervalMs: 0 } },
  { id: 'pause-of-a-second', profile: 'stateful', count: 3, script: { intervalMs: 1_000 } },
  { id: 'after-final', profile: 'stateful', count: 3, script: { streams: [AFTER_FINAL] } },
  {
    id: 'flags-in-another-order',
    profile: 'stateless',
    count: 3,
    args: (server) => ['--count', '3', '--profile', 'stateless', '--server', server],
  },
];

export function runs(tempo: Tempo): ClientScenario {
  return clientScenario('client-runs', 'undisturbed runs of both profiles', 4_000, tempo, CASES);
}

/** 1 ms is declared; what is due goes out in pairs, so that a full sequence takes half a minute. */
const FULL_PACE: Script = [
  { do: 'opened' },
  { do: 'items', paceMs: 1, perTick: 2 },
  { do: 'final' },
  { do: 'end', status: 'OK' },
];

export function fullLength(tempo: Tempo): ClientScenario {
  const script = { intervalMs: 1, thereafter: FULL_PACE, a: 255 };
  return clientScenario('client-full-length', 'sequences of the largest length', 35_000, tempo, [
    { id: 'stateful', profile: 'stateful', count: tempo.fullCount, script, limitMs: 100_000 },
    { id: 'stateless', profile: 'stateless', count: tempo.fullCount, script, limitMs: 100_000 },
  ]);
}
