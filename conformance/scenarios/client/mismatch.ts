/** Wrong numbers, wrong checksums and an OPENED that contradicts: a client must notice and stop. Spec: core.md sections 3, 4, 8. */

import { after, CORRECT, OK, type Script } from '../../peer/script.ts';
import type { WireOpened } from '../../peer/wire.ts';
import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

const WRONG_ITEM: readonly ClientCase[] = [
  {
    id: 'checksum',
    profile: 'stateful',
    count: 5,
    script: { streams: [[{ do: 'opened' }, { do: 'items' }, { do: 'final', checksum: 'flipped' }, OK]] },
  },
  {
    id: 'number',
    profile: 'stateful',
    count: 5,
    script: {
      streams: [[{ do: 'opened' }, { do: 'items', count: 2 }, { do: 'item', wrong: true }, ...CORRECT.slice(1)]],
    },
  },
  {
    id: 'last-number',
    profile: 'stateful',
    count: 5,
    script: { streams: [[{ do: 'opened' }, { do: 'items' }, { do: 'final', wrongValue: true }, OK]] },
  },
  {
    id: 'doubling',
    profile: 'stateless',
    count: 6,
    script: { streams: [[{ do: 'opened' }, { do: 'items', count: 3 }, { do: 'item', wrong: true }, { do: 'items' }]] },
  },
  {
    // The last of 70 bits: a number held in a double looks right.
    id: 'doubling-beyond-a-double',
    profile: 'stateless',
    count: 80,
    script: {
      intervalMs: 1,
      streams: [[{ do: 'opened' }, { do: 'items', count: 70 }, { do: 'item', wrong: true }, { do: 'items' }]],
    },
  },
];

function contradicts(
  id: string,
  profile: ClientCase['profile'],
  fields: Partial<WireOpened>,
  first?: Script,
): ClientCase {
  const wrong: Script = [{ do: 'opened', with: fields }, ...CORRECT.slice(1)];
  return { id, profile, count: 6, script: { streams: first === undefined ? [wrong] : [first, wrong] } };
}

const DROPPED = after(2, { do: 'end', status: 'UNAVAILABLE' });

const CONTRADICTIONS: readonly ClientCase[] = [
  contradicts('start-at-1', 'stateful', { nextIndex: 1 }),
  contradicts('other-n', 'stateful', { n: 7 }),
  contradicts('other-profile', 'stateful', { profile: 'stateless', a: 5 }),
  contradicts('other-ratio', 'stateless', { ratio: 3 }),
  contradicts('resume-one-late', 'stateful', { nextIndex: 3 }, DROPPED),
  contradicts('resume-one-early', 'stateless', { nextIndex: 1 }, DROPPED),
  contradicts('other-a', 'stateless', { a: 24 }, DROPPED),
  contradicts('other-resume-key', 'stateful', { resumeKey: new Uint8Array(16).fill(7) }, DROPPED),
];

export function mismatches(tempo: Tempo): ClientScenario {
  return clientScenario('client-mismatch', 'wrong numbers and checksums', 2_000, tempo, WRONG_ITEM);
}

export function contradictions(tempo: Tempo): ClientScenario {
  return clientScenario(
    'client-contradictions',
    'an OPENED that contradicts the request',
    2_500,
    tempo,
    CONTRADICTIONS,
  );
}

export function prefixChecksums(tempo: Tempo): ClientScenario {
  const wrong: Script = [
    { do: 'opened', with: { prefix: { count: 2, sha256: new Uint8Array(32).fill(7) } } },
    ...CORRECT.slice(1),
  ];
  return clientScenario('client-prefix-checksum', 'the extension prefix-checksum', 2_500, tempo, [
    { id: 'right', profile: 'stateful', count: 5, prefixChecksum: true, script: { streams: [DROPPED] } },
    { id: 'wrong', profile: 'stateful', count: 6, prefixChecksum: true, script: { streams: [DROPPED, wrong] } },
  ]);
}
