/** The connection ends once so many bytes have passed. */
import type { FaultKind } from '../fault.ts';
import { SIZE } from '../units.ts';

export const limitData: FaultKind = {
  name: 'limit_data',
  help: 'limit_data=4KB                the connection ends (FIN) after so many bytes',
  amounts: { value: { unit: SIZE } },
  atRandom: 'limit_data=1B..4KB',
  isShared: true,
  begin: ({ amount }) => {
    let left = Math.max(1, Math.round(amount('value')));
    let reachedMs = Number.POSITIVE_INFINITY;
    return {
      room: () => left,
      passed: (bytes, atMs) => {
        left -= bytes;
        if (left === 0) reachedMs = atMs;
      },
      strike: () => ({ atMs: reachedMs, what: 'close' }),
    };
  },
};
