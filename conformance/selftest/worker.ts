/**
 * Judges one model or null peer and prints the verdicts as JSON. Each has a process of its own: the suite's computing for one
 * would make the times of another one wrong. `worker.ts server|client|null NAME`, NAME `right` for a model without a bug.
 */

import { CLIENT_CHECKS } from '../checks/client/index.ts';
import { conformServer, DEFAULT_DESCRIPTION } from '../conform.ts';
import { startPeer } from '../peer/peer.ts';
import { type Selection, select } from '../plan.ts';
import { requirements } from '../requirements/requirements.ts';
import { run } from '../run.ts';
import type { ClientRunContext } from '../scenario.ts';
import { clientScenarios } from '../scenarios/client/index.ts';
import { TargetError } from '../target/server.ts';
import { CLIENT_BUGS, type ClientBug } from './client-bugs.ts';
import { inProcessClient } from './in-process.ts';
import { MODEL_DROP_DETECTION_MS, ModelServer } from './model-server.ts';
import { NULL_PEERS, startNullPeer } from './null-peers.ts';
import { SERVER_BUGS, type ServerBug } from './server-bugs.ts';
import { RIGHT, type Verdicts } from './verdicts.ts';

/** Times of the specification are divided by four in model client and checks. */
const TEMPO = { scale: 0.25, fullCount: 600 };
const DEADLINE_MS = 120_000;
const NO_SELECTION: Selection = { only: [], skip: [] };
/** Takes 5 s pings and is the same for every mutant. */
const FOR_MUTANTS: Selection = { only: [], skip: ['keepalive'] };

async function judgeServer(name: string): Promise<Verdicts> {
  const bug = name in SERVER_BUGS ? (name as ServerBug) : undefined;
  const model = new ModelServer(bug);
  const peer = await startPeer(model, undefined, MODEL_DROP_DETECTION_MS / 2);
  try {
    return await serverVerdicts(peer.port, bug === undefined ? NO_SELECTION : FOR_MUTANTS);
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
    return await serverVerdicts(peer.port, NO_SELECTION);
  } catch (error) {
    // The suite's answer to what is no server at all: it says so and judges nothing.
    if (error instanceof TargetError) return [];
    throw error;
  } finally {
    await peer.close();
  }
}

async function serverVerdicts(port: number, selection: Selection): Promise<Verdicts> {
  const { signal } = new AbortController();
  const result = await conformServer(
    { host: '127.0.0.1', port },
    { selection, seed: 1, deadlineMs: DEADLINE_MS, signal },
  );
  return result.results.map(({ check, verdict }) => ({
    id: check.id,
    verdict: verdict.verdict,
    message: verdict.message,
  }));
}

async function judgeClient(name: string): Promise<Verdicts> {
  const bug = name in CLIENT_BUGS ? (name as ClientBug) : undefined;
  const plan = select(clientScenarios(TEMPO), CLIENT_CHECKS, NO_SELECTION);
  const result = await run<ClientRunContext>(plan, {
    side: 'client',
    seed: 1,
    deadlineMs: DEADLINE_MS,
    signal: new AbortController().signal,
    judge: { description: DEFAULT_DESCRIPTION, seedFromClientId: false },
    requirements: requirements(),
    context: (common) => ({ ...common, client: inProcessClient(bug, TEMPO.scale) }),
    progress: () => undefined,
  });
  return result.results.map(({ check, verdict }) => ({
    id: check.id,
    verdict: verdict.verdict,
    message: verdict.message,
  }));
}

const [kind = '', name = RIGHT] = process.argv.slice(2);
const judges: Readonly<Record<string, (name: string) => Promise<Verdicts>>> = {
  server: judgeServer,
  client: judgeClient,
  null: judgeNull,
};
const judge = judges[kind];
if (judge === undefined) throw new Error(`worker: expected server, client or null, got ${kind}`);
const text = JSON.stringify(await judge(name));
process.stdout.write(`${text}\n`, () => process.exit(0));
