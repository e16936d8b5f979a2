/** All checks of clients. */

import type { Check } from '../../check.ts';
import { DROP_CHECKS } from './drops.ts';
import { FAULT_CHECKS } from './faults.ts';
import { PROGRAM_CHECKS } from './program.ts';
import { RUN_CHECKS } from './runs.ts';
import { WAIT_CHECKS } from './waits.ts';

export const CLIENT_CHECKS: readonly Check[] = [
  ...RUN_CHECKS,
  ...DROP_CHECKS,
  ...WAIT_CHECKS,
  ...FAULT_CHECKS,
  ...PROGRAM_CHECKS,
];
