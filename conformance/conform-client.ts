/** Judging a client: as a command that is started once a run, or as a driver that carries out all of them. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Check, ClientKind, JudgeContext, Lack } from './check.ts';
import { DRIVER_CHECKS } from './checks/client/driver.ts';
import { CLIENT_CHECKS } from './checks/client/index.ts';
import { type ConformOptions, conform, DEFAULT_DESCRIPTION } from './conform.ts';
import { type Plan, select } from './plan.ts';
import type { RunnableScenario, RunResult } from './run.ts';
import type { DriverRunContext } from './scenario.ts';
import { driverScenarios } from './scenarios/client/driver.ts';
import { clientScenarios } from './scenarios/client/index.ts';
import { type ClientTarget, clientCommandTarget, type RunEnd } from './target/client.ts';
import { DriverTarget } from './target/driver.ts';
import { type LaunchDriver, launcherOf } from './target/driver-link.ts';
import { TargetError } from './target/server.ts';

/** The suite's own server is the other end. */
function judgeOf(client: ClientKind): JudgeContext {
  return { description: DEFAULT_DESCRIPTION, seedFromClientId: false, client };
}

/** A client gets this long to refuse a wrong command line, so that it is known to start. */
const PROBE_MS = 5_000;
/** What a shell, and this suite, says of a program that is not there. */
const NOT_FOUND = 127;

/**
 * Judge a client by the command-line clause.
 * @param argv its command, to which the flags of the clause are added
 * @throws {TargetError} when the command cannot be started
 */
export async function conformClient(argv: readonly string[], options: ConformOptions): Promise<RunResult> {
  const plan = select(clientScenarios(), judgedAs('command', CLIENT_CHECKS), options.selection);
  const client = clientCommandTarget(argv);
  const end = await probe(client, Math.min(PROBE_MS, options.deadlineMs ?? PROBE_MS), options.signal);
  if (end?.by === 'command' && end.exit.code === NOT_FOUND) throw notStarted('command', client.name, end.exit.stderr);
  const about = { side: 'client', target: client.name, judge: judgeOf('command') } as const;
  return conform(about, plan, (common) => ({ ...common, client }), options);
}

/**
 * Judge a client by the clause of drivers.
 * @param argv its command
 * @throws {TargetError} when the command cannot be started
 */
export async function conformDriver(
  argv: readonly string[],
  options: ConformOptions,
  launch: LaunchDriver = launcherOf(argv),
): Promise<RunResult> {
  const checks = judgedAs('driver', [...CLIENT_CHECKS, ...DRIVER_CHECKS]);
  const plan = select<RunnableScenario<DriverRunContext>>(
    [...clientScenarios(), ...driverScenarios()],
    checks,
    options.selection,
  );
  const driver = new DriverTarget(argv, launch);
  const exit = await driver.open();
  if (exit?.code === NOT_FOUND) throw notStarted('driver', driver.name, exit.stderr);
  const context = { client: driver, driver, launch };
  const programs = checks.filter((check) => check.requirements.every(isOfProgram)).map(({ id }) => [id, NO_PROGRAM]);
  const judge = { ...judgeOf('driver'), lacks: Object.fromEntries(programs) };
  const about = { side: 'client', target: driver.name, judge } as const;
  const result = await conform(about, driven(plan), (common) => ({ ...common, ...context }), options);
  await driver.close();
  return result;
}

const NO_PROGRAM: Lack = {
  why: 'needs a program of its own, which a driver is not: judge it with --client-cmd',
  isError: false,
};

function notStarted(kind: string, name: string, stderr: string): TargetError {
  return new TargetError(`client ${kind}: ${name}: ${stderr.trim()}`);
}

function isOfProgram(pin: string): boolean {
  return pin.startsWith('RSQ-CLI-');
}

function isOfDriver(pin: string): boolean {
  return pin.startsWith('RSQ-DRV-');
}

/** The checks with the requirements that bind this kind of client; a check that has no such one keeps its own. */
export function judgedAs(kind: ClientKind, checks: readonly Check[]): Check[] {
  const isForeign = kind === 'command' ? isOfDriver : isOfProgram;
  return checks.map((check) => {
    const pins = check.requirements.filter((pin) => !isForeign(pin));
    return pins.length === 0 ? check : { ...check, requirements: pins };
  });
}

/** The plan without the scenarios that only checks of programs look at. */
function driven<C>(plan: Plan<RunnableScenario<C>>): Plan<RunnableScenario<C>> {
  const needed = new Set(plan.checks.filter((check) => !check.requirements.every(isOfProgram)).map((c) => c.scenario));
  return { checks: plan.checks, scenarios: plan.scenarios.filter(({ id }) => needed.has(id)) };
}

/** Undefined when it has not ended in time; the checks will say what is wrong with it. */
async function probe(client: ClientTarget, limitMs: number, signal: AbortSignal): Promise<RunEnd | undefined> {
  const run = client.start({ host: '127.0.0.1', port: 1, profile: 'stateless', count: 0 });
  const done = new AbortController();
  const patience = wait(limitMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(() => undefined);
  try {
    return await Promise.race([run.ended, patience]);
  } finally {
    done.abort();
    run.interrupt('SIGKILL');
  }
}
