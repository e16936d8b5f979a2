/** New connections are reset at once. */
import type { FaultKind } from '../fault.ts';

export const refuse: FaultKind = {
  name: 'refuse',
  help: 'refuse                        new connections are reset at once',
  amounts: {},
  atRandom: 'refuse,for=200ms..2s',
};
