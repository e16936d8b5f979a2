/** The connection is reset. */
import type { FaultKind } from '../fault.ts';
import { DURATION } from '../units.ts';

export const resetPeer: FaultKind = {
  name: 'reset_peer',
  help: 'reset_peer=2s                 both ends get a RST after this time (up: the server alone, down: the client alone)',
  amounts: { value: { unit: DURATION, otherwise: { min: 0, max: 0 } } },
  atRandom: 'reset_peer=0',
  isMoment: true,
  begin: ({ amount, nowMs }) => {
    const atMs = nowMs + amount('value');
    return { strike: () => ({ atMs, what: 'reset' }) };
  },
};
