/** No more than so many bytes in a second. */
import type { FaultKind } from '../fault.ts';
import { RATE } from '../units.ts';

/** Bytes pass in portions of so much time, and what a late timer has missed is caught up within it. */
const PORTION_MS = 20;

export const bandwidth: FaultKind = {
  name: 'bandwidth',
  help: 'bandwidth=10KBps              no more bytes than this in a second',
  amounts: { value: { unit: RATE } },
  atRandom: 'bandwidth=500Bps..20KBps,for=1s..5s',
  isShared: true,
  begin: ({ amount, nowMs }) => {
    const perMs = amount('value') / 1_000;
    let freeMs = nowMs;
    return {
      opensAtMs: () => freeMs,
      room: () => Math.max(1, Math.floor(perMs * PORTION_MS)),
      passed: (bytes, atMs) => {
        freeMs = Math.max(freeMs, atMs - PORTION_MS) + bytes / perMs;
      },
    };
  },
};
