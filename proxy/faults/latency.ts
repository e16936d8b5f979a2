/** Bytes arrive later: latency plus or minus jitter, in order. */
import type { FaultKind } from '../fault.ts';
import { DURATION } from '../units.ts';

export const latency: FaultKind = {
  name: 'latency',
  help: 'latency=200ms[,jitter=50ms]   bytes arrive so much later, plus or minus the jitter',
  amounts: { value: { unit: DURATION }, jitter: { unit: DURATION, otherwise: { min: 0, max: 0 } } },
  atRandom: 'latency=20ms..500ms,jitter=20ms,for=1s..5s',
  begin: ({ amount, uniform }) => {
    const meanMs = amount('value');
    const jitterMs = amount('jitter');
    return { delayMs: () => Math.max(0, meanMs + (jitterMs === 0 ? 0 : (2 * uniform() - 1) * jitterMs)) };
  },
};
