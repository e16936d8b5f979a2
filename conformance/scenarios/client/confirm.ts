/** The extension confirm-final from the client's side. Spec: core.md section 8.1. */

import { after, OK } from '../../peer/script.ts';
import type { ClientScenario } from '../../scenario.ts';
import { clientScenario, type Tempo } from './drive.ts';

export function confirms(tempo: Tempo): ClientScenario {
  return clientScenario('client-confirm', 'confirming a verified sequence', 8_000, tempo, [
    { id: 'granted', profile: 'stateful', count: 3 },
    {
      id: 'granted-after-a-drop',
      profile: 'stateful',
      count: 3,
      script: { streams: [after(1, { do: 'end', status: 'UNAVAILABLE' })] },
    },
    { id: 'not-granted', profile: 'stateful', count: 3, script: { extensions: [] } },
    { id: 'not-wanted', profile: 'stateful', count: 3, confirm: false },
    {
      id: 'wrong-checksum',
      profile: 'stateful',
      count: 3,
      script: { streams: [[{ do: 'opened' }, { do: 'items' }, { do: 'final', checksum: 'flipped' }, OK]] },
    },
    {
      id: 'unavailable-twice',
      profile: 'stateful',
      count: 3,
      script: { confirms: [{ status: 'UNAVAILABLE', code: 200 }, { status: 'UNAVAILABLE' }] },
    },
    {
      id: 'session-not-found',
      profile: 'stateful',
      count: 3,
      script: { confirmThereafter: { status: 'NOT_FOUND', code: 102 } },
    },
    { id: 'no-answer', profile: 'stateful', count: 3, script: { confirmThereafter: 'hang' }, limitMs: 20_000 },
  ]);
}
