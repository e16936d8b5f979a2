/** Which scenarios a mutant is driven through: those that its declaration is about and a few plain ones, or all. */

import { type Check, EVERY_SCENARIO } from '../check.ts';
import type { Declaration } from './bugs/declaration.ts';
import { covers } from './verdicts.ts';

/** Wait for seconds of retention, pace or silence. A mistake that shows in any stream shows in the others too. */
const LONG: readonly string[] = ['expiry-fan', 'retention-reset', 'long-connection', 'pace', 'keepalive'];
/** A mutant that does something else besides what is declared is likely to do so here. */
const PLAIN: readonly string[] = ['describe', 'stateless-start', 'stateful-whole', 'client-runs'];

/**
 * Whether a mutant is driven through a scenario.
 * @param checks all checks of its kind
 */
export function scopeOf({ fails, also = [] }: Declaration, checks: readonly Check[]): (scenario: string) => boolean {
  const about = checks.filter(({ id }) => id in fails || also.some((one) => covers(one, id)));
  const chosen = new Set([...PLAIN, ...about.map(({ scenario }) => scenario)]);
  const showsAnywhere = checks.some(({ id, scenario }) => id in fails && scenario === EVERY_SCENARIO);
  return (scenario) => chosen.has(scenario) || (showsAnywhere && !LONG.includes(scenario));
}

/** Checks of which something can be said when only these scenarios are driven. */
export function judgeable(checks: readonly Check[], driven: (scenario: string) => boolean): Check[] {
  return checks.filter(({ scenario }) => scenario === EVERY_SCENARIO || driven(scenario));
}
