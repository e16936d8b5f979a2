/** All scenarios that drive a server. */

import type { ServerScenario } from '../../scenario.ts';

export const serverScenarios: readonly ServerScenario[] = [];
