/** From a random case that fails to a smaller one that fails too: level by level, all cases of a level at one time. */

import type { CaseToken } from './random.ts';
import type { RandomPart, RunContext } from './scenario.ts';
import type { Trace } from './trace.ts';

export interface Shrunk {
  readonly token: CaseToken;
  readonly trace: Trace;
}

/**
 * The smallest failing case that is found in the time.
 * @param from a case that failed
 * @param fails judges one case by itself
 * @param limitMs no level is begun after this time; 0 = nothing is tried
 */
export async function shrink<C extends RunContext>(
  part: RandomPart<C>,
  context: C,
  from: CaseToken,
  fails: (trace: Trace) => boolean,
  limitMs: number,
): Promise<Shrunk | undefined> {
  const endMs = context.now() + limitMs;
  let best: Shrunk | undefined;
  while (context.now() < endMs && !context.signal.aborted) {
    const level = part.smaller(context.seed, best?.token ?? from);
    const traces = await Promise.all(level.map((token) => part.run(context, token)));
    const first = traces.findIndex(fails);
    const [token, trace] = [level[first], traces[first]];
    if (token === undefined || trace === undefined) break;
    best = { token, trace };
  }
  return best;
}
