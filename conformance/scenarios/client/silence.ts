/** Connections that live and say nothing, or die without a sign. Spec: core.md section 7. */

import { after, CORRECT } from '../../peer/script.ts';
import type { ClientScenario } from '../../scenario.ts';
import { clientScenario, type Tempo } from './drive.ts';

export function silence(tempo: Tempo): ClientScenario {
  const slow = 2_000 * tempo.scale;
  return clientScenario('client-silence', 'silent and dead connections', 11_000, tempo, [
    {
      id: 'silent-after-items',
      profile: 'stateful',
      count: 4,
      script: { intervalMs: 20, streams: [after(2, { do: 'hold' })] },
      facts: { waitMs: 5_000 },
    },
    {
      id: 'silent-at-a-long-interval',
      profile: 'stateless',
      count: 2,
      script: { intervalMs: slow, streams: [after(1, { do: 'hold' })] },
      facts: { waitMs: 6_000 },
    },
    {
      id: 'dead-after-items',
      profile: 'stateless',
      count: 4,
      script: { intervalMs: 20, streams: [after(2, { do: 'wait', ms: 80 }, { do: 'freeze' })] },
      facts: { waitMs: 5_000 },
    },
    {
      id: 'no-answer',
      profile: 'stateful',
      count: 2,
      script: { streams: [[{ do: 'hold' }]] },
      facts: { waitMs: 5_000 },
    },
    {
      id: 'no-http',
      profile: 'stateless',
      count: 2,
      script: { admissions: ['black-hole'] },
      facts: { waitMs: 5_000 },
    },
    {
      id: 'a-pause-that-is-allowed',
      profile: 'stateful',
      count: 4,
      script: {
        intervalMs: 20,
        streams: [
          [{ do: 'opened' }, { do: 'items', count: 2 }, { do: 'wait', ms: 4_000 * tempo.scale }, ...CORRECT.slice(1)],
        ],
      },
      facts: { patient: true },
    },
  ]);
}
