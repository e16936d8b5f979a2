/** Servers that break the order of messages: once, and for ever. Spec: core.md section 3. */

import { after, CORRECT, type Script, type Step } from '../../peer/script.ts';
import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

/** The stream stays open behind the fault: it is for the client to leave. */
function faulty(id: string, profile: ClientCase['profile'], count: number, script: readonly Step[]): ClientCase {
  return { id, profile, count, script: { streams: [[...script, { do: 'hold' }]] } };
}

const CASES: readonly ClientCase[] = [
  faulty('gap-stateful', 'stateful', 6, after(2, { do: 'item', offset: 1 })),
  faulty('gap-stateless', 'stateless', 6, after(2, { do: 'item', offset: 2 })),
  faulty('gap-before-final', 'stateful', 6, after(2, { do: 'final' })),
  faulty('malformed', 'stateful', 5, after(2, { do: 'message', hex: '0affffffff' })),
  faulty('item-before-opened', 'stateful', 5, [{ do: 'item' }]),
  faulty('second-opened', 'stateless', 5, after(2, { do: 'opened' })),
  faulty('item-n-1', 'stateful', 4, after(3, { do: 'item', index: 3 })),
  faulty('final-too-early', 'stateful', 5, after(2, { do: 'final', index: 2 })),
];

export function faults(tempo: Tempo): ClientScenario {
  return clientScenario('client-faults', 'a server that breaks the order of messages once', 3_000, tempo, CASES);
}

/** Old items again, also with other values, between the new ones. */
const DUPLICATES: Script = [
  { do: 'opened' },
  { do: 'items', count: 3 },
  { do: 'item', offset: -1 },
  { do: 'item', offset: -3, wrong: true },
  ...CORRECT.slice(1),
];

export function duplicates(tempo: Tempo): ClientScenario {
  const script = { streams: [DUPLICATES] };
  return clientScenario('client-duplicates', 'items that come twice', 1_500, tempo, [
    { id: 'stateful', profile: 'stateful', count: 7, script },
    { id: 'stateless', profile: 'stateless', count: 7, script },
  ]);
}

export function faultsForEver(tempo: Tempo): ClientScenario {
  return clientScenario('client-faults-for-ever', 'a server that never does it right', 8_000, tempo, [
    {
      id: 'gap',
      profile: 'stateful',
      count: 6,
      script: {
        streams: [after(2, { do: 'item', offset: 1 }, { do: 'hold' })],
        thereafter: after(0, { do: 'item', offset: 1 }, { do: 'hold' }),
      },
      limitMs: 40_000,
    },
  ]);
}
