/** Bytes come in small pieces. */
import type { FaultKind } from '../fault.ts';
import { DURATION, SIZE } from '../units.ts';

export const slicer: FaultKind = {
  name: 'slicer',
  help: 'slicer=1..10B[,delay=5ms]     bytes come in pieces of this size, with a pause after each',
  amounts: { value: { unit: SIZE }, delay: { unit: DURATION, otherwise: { min: 0, max: 0 } } },
  atRandom: 'slicer=1..20B,delay=1ms..5ms,for=1s..3s',
  begin: ({ amount, nowMs }) => {
    let freeMs = nowMs;
    const next = (): number => Math.max(1, Math.round(amount('value')));
    let piece = next();
    return {
      opensAtMs: () => freeMs,
      room: () => piece,
      passed: (bytes, atMs) => {
        piece -= bytes;
        if (piece > 0) return;
        piece = next();
        freeMs = atMs + amount('delay');
      },
    };
  },
};
