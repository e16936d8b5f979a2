/** All checks of several instances on one store. */

import type { Check } from '../../check.ts';
import { crashChecks } from './crashes.ts';
import { foreignRecordChecks } from './foreign.ts';
import { moveChecks } from './moves.ts';
import { outageChecks } from './outages.ts';
import { recordChecks } from './records.ts';

export const STORE_CHECKS: readonly Check[] = [
  ...moveChecks,
  ...recordChecks,
  ...foreignRecordChecks,
  ...crashChecks,
  ...outageChecks,
];
