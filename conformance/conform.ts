/** Judging one implementation as a whole: reach it, drive it, judge it. The command line and the suite's own tests begin here. */

import type { Profile } from '../protocol/messages.ts';
import type { JudgeContext, Lack, Side } from './check.ts';
import { SERVER_CHECKS } from './checks/server/index.ts';
import { STORE_CHECKS } from './checks/store/index.ts';
import { RunClock } from './clock.ts';
import { type Plan, type Selection, select } from './plan.ts';
import type { CaseToken } from './random.ts';
import { Recorder } from './recorder.ts';
import { requirements } from './requirements/requirements.ts';
import { type RunnableScenario, type RunObserver, type RunOptions, type RunResult, run } from './run.ts';
import type { RunContext, ServerRunContext, ServerScenario, StoreRunContext, StoreScenario } from './scenario.ts';
import { SERVER_SCENARIOS } from './scenarios/server/index.ts';
import { lastContact } from './scenarios/server/surroundings.ts';
import { STORE_SCENARIOS } from './scenarios/store/index.ts';
import type { Lab } from './store/lab.ts';
import type { LabDemand } from './store/start-lab.ts';
import { Link } from './target/dial.ts';
import { accepts, addressOf, type ServerTarget, TargetError } from './target/server.ts';
import type { DescriptionView } from './trace.ts';

/** What a run is told besides its target. */
export interface ConformOptions {
  readonly selection: Selection;
  readonly seed: number;
  /** Only this random case. */
  readonly replay?: CaseToken;
  /** Milliseconds for making failing random cases smaller; the default when absent. */
  readonly shrinkMs?: number;
  /** Milliseconds; twice the estimate plus 90 s when absent. */
  readonly deadlineMs?: number;
  readonly signal: AbortSignal;
  /** Once, before anything is driven. */
  planned?(plan: PlanView): void;
  progress?(done: number, all: number, elapsedMs: number): void;
  again?: RunOptions<RunContext>['again'];
  readonly observer?: RunObserver;
}

/** What a run is about and what it will do. */
export interface PlanView {
  readonly side: Side;
  /** `localhost:9000` or the command. */
  readonly target: string;
  readonly judge: JudgeContext;
  /** Ids. */
  readonly checks: readonly string[];
  /** Ids. */
  readonly scenarios: readonly string[];
  readonly longestMs: number;
}

/** What is assumed of a server that does not describe itself, and of the suite's own server towards clients. */
export const DEFAULT_DESCRIPTION: DescriptionView = {
  kind: 'description',
  specVersion: '',
  protocolVersions: [1],
  profiles: ['stateless', 'stateful'],
  extensions: ['confirm-final', 'prefix-checksum'],
  intervalMs: 1_000,
  retentionMs: 30_000,
  dropDetectionMs: 10_000,
  maxCount: 65_535,
  maxSessions: 0,
  maxRequestBytes: 4_096,
  implementation: '',
};

const ANSWER_MS = 5_000;
/** A level of smaller cases takes half a minute at real pace, and less and less below. */
const SHRINK_MS = 60_000;

/**
 * Judge a server.
 * @throws {TargetError} when nothing answers there, or what answers does not speak gRPC
 */
export async function conformServer(
  target: ServerTarget & { readonly seedFromClientId?: boolean },
  options: ConformOptions,
): Promise<RunResult> {
  const { checks, scenarios } = select(SERVER_SCENARIOS, SERVER_CHECKS, options.selection);
  const plan = { checks, scenarios: [...scenarios, lastContact] };
  const about = { target: addressOf(target), seedFromClientId: target.seedFromClientId ?? false };
  return conformServing(plan, target, about, (common) => common, options);
}

/** What is known of a target before it is reached. */
interface About extends Omit<JudgeContext, 'description'> {
  /** For reports. */
  readonly target: string;
}

/** Reach a server and judge it by this plan. @param extend adds what the plan's scenarios need besides the server */
async function conformServing<C extends ServerRunContext>(
  plan: Plan<ServingScenario<C>>,
  target: ServerTarget,
  { target: name, ...known }: About,
  extend: (common: ServerRunContext) => C,
  options: ConformOptions,
): Promise<RunResult> {
  const reached = await reach(target);
  const description = usable(reached.description);
  const judge = { ...known, description, ...(reached.serves ? {} : { servesNothing: true }) };
  const profiles = new Set<string>(description.profiles);
  const served: Plan<ServingScenario<C>> = {
    checks: plan.checks,
    scenarios: plan.scenarios.filter(
      (scenario) => scenario.profiles.some((p) => profiles.has(p)) && (reached.serves || scenario.id === 'describe'),
    ),
  };
  const context = (common: RunContext): C => extend({ ...common, target, description });
  return conform({ side: 'server', target: name, judge }, served, context, options);
}

interface ServingScenario<C> extends RunnableScenario<C> {
  readonly profiles: readonly Profile[];
}

/** What a run on a shared store drives and judges: all that a single server does, and the shared store. */
export function planOfStore(selection: Selection): Plan<ServerScenario | StoreScenario> {
  return select([...SERVER_SCENARIOS, ...STORE_SCENARIOS], [...SERVER_CHECKS, ...STORE_CHECKS], selection);
}

/** What the scenarios of a plan need to have started for them. */
export function demandOf(plan: Plan<ServerScenario | StoreScenario>): LabDemand {
  const scenarios = plan.scenarios.filter(isStoreScenario);
  return {
    spares: scenarios.reduce((sum, { spares }) => sum + spares, 0),
    rigs: scenarios.reduce((sum, { rigs }) => sum + rigs, 0),
  };
}

/**
 * Judge two instances of a server on one store, and the first of them also by itself.
 * @throws {TargetError} as `conformServer`
 */
export async function conformStore(
  lab: Lab,
  seedFromClientId: boolean,
  plan: Plan<ServerScenario | StoreScenario>,
  options: ConformOptions,
): Promise<RunResult> {
  const lacks: { readonly [id: string]: Lack } = Object.fromEntries(
    plan.scenarios.filter(isStoreScenario).flatMap(({ id, needs }) => {
      const lack = needs.map((need) => lab.lacks(need)).find((one) => one !== undefined);
      return lack === undefined ? [] : [[id, lack] as const];
    }),
  );
  const driven = { checks: plan.checks, scenarios: plan.scenarios.filter(({ id }) => lacks[id] === undefined) };
  const about = { target: `${addressOf(lab.a)} and ${addressOf(lab.b)}`, seedFromClientId, lacks };
  const extend = (common: ServerRunContext): StoreRunContext => ({ ...common, lab });
  return conformServing(driven, lab.a, about, extend, options);
}

function isStoreScenario(scenario: ServerScenario | StoreScenario): scenario is StoreScenario {
  return 'needs' in scenario;
}

/** Drives a plan and judges it. @param context makes the scenarios' context from the common part */
export function conform<C extends RunContext>(
  about: Pick<PlanView, 'side' | 'target' | 'judge'>,
  plan: Plan<RunnableScenario<C>>,
  context: (common: RunContext) => C,
  options: ConformOptions,
): Promise<RunResult> {
  const estimates = plan.scenarios.map((scenario) => scenario.estimateMs(context(idleContext(options))));
  const longestMs = Math.max(0, ...estimates);
  options.planned?.({
    ...about,
    checks: plan.checks.map(({ id }) => id),
    scenarios: plan.scenarios.map(({ id }) => id),
    longestMs,
  });
  return run(plan, {
    seed: options.seed,
    ...(options.replay === undefined ? {} : { replay: options.replay }),
    shrinkMs: options.shrinkMs ?? SHRINK_MS,
    deadlineMs: options.deadlineMs ?? 2 * longestMs + SHRINK_MS + 30_000,
    signal: options.signal,
    judge: about.judge,
    requirements: requirements(),
    context,
    progress: options.progress ?? (() => undefined),
    ...(options.again === undefined ? {} : { again: options.again }),
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  });
}

/** For estimates only: nothing runs in it. */
function idleContext({ seed, signal }: ConformOptions): RunContext {
  return { seed, signal, now: () => 0, sleep: () => Promise.resolve(), lagSince: () => ({ maxMs: 0, meanMs: 0 }) };
}

interface Reached {
  readonly description: DescriptionView | undefined;
  /** Whether at least one stream was opened. */
  readonly serves: boolean;
}

/** First contact: what the server says of itself, and whether it opens any stream. */
async function reach(target: ServerTarget): Promise<Reached> {
  const where = addressOf(target);
  if (!(await accepts(target.host, target.port)))
    throw new TargetError(`server: nothing accepts connections at ${where}`);
  const recorder = firstContactRecorder();
  const describe = new Link(recorder, target).call('Describe', { kind: 'describe' });
  const stateless = new Link(recorder, target).open({ kind: 'stateless-start' });
  const stateful = new Link(recorder, target).open({ kind: 'stateful-start', clientId: crypto.randomUUID(), n: 1 });
  await Promise.all([
    describe.until((call) => call.over, ANSWER_MS),
    stateless.until((call) => call.messages.length > 0, ANSWER_MS),
    stateful.until((call) => call.messages.length > 0, ANSWER_MS),
  ]);
  const calls = [describe, stateless, stateful];
  const spoken = calls.some(
    (call) => call.messages.length > 0 || (call.status !== undefined && call.status.grpc !== 'NONE'),
  );
  const failure = describe.status?.detail ?? 'no answer';
  for (const call of calls) call.drop('cancel');
  if (!spoken) throw new TargetError(`server: what listens at ${where} does not speak gRPC without TLS (${failure})`);
  return {
    description: describe.messages.find((message): message is DescriptionView => message.kind === 'description'),
    serves: stateless.opened !== undefined || stateful.opened !== undefined,
  };
}

function firstContactRecorder(): Recorder {
  const clock = new RunClock();
  const context: RunContext = {
    now: () => clock.now(),
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
    lagSince: () => ({ maxMs: 0, meanMs: 0 }),
    seed: 0,
  };
  return new Recorder(context, 'first-contact', 'first-contact');
}

/** What the server declares, with the defaults where that cannot be driven by. The checks judge what it really declares. */
function usable(declared: DescriptionView | undefined): DescriptionView {
  if (declared === undefined) return DEFAULT_DESCRIPTION;
  const known: readonly Profile[] = ['stateless', 'stateful'];
  const profiles = declared.profiles.filter((profile) => known.some((name) => name === profile));
  return {
    ...declared,
    profiles: profiles.length === 0 ? DEFAULT_DESCRIPTION.profiles : profiles,
    intervalMs: declared.intervalMs || DEFAULT_DESCRIPTION.intervalMs,
    retentionMs: declared.retentionMs || DEFAULT_DESCRIPTION.retentionMs,
    dropDetectionMs: declared.dropDetectionMs || DEFAULT_DESCRIPTION.dropDetectionMs,
  };
}
