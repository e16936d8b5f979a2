/** All scenarios that drive a server. */

import type { ServerScenario } from '../../scenario.ts';
import { rejections, unlistedProfile } from './rejections.ts';
import { schedules } from './schedules.ts';
import { statefulJump, statefulWhole, statelessFarEnd, statelessResume, statelessStart } from './sequences.ts';
import { attempts, confirmFinal, discard, ghosts, prefixChecksum, startAgain, takeover } from './sessions.ts';
import { describe, extensionPoints, hostile, isolation, keepalive } from './surroundings.ts';
import { expiryFan, longConnection, pace, retentionReset } from './timing.ts';

export const SERVER_SCENARIOS: readonly ServerScenario[] = [
  describe,
  statelessStart,
  statelessResume,
  statelessFarEnd,
  statefulWhole,
  statefulJump,
  startAgain,
  attempts,
  takeover,
  ghosts,
  discard,
  confirmFinal,
  prefixChecksum,
  rejections,
  unlistedProfile,
  extensionPoints,
  isolation,
  hostile,
  keepalive,
  schedules,
  pace,
  expiryFan,
  retentionReset,
  longConnection,
];
