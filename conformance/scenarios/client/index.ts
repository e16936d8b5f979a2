/** All scenarios that drive a client. */

import type { ClientScenario } from '../../scenario.ts';
import { confirms } from './confirm.ts';
import { REAL_TEMPO, type Tempo } from './drive.ts';
import { drops } from './drops.ts';
import { duplicates, faults, faultsForEver } from './faults.ts';
import { contradictions, mismatches, prefixChecksums } from './mismatch.ts';
import { outages, retryAfter, unreachable } from './outages.ts';
import { interrupts, usage } from './program.ts';
import { fullLength, runs } from './runs.ts';
import { schedules } from './schedules.ts';
import { silence } from './silence.ts';
import { retryable, terminal } from './terminal.ts';

export function clientScenarios(tempo: Tempo = REAL_TEMPO): ClientScenario[] {
  return [
    runs,
    fullLength,
    drops,
    schedules,
    outages,
    unreachable,
    retryAfter,
    terminal,
    retryable,
    faults,
    duplicates,
    faultsForEver,
    mismatches,
    contradictions,
    prefixChecksums,
    silence,
    confirms,
    usage,
    interrupts,
  ].map((make) => make(tempo));
}
