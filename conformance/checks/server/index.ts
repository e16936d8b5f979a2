/** All checks of servers. */

import type { Check } from '../../check.ts';
import { completionChecks } from './completion.ts';
import { requestChecks } from './requests.ts';
import { sequenceChecks } from './sequences.ts';
import { sessionChecks } from './sessions.ts';
import { surroundingChecks } from './surroundings.ts';
import { timingChecks } from './timing.ts';
import { wireChecks } from './wire.ts';

export const SERVER_CHECKS: readonly Check[] = [
  ...surroundingChecks,
  ...requestChecks,
  ...wireChecks,
  ...sequenceChecks,
  ...sessionChecks,
  ...completionChecks,
  ...timingChecks,
];
