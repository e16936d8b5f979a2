/**
 * Judges one model or null peer and prints the verdicts as JSON. Each has a process of its own: the suite's computing for one
 * would make the times of another one wrong. `worker.ts server|store|client|null NAME`, NAME `right` for a model without a bug.
 */

import { CLIENT_CHECKS } from '../checks/client/index.ts';
import { SERVER_CHECKS } from '../checks/server/index.ts';
import { conformServer, DEFAULT_DESCRIPTION } from '../conform.ts';
import { startPeer } from '../peer/peer.ts';
import { type Selection, select } from '../plan.ts';
import { requirements } from '../requirements/requirements.ts';
import { type RunResult, run } from '../run.ts';
import type { ClientRunContext, RunContext, ServerRunContext } from '../scenario.ts';
import { clientScenarios } from '../scenarios/client/index.ts';
import { SERVER_SCENARIOS } from '../scenarios/server/index.ts';
import { TargetError } from '../target/server.ts';
import type { DescriptionView } from '../trace.ts';
import { CLIENT_BUGS, type ClientBug } from './client-bugs.ts';
import { inProcessClient } from './in-process.ts';
import { conformStoreModel } from './judge-store.ts';
import { MODEL_DROP_DETECTION_MS, ModelServer } from './model-server.ts';
import { NULL_PEERS, startNullPeer } from './null-peers.ts';
import { SERVER_BUGS, type ServerBug } from './server-bugs.ts';
import { RIGHT, type Verdicts } from './verdicts.ts';

/** Times of the specification are divided by four in model client and checks. */
const TEMPO = { scale: 0.25, fullCount: 600 };
const DEADLINE_MS = 120_000;
const NO_SELECTION: Selection = { only: [], skip: [] };
/** Has pings every 5 s and is the same for every mutant. */
const LONG_SCENARIO = 'keepalive';
const FOR_MUTANTS: Selection = { only: [], skip: [LONG_SCENARIO] };

async function judgeServer(name: string): Promise<Verdicts> {
  const bug = name in SERVER_BUGS ? (name as ServerBug) : undefined;
  const model = new ModelServer(bug);
  const peer = await startPeer(model, undefined, MODEL_DROP_DETECTION_MS / 2);
  const description: DescriptionView = { kind: 'description', ...model.describe() };
  const plan = select(SERVER_SCENARIOS, SERVER_CHECKS, bug === undefined ? NO_SELECTION : FOR_MUTANTS);
  // Checks that look at every scenario would bring the long one back.
  const scenarios = plan.scenarios.filter(({ id }) => bug === undefined || id !== LONG_SCENARIO);
  const target = { host: '127.0.0.1', port: peer.port };
  const context = (common: RunContext): ServerRunContext => ({ ...common, target, description });
  try {
    const result = await run({ checks: plan.checks, scenarios }, { ...options(description), context });
    return verdictsOf(result);
  } finally {
    model.close();
    await peer.close();
  }
}

async function judgeNull(name: string): Promise<Verdicts> {
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

async function judgeClient(name: string): Promise<Verdicts> {
  const bug = name in CLIENT_BUGS ? (name as ClientBug) : undefined;
  const plan = select(clientScenarios(TEMPO), CLIENT_CHECKS, NO_SELECTION);
  const context = (common: RunContext): ClientRunContext => ({ ...common, client: inProcessClient(bug, TEMPO.scale) });
  return verdictsOf(await run(plan, { ...options(DEFAULT_DESCRIPTION), context }));
}

function options(description: DescriptionView) {
  return {
    seed: 1,
    shrinkMs: 0,
    deadlineMs: DEADLINE_MS,
    signal: new AbortController().signal,
    judge: { description, seedFromClientId: false },
    requirements: requirements(),
    progress: () => undefined,
  };
}

function verdictsOf({ results }: RunResult): Verdicts {
  return results.map(({ check, verdict }) => ({ id: check.id, verdict: verdict.verdict, message: verdict.message }));
}

const [kind = '', name = RIGHT] = process.argv.slice(2);
async function judgeStore(name: string): Promise<Verdicts> {
  return verdictsOf(await conformStoreModel(name, DEADLINE_MS));
}

const judges: Readonly<Record<string, (name: string) => Promise<Verdicts>>> = {
  server: judgeServer,
  store: judgeStore,
  client: judgeClient,
  null: judgeNull,
};
const judge = judges[kind];
if (judge === undefined) throw new Error(`worker: expected ${Object.keys(judges).join(', ')}, got ${kind}`);
const text = JSON.stringify(await judge(name));
process.stdout.write(`${text}\n`, () => process.exit(0));
