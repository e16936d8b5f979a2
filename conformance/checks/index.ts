/** All checks of the suite, whatever they judge. */

import type { Check } from '../check.ts';
import { DRIVER_CHECKS } from './client/driver.ts';
import { CLIENT_CHECKS } from './client/index.ts';
import { SERVER_CHECKS } from './server/index.ts';
import { STORE_CHECKS } from './store/index.ts';

export const ALL_CHECKS: readonly Check[] = [...SERVER_CHECKS, ...STORE_CHECKS, ...CLIENT_CHECKS, ...DRIVER_CHECKS];
