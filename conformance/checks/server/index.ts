/** All checks of servers. */

import type { Check } from '../../check.ts';
import { completionChecks } from './completion.ts';
import { requestChecks } from './requests.ts';
import { scheduleChecks } from './schedules.ts';
import { sessionChecks } from './sessions.ts';
import { statefulChecks } from './stateful.ts';
import { statelessChecks } from './stateless.ts';
import { surroundingChecks } from './surroundings.ts';
import { timingChecks } from './timing.ts';
import { wireChecks } from './wire.ts';

export const SERVER_CHECKS: readonly Check[] = [
  ...surroundingChecks,
  ...requestChecks,
  ...wireChecks,
  ...statelessChecks,
  ...statefulChecks,
  ...sessionChecks,
  ...scheduleChecks,
  ...completionChecks,
  ...timingChecks,
];
