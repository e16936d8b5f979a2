/** Connections that end too early, in every way that is no terminal error. Spec: core.md sections 5 and 9. */

import { after, OK, refuse, type Script } from '../../peer/script.ts';
import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

/** What was written just before a reset may be lost: the script waits until the client must have it. */
export const SETTLE = { do: 'wait', ms: 80 } as const;
export const RESET = { do: 'reset' } as const;

const DROPS: readonly Script[] = [
  refuse({ status: 'UNAVAILABLE', code: 200 }),
  [{ do: 'opened' }, { do: 'end', status: 'UNAVAILABLE' }],
  after(1, SETTLE, RESET),
  after(2, OK),
  after(1, SETTLE, { do: 'reset-stream', http2Code: 2 }),
  after(3, { do: 'end', status: 'CANCELLED' }),
  after(2, SETTLE, RESET),
];

const CASES: readonly ClientCase[] = [
  { id: 'stateful', profile: 'stateful', count: 14, script: { streams: DROPS } },
  { id: 'stateless', profile: 'stateless', count: 14, ratio: 3, script: { streams: DROPS } },
  {
    // Everything but FINAL arrives, so the resume is at n - 1.
    id: 'before-final',
    profile: 'stateful',
    count: 4,
    script: { streams: [[{ do: 'opened' }, { do: 'items' }, SETTLE, RESET]] },
  },
];

export function drops(tempo: Tempo): ClientScenario {
  return clientScenario('client-drops', 'drops of every kind in the middle of a run', 4_000, tempo, CASES);
}
