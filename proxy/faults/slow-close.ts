/** The end of a connection becomes known later. */
import type { FaultKind } from '../fault.ts';
import { DURATION } from '../units.ts';

export const slowClose: FaultKind = {
  name: 'slow_close',
  help: 'slow_close=1s                 one end hears so much later that the other has closed',
  amounts: { value: { unit: DURATION } },
  atRandom: 'slow_close=100ms..2s,for=1s..10s',
  begin: ({ amount }) => ({ closeDelayMs: amount('value') }),
};
