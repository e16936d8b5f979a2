/** All scenarios of several instances on one store. */

import type { StoreScenario } from '../../scenario.ts';
import { drain, kill, zombie } from './crashes.ts';
import { handover, race, retention, stale, takeover } from './moves.ts';
import { longOutage, outage } from './outages.ts';
import { injection, malformed, record } from './records.ts';

export const STORE_SCENARIOS: readonly StoreScenario[] = [
  handover,
  takeover,
  stale,
  race,
  retention,
  record,
  injection,
  malformed,
  kill,
  drain,
  zombie,
  outage,
  longOutage,
];
