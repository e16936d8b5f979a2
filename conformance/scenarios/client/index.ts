/** All scenarios that drive a client. */

import type { ClientScenario } from '../../scenario.ts';

export const clientScenarios: readonly ClientScenario[] = [];
