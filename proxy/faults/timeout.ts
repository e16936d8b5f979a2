/** A black hole: nothing passes, not even the end of the stream; after a time the connection ends. */
import type { FaultKind } from '../fault.ts';
import { DURATION } from '../units.ts';

export const timeout: FaultKind = {
  name: 'timeout',
  help: 'timeout=0                     black hole: nothing passes, nor is anything lost; timeout=5s ends (FIN) after 5 s',
  amounts: { value: { unit: DURATION, otherwise: { min: 0, max: 0 } } },
  atRandom: 'timeout=0,for=500ms..3s',
  begin: ({ amount, nowMs }) => {
    const afterMs = amount('value');
    const atMs = afterMs === 0 ? Number.POSITIVE_INFINITY : nowMs + afterMs;
    return { opensAtMs: () => Number.POSITIVE_INFINITY, strike: () => ({ atMs, what: 'close' }) };
  },
};
