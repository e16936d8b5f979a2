/** Judges the models that it is told, one at a time, in a process of its own: see pool.ts. */

import { startProxy } from '../../proxy/proxy.ts';
import { CLIENT_CHECKS } from '../checks/client/index.ts';
import { SERVER_CHECKS } from '../checks/server/index.ts';
import { conformServer, DEFAULT_DESCRIPTION } from '../conform.ts';
import { conformDriver } from '../conform-client.ts';
import { startPeer } from '../peer/peer.ts';
import { type Selection, select } from '../plan.ts';
import { requirements } from '../requirements/requirements.ts';
import { type RunResult, run } from '../run.ts';
import type { ClientRunContext, RunContext, ServerRunContext } from '../scenario.ts';
import { clientScenarios } from '../scenarios/client/index.ts';
import { SERVER_SCENARIOS } from '../scenarios/server/index.ts';
import { TargetError } from '../target/server.ts';
import type { DescriptionView } from '../trace.ts';
import type { Verdict } from '../verdict.ts';
import { CLIENT_BUGS, type ClientBug } from './bugs/client.ts';
import type { Declaration } from './bugs/declaration.ts';
import { DRIVER_BUGS, type DriverBug } from './bugs/driver.ts';
import { SERVER_BUGS, type ServerBug } from './bugs/server.ts';
import { inProcessClient } from './in-process.ts';
import { conformStoreModel } from './judge-store.ts';
import { modelDriver } from './model-driver.ts';
import { MODEL_DROP_DETECTION_MS, ModelServer } from './model-server.ts';
import { NULL_PEERS, startNullPeer } from './null-peers.ts';
import { CLIENT_ODDBALLS, SERVER_ODDBALLS } from './oddballs.ts';
import type { Answer, Task } from './pool.ts';
import { judgeable, scopeOf } from './scope.ts';
import { RIGHT, type Verdicts } from './verdicts.ts';

/** Times of the specification are divided by four in model client and checks. */
const TEMPO = { scale: 0.25, fullCount: 600 };
const DEADLINE_MS = 120_000;
const NO_SELECTION: Selection = { only: [], skip: [] };
/** Random schedules are two fifths of a run's work. What is right has to pass all, what is wrong to fail some. */
const MUTANT_SCHEDULES = 10;
/** Has pings every 5 s and is the same for nearly every mutant. */
const LONG_SCENARIO = 'keepalive';

/** Whether a mutant is to be driven through the long scenario: its declaration is about it. */
function isLong(name: string, declaration: Declaration | undefined): boolean {
  if (declaration === undefined) return name === RIGHT;
  const { fails } = declaration;
  return SERVER_CHECKS.some(({ id, scenario }) => scenario === LONG_SCENARIO && id in fails);
}

async function judgeServer({ name, everything }: Task): Promise<Verdicts> {
  const bug = name in SERVER_BUGS ? (name as ServerBug) : undefined;
  const declaration: Declaration | undefined = bug && SERVER_BUGS[bug];
  const odd = SERVER_ODDBALLS[name];
  const model = new ModelServer(bug, odd);
  const keepaliveMs = bug === 'no-keepalive' ? 0 : MODEL_DROP_DETECTION_MS / 2;
  const peer = await startPeer(model, undefined, keepaliveMs, odd?.oddity);
  const proxy = odd?.through === undefined ? undefined : await startProxy({ to: peer, faults: [odd.through] });
  const description: DescriptionView = { kind: 'description', ...model.describe() };
  const skipped = isLong(name, declaration) ? [] : [LONG_SCENARIO];
  const plan = select(SERVER_SCENARIOS, SERVER_CHECKS, { only: [], skip: skipped });
  const isDriven = declaration === undefined || everything ? () => true : scopeOf(declaration, SERVER_CHECKS);
  // Checks that look at every scenario would bring the long one back.
  const scenarios = plan.scenarios.filter(
    ({ id, profiles }) =>
      isDriven(id) && !skipped.includes(id) && profiles.some((profile) => description.profiles.includes(profile)),
  );
  const checks = judgeable(plan.checks, isDriven);
  const target = { host: '127.0.0.1', port: (proxy ?? peer).port };
  const context = (common: RunContext): ServerRunContext => ({ ...common, target, description });
  const told = {
    ...options(description, declaration?.testMode ?? false),
    ...(bug === undefined ? {} : { randomCases: MUTANT_SCHEDULES }),
  };
  try {
    return verdictsOf(await run({ checks, scenarios }, { ...told, context }));
  } finally {
    model.close();
    await proxy?.close();
    await peer.close();
  }
}

async function judgeNull({ name }: Task): Promise<Verdicts> {
  const kind = NULL_PEERS.find((one) => one === name);
  if (kind === undefined) throw new Error(`null peer: expected ${NULL_PEERS.join(', ')}, got ${name}`);
  const peer = await startNullPeer(kind);
  try {
    const { signal } = new AbortController();
    const target = { host: '127.0.0.1', port: peer.port };
    return verdictsOf(
      await conformServer(target, { selection: NO_SELECTION, seed: 1, shrinkMs: 0, deadlineMs: DEADLINE_MS, signal }),
    );
  } catch (error) {
    // The suite's answer to what is no server at all: it says so and judges nothing.
    if (error instanceof TargetError) return [];
    throw error;
  } finally {
    await peer.close();
  }
}

async function judgeClient({ name, everything }: Task): Promise<Verdicts> {
  const bug = name in CLIENT_BUGS ? (name as ClientBug) : undefined;
  const declaration: Declaration | undefined = bug && CLIENT_BUGS[bug];
  const isDriven = declaration === undefined || everything ? () => true : scopeOf(declaration, CLIENT_CHECKS);
  const all = select(clientScenarios(TEMPO), CLIENT_CHECKS, NO_SELECTION);
  const plan = { checks: judgeable(all.checks, isDriven), scenarios: all.scenarios.filter(({ id }) => isDriven(id)) };
  const context = (common: RunContext): ClientRunContext => ({
    ...common,
    client: inProcessClient(bug, TEMPO.scale, CLIENT_ODDBALLS[name]),
  });
  return verdictsOf(await run(plan, { ...options(DEFAULT_DESCRIPTION), context }));
}

function options(description: DescriptionView, seedFromClientId = false) {
  return {
    seed: 1,
    shrinkMs: 0,
    deadlineMs: DEADLINE_MS,
    signal: new AbortController().signal,
    judge: { description, seedFromClientId },
    requirements: requirements(),
    progress: () => undefined,
  };
}

function verdictsOf({ results }: RunResult): Verdicts {
  return results.map(({ check, verdict }) => ({ id: check.id, verdict: verdict.verdict, text: textOf(verdict) }));
}

/** What a verdict says, in one line. */
function textOf({ message, expected, actual, diagnosis }: Verdict): string {
  const parts = { expected, got: actual, diagnosis };
  const told = Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [`${name} ${part}`]));
  return [message, ...told].join('; ');
}

async function judgeStore({ name, everything }: Task): Promise<Verdicts> {
  return verdictsOf(await conformStoreModel(name, everything === true, DEADLINE_MS));
}

async function judgeDriver({ name }: Task): Promise<Verdicts> {
  const bug = name in DRIVER_BUGS ? (name as DriverBug) : undefined;
  const only = (bug === undefined ? Object.values(DRIVER_BUGS) : [DRIVER_BUGS[bug]]).flatMap((one) => one.judgedBy);
  const chosen = { selection: { only: [...new Set(only)], skip: [] }, seed: 1, signal: new AbortController().signal };
  return verdictsOf(await conformDriver(['model-driver', name], chosen, modelDriver(bug)));
}

const judges: Readonly<Record<string, (task: Task) => Promise<Verdicts>>> = {
  server: judgeServer,
  store: judgeStore,
  client: judgeClient,
  driver: judgeDriver,
  null: judgeNull,
};

async function answer(task: Task): Promise<Answer> {
  const { kind } = task;
  const judge = judges[kind];
  if (judge === undefined) return { error: `worker: expected ${Object.keys(judges).join(', ')}, got ${kind}` };
  try {
    return { verdicts: await judge(task) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (task: Task) => void answer(task).then((result) => process.send?.(result)));
process.once('disconnect', () => process.exit(0));
process.send?.({ ready: true });
