/** From traces to results: calls a check and sees to what every check would have to see to. */

import { CUT_FACT, HARNESS_FACT } from './case.ts';
import type { Check, JudgeContext } from './check.ts';
import type { Trace } from './trace.ts';
import { blocked, harnessError, inconclusive, unsupported, type Verdict } from './verdict.ts';

export interface CheckResult {
  readonly check: Check;
  readonly verdict: Verdict;
}

/**
 * Judge one scenario's traces.
 * @param isShould whether every requirement of the check is a SHOULD, so that breaking it is a WARN
 */
export function judgeCheck(
  check: Check,
  traces: readonly Trace[] | undefined,
  context: JudgeContext,
  isShould: boolean,
): Verdict {
  if (check.extension !== undefined && !context.description.extensions.includes(check.extension)) {
    return unsupported(`the extension ${check.extension} is not claimed`);
  }
  if (check.profile !== 'any' && !context.description.profiles.includes(check.profile)) {
    return unsupported(`the profile ${check.profile} is not claimed`);
  }
  if (traces === undefined || traces.length === 0) return blocked(`scenario ${check.scenario} has left no trace`);
  const broken = traces.find((trace) => trace.facts[HARNESS_FACT] !== undefined);
  if (broken !== undefined) return harnessError(`${broken.caseId}: ${String(broken.facts[HARNESS_FACT])}`);
  const verdict = callJudge(check, traces, context);
  const cut = traces.some((trace) => trace.facts[CUT_FACT] === true);
  if (cut && (verdict.verdict === 'PASS' || verdict.verdict === 'FAIL')) {
    return inconclusive(`the run ended before the scenario did; so far: ${verdict.message}`);
  }
  return verdict.verdict === 'FAIL' && isShould ? { ...verdict, verdict: 'WARN' } : verdict;
}

function callJudge(check: Check, traces: readonly Trace[], context: JudgeContext): Verdict {
  try {
    return check.judge(traces, context);
  } catch (error) {
    return harnessError(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
