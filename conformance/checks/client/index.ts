/** All checks of clients. */

import type { Check } from '../../check.ts';

export const clientChecks: readonly Check[] = [];
