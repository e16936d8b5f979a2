/** From traces to results: calls the checks and sees to what every check would have to see to. */

import { CUT_FACT, HARNESS_FACT } from './case.ts';
import { type Check, EVERY_SCENARIO, type JudgeContext } from './check.ts';
import { diagnose } from './diagnosis.ts';
import { type Gone, goneOf, goneText } from './gone.ts';
import { tokenOf } from './random.ts';
import { isShouldCheck, pinnedId, type Requirement } from './requirements/requirements.ts';
import type { Trace } from './trace.ts';
import { blocked, harnessError, inconclusive, unsupported, type Verdict, type VerdictName } from './verdict.ts';

export interface CheckResult {
  readonly check: Check;
  readonly verdict: Verdict;
}

/**
 * Judge what was recorded. The order of the traces does not matter: cases are looked at in the order in which they began, so
 * that a stored run gives the same verdicts as a live one; random ones that were made smaller come first, the others last.
 */
export function judgeTraces(
  checks: readonly Check[],
  traces: readonly Trace[],
  context: JudgeContext,
  requirements: ReadonlyMap<string, Requirement>,
): CheckResult[] {
  const ordered = [...traces].sort((a, b) => rank(a) - rank(b) || a.startedAtMs - b.startedAtMs);
  const gone = goneOf(ordered, context);
  return checks.map((check) => {
    const own = check.scenario === EVERY_SCENARIO ? ordered : ordered.filter((t) => t.scenario === check.scenario);
    const verdict = judgeCheck(check, own, context, isShouldCheck(check, requirements), ordered);
    return { check, verdict: gone === undefined ? verdict : withoutServer(check, verdict, own, gone) };
  });
}

/** What a case shows that lasted until the server was gone is that it was gone. */
function withoutServer(check: Check, verdict: Verdict, traces: readonly Trace[], gone: Gone): Verdict {
  if (verdict.verdict !== 'FAIL' && verdict.verdict !== 'WARN') return verdict;
  if (check.requirements.some((pin) => pinnedId(pin) === SURVIVAL)) return verdict;
  const lasted = casesOf(verdict, traces).some(({ endedAtMs }) => endedAtMs >= gone.lastSignMs);
  return lasted ? blocked(goneText(gone)) : verdict;
}

/** A server that these bytes have ended breaks it. */
const SURVIVAL = 'RSQ-SEC-2';

/** The case that a verdict points at, all where it points at none. */
function casesOf({ at }: Verdict, traces: readonly Trace[]): readonly Trace[] {
  return at === undefined ? traces : traces.filter(({ caseId }) => caseId === at.caseId);
}

/** What was made smaller tells most, what was drawn at random least: a plain case shows the same fault better. */
function rank({ facts }: Trace): number {
  const token = tokenOf(facts);
  if (token === undefined) return 0;
  return token.path.length > 0 ? -token.path.length : 1;
}

/**
 * Judge one scenario's traces.
 * @param isShould whether every requirement of the check is a SHOULD, so that breaking it is a WARN
 * @param all traces of the run, by which a failure is explained
 */
export function judgeCheck(
  check: Check,
  traces: readonly Trace[],
  context: JudgeContext,
  isShould: boolean,
  all = traces,
): Verdict {
  const lack = context.lacks?.[check.id] ?? context.lacks?.[check.scenario];
  if (lack !== undefined) return lack.isError ? harnessError(lack.why) : unsupported(lack.why);
  const verdict = judgeDriven(check, traces, context, isShould, all);
  if (context.servesNothing !== true || !WORTH_NOTHING.includes(verdict.verdict)) return verdict;
  return blocked('the server has opened no stream of any profile');
}

/** What these say of a server that serves nothing is empty. */
const WORTH_NOTHING: readonly VerdictName[] = ['BLOCKED', 'PASS', 'UNSUPPORTED'];

function judgeDriven(
  check: Check,
  traces: readonly Trace[],
  context: JudgeContext,
  isShould: boolean,
  all: readonly Trace[],
): Verdict {
  if (check.extension !== undefined && !context.description.extensions.includes(check.extension)) {
    return unsupported(`the extension ${check.extension} is not claimed`);
  }
  if (check.profile !== 'any' && !context.description.profiles.includes(check.profile)) {
    return unsupported(`the profile ${check.profile} is not claimed`);
  }
  if (traces.length === 0) return blocked(`scenario ${check.scenario} has left no trace`);
  const broken = traces.find((trace) => trace.facts[HARNESS_FACT] !== undefined);
  if (broken !== undefined) return harnessError(`${broken.caseId}: ${String(broken.facts[HARNESS_FACT])}`);
  const verdict = callJudge(check, traces, context);
  const cut = traces.some((trace) => trace.facts[CUT_FACT] === true);
  if (cut && (verdict.verdict === 'PASS' || verdict.verdict === 'FAIL')) {
    return inconclusive(`the run ended before the scenario did; so far: ${verdict.message}`);
  }
  if (verdict.verdict !== 'FAIL') return verdict;
  const lateMs = latenessBehind(verdict, traces);
  if (lateMs > (check.toleranceMs ?? UNUSABLE_LAG_MS)) {
    return inconclusive(`the suite itself was ${Math.round(lateMs)} ms late, which may be why: ${verdict.message}`, {
      ...(verdict.at === undefined ? {} : { at: verdict.at }),
    });
  }
  return { ...explained(check, verdict, traces, all), verdict: isShould ? 'WARN' : 'FAIL' };
}

/** A suite that was so late has dropped, resumed and confirmed at other moments than a case is about. */
const UNUSABLE_LAG_MS = 1_000;

/** How late the suite was in the case that a failure points at, in any case where it points at none. */
function latenessBehind(verdict: Verdict, traces: readonly Trace[]): number {
  return Math.max(0, ...casesOf(verdict, traces).map(({ lag }) => lag.maxMs));
}

/** A failure with what lies behind it, before what the check itself says. Towards clients the suite makes the faults. */
function explained(check: Check, verdict: Verdict, traces: readonly Trace[], all: readonly Trace[]): Verdict {
  const { at } = verdict;
  const isOfItself = check.requirements.some((pin) => OF_ITSELF.has(pinnedId(pin)));
  if (check.side !== 'server' || at === undefined || isOfItself) return verdict;
  const trace = traces.find(({ caseId }) => caseId === at.caseId);
  const diagnosis = trace && diagnose(at, trace, all);
  if (diagnosis === undefined) return verdict;
  const { cause, figures } = diagnosis;
  const text = [`${cause}: ${figures}`, ...(verdict.diagnosis === undefined ? [] : [verdict.diagnosis])].join('; ');
  return { ...verdict, diagnosis: text, cause: verdict.cause ?? cause };
}

/** What is declared, and when items come, follows from nothing that a session does. */
const OF_ITSELF: ReadonlySet<string> = new Set([
  'RSQ-DSC-2',
  'RSQ-PAC-1',
  'RSQ-PAC-2',
  'RSQ-PAC-3',
  'RSQ-PAC-7',
  'RSQ-RET-5',
  'RSQ-RET-7',
]);

function callJudge(check: Check, traces: readonly Trace[], context: JudgeContext): Verdict {
  try {
    return check.judge(traces, context);
  } catch (error) {
    return harnessError(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
