/** Runs a plan: all scenarios at once, longest first, then the checks over what they recorded. */

import { setMaxListeners } from 'node:events';
import { HARNESS_FACT, runCase } from './case.ts';
import type { JudgeContext } from './check.ts';
import { RunClock } from './clock.ts';
import { goneOf } from './gone.ts';
import { type CheckResult, judgeCheck, judgeTraces } from './judge.ts';
import type { Plan } from './plan.ts';
import type { RandomChoice } from './random.ts';
import { tokenOf } from './random.ts';
import { isShouldCheck, type Requirement } from './requirements/requirements.ts';
import type { RandomPart, RunContext } from './scenario.ts';
import { shrink } from './shrink.ts';
import type { Lag, Trace } from './trace.ts';
import type { Verdict } from './verdict.ts';

/** All scenarios are started within this time, so that their connects do not fall into one moment. */
export const START_WINDOW_MS = 1_000;

export interface RunOptions<C extends RunContext> extends RandomChoice {
  readonly seed: number;
  /** A failing random case is made smaller for so long; no level is begun later. 0 = it is left as it is. */
  readonly shrinkMs: number;
  /** The run is ended after this time, with what there is. */
  readonly deadlineMs: number;
  /** Ends the run early, as the deadline does. */
  readonly signal: AbortSignal;
  readonly judge: JudgeContext;
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Makes the scenarios' context from the common part. */
  context(common: RunContext): C;
  progress(done: number, all: number, elapsedMs: number): void;
  /** These scenarios are driven a second time. `longestMs`: as long as the longest takes. */
  again?(scenarios: readonly string[], longestMs: number): void;
  readonly observer?: RunObserver;
}

/** Is told what a run gives as it comes. A scenario that is driven twice has rounds 1 and 2; the last one counts. */
export interface RunObserver {
  traced(trace: Trace, round: number): void;
  /** All cases of the scenario have ended by themselves. */
  driven(scenario: string, round: number): void;
  /** After all driving: to judge while other cases run would make their times wrong. */
  judged(result: CheckResult): void;
}

export interface RunResult {
  readonly results: readonly CheckResult[];
  readonly elapsedMs: number;
  readonly lag: Lag;
  /** The deadline or an interrupt ended it. */
  readonly truncated: boolean;
}

/** What a run needs of a scenario. */
export interface RunnableScenario<C> {
  readonly id: string;
  /** It is driven when all others have ended, also when some of them are driven again. */
  readonly isLast?: true;
  estimateMs(context: C): number;
  run(context: C): Promise<Trace[]>;
  readonly random?: RandomPart<C>;
}

/** Drive and judge. Never rejects because of what the implementation does. */
export async function run<C extends RunContext>(
  plan: Plan<RunnableScenario<C>>,
  options: RunOptions<C>,
): Promise<RunResult> {
  const clock = new RunClock();
  clock.watch();
  const deadline = AbortSignal.timeout(options.deadlineMs);
  const signal = AbortSignal.any([deadline, options.signal]);
  // Every case that runs listens for the end.
  setMaxListeners(0, signal);
  const second = new Set<string>();
  const roundOf = (scenario: string): number => (second.has(scenario) ? 2 : 1);
  const traced = (trace: Trace): void => options.observer?.traced(trace, roundOf(trace.scenario));
  const context = options.context({ ...commonContext(clock, signal, options), traced });
  const judge = (): CheckResult[] =>
    judgeTraces(plan.checks, [...traces.values()].flat(), options.judge, options.requirements);
  const traces = await drive(plan.scenarios, context, clock, options, roundOf);
  let results = judge();
  const isGone = goneOf([...traces.values()].flat(), options.judge) !== undefined;
  const again = isGone ? [] : doubtful(plan.scenarios, results);
  if (again.length > 0 && !signal.aborted) {
    const last = plan.scenarios.filter((scenario) => scenario.isLast && !again.includes(scenario));
    const repeated = [...again, ...last];
    for (const { id } of repeated) second.add(id);
    options.again?.([...second], Math.max(...repeated.map((scenario) => scenario.estimateMs(context))));
    const rerun = await drive(repeated, context, clock, options, roundOf);
    // Half a second round tells less than a whole first one.
    if (!signal.aborted) for (const [id, cases] of rerun) traces.set(id, cases);
    results = judge();
  }
  // Of all the cases that are tried to make one smaller, only the smallest is part of the record.
  const untold = options.context(commonContext(clock, signal, options));
  if (!isGone) results = await shrinkAll(plan.scenarios, results, traces, untold, options, traced);
  clock.stop();
  for (const result of results) options.observer?.judged(result);
  return {
    results,
    elapsedMs: clock.now(),
    lag: clock.lagSince(0),
    truncated: signal.aborted,
  };
}

function commonContext<C extends RunContext>(clock: RunClock, signal: AbortSignal, options: RunOptions<C>): RunContext {
  return {
    now: () => clock.now(),
    sleep: (ms) => clock.sleep(ms, signal),
    signal,
    lagSince: (atMs) => clock.lagSince(atMs),
    seed: options.seed,
    ...(options.replay === undefined ? {} : { replay: options.replay }),
    ...(options.randomCases === undefined ? {} : { randomCases: options.randomCases }),
  };
}

async function drive<C extends RunContext>(
  scenarios: readonly RunnableScenario<C>[],
  context: C,
  clock: RunClock,
  options: RunOptions<C>,
  roundOf: (scenario: string) => number,
): Promise<Map<string, readonly Trace[]>> {
  const order = [...scenarios].sort((a, b) => b.estimateMs(context) - a.estimateMs(context));
  const traces = new Map<string, readonly Trace[]>();
  const driveOne = async (scenario: RunnableScenario<C>, delayMs: number): Promise<void> => {
    traces.set(scenario.id, await driveScenario(scenario, context, delayMs));
    if (!context.signal.aborted) options.observer?.driven(scenario.id, roundOf(scenario.id));
    options.progress(traces.size, order.length, clock.now());
  };
  const step = START_WINDOW_MS / Math.max(1, order.length);
  const first = order.filter((scenario) => !scenario.isLast);
  await Promise.all(first.map((scenario, position) => driveOne(scenario, position * step)));
  await Promise.all(order.filter((scenario) => scenario.isLast).map((scenario) => driveOne(scenario, 0)));
  return traces;
}

async function driveScenario<C extends RunContext>(
  scenario: RunnableScenario<C>,
  context: C,
  delayMs: number,
): Promise<readonly Trace[]> {
  try {
    await context.sleep(delayMs);
    return await scenario.run(context);
  } catch (error) {
    // A scenario that fails outside its cases still leaves a trace that says so.
    return [await runCase(context, scenario.id, HARNESS_FACT, {}, () => Promise.reject(error))];
  }
}

/** Puts a smaller case in the place of each failing random one. */
async function shrinkAll<C extends RunContext>(
  scenarios: readonly RunnableScenario<C>[],
  results: readonly CheckResult[],
  traces: ReadonlyMap<string, readonly Trace[]>,
  context: C,
  options: RunOptions<C>,
  found: (trace: Trace) => void,
): Promise<CheckResult[]> {
  const shrunk: CheckResult[] = [];
  for (const result of results) {
    const { check, verdict } = result;
    const part = scenarios.find(({ id }) => id === check.scenario)?.random;
    const trace = traces.get(check.scenario)?.find(({ caseId }) => caseId === verdict.at?.caseId);
    const token = trace && tokenOf(trace.facts);
    const judge = (one: Trace): Verdict =>
      judgeCheck(check, [one], options.judge, isShouldCheck(check, options.requirements));
    const smaller =
      verdict.verdict === 'FAIL' && part !== undefined && token !== undefined
        ? await shrink(part, context, token, (one) => judge(one).verdict === 'FAIL', options.shrinkMs)
        : undefined;
    if (smaller === undefined) {
      shrunk.push(result);
      continue;
    }
    found(smaller.trace);
    shrunk.push({ check, verdict: judge(smaller.trace) });
  }
  return shrunk;
}

/**
 * Scenarios of verdicts that a busy machine may have made: they get one more try, beside nothing else. Where something is broken for
 * certain, its evidence is kept.
 */
export function doubtful<S extends { readonly id: string }>(
  scenarios: readonly S[],
  results: readonly CheckResult[],
): S[] {
  const idsOf = (of: (verdict: Verdict) => boolean): Set<string> =>
    new Set(results.filter(({ verdict }) => of(verdict)).map(({ check }) => check.scenario));
  const isFailure = ({ verdict }: Verdict): boolean => verdict === 'FAIL' || verdict === 'WARN';
  const unclear = idsOf(
    (verdict) => verdict.verdict === 'INCONCLUSIVE' || (isFailure(verdict) && verdict.isLate === true),
  );
  const certain = idsOf((verdict) => isFailure(verdict) && verdict.isLate !== true);
  return scenarios.filter(({ id }) => unclear.has(id) && !certain.has(id));
}
