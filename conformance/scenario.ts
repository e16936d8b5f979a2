/** A scenario: drives an implementation and records traces. It never judges. */

import type { Profile } from '../protocol/messages.ts';
import type { CaseToken, RandomChoice } from './random.ts';
import type { Lab, Need } from './store/lab.ts';
import type { ClientTarget } from './target/client.ts';
import type { DriverTarget } from './target/driver.ts';
import type { LaunchDriver } from './target/driver-link.ts';
import type { ServerTarget } from './target/server.ts';
import type { DescriptionView, Lag, Trace } from './trace.ts';

/** What every scenario is given. */
export interface RunContext extends RandomChoice {
  /** Milliseconds since the run began. */
  now(): number;
  /** Resolves after so many milliseconds, rejects when `signal` aborts. */
  sleep(ms: number): Promise<void>;
  /** Aborts at the deadline and on Ctrl-C: end soon and return what there is. */
  readonly signal: AbortSignal;
  /** The event loop's lag since a point of the run's time. */
  lagSince(atMs: number): Lag;
  /** 32 bits that all random choices of the run come from. */
  readonly seed: number;
  /** Is given each case's trace when the case has ended. */
  traced?(trace: Trace): void;
}

export interface ServerRunContext extends RunContext {
  readonly target: ServerTarget;
  /** What the server declares. */
  readonly description: DescriptionView;
}

/** Two instances on one store; `target` is the first. */
export interface StoreRunContext extends ServerRunContext {
  readonly lab: Lab;
}

export interface ClientRunContext extends RunContext {
  readonly client: ClientTarget;
}

/** A client that is a driver; `driver` is `client` by its own type. */
export interface DriverRunContext extends ClientRunContext {
  readonly driver: DriverTarget;
  /** Starts a further process of the driver, for what would disturb the first one. */
  readonly launch: LaunchDriver;
}

interface ScenarioOf<C> {
  readonly id: string;
  readonly title: string;
  /** Which of them it drives; the scenario is left out when the implementation has none of them. */
  readonly profiles: readonly Profile[];
  /** How long it will take, milliseconds: for the plan line and the order. */
  estimateMs(context: C): number;
  run(context: C): Promise<Trace[]>;
  /** Where its cases are drawn: how a failing one is made smaller. */
  readonly random?: RandomPart<C>;
}

/** The random cases of a scenario, one by one. */
export interface RandomPart<C> {
  /** The cases one level simpler than this one, simplest first. */
  smaller(seed: number, token: CaseToken): readonly CaseToken[];
  run(context: C, token: CaseToken): Promise<Trace>;
}

export interface ServerScenario extends ScenarioOf<ServerRunContext> {
  readonly side: 'server';
  readonly isLast?: true;
}

/** A scenario of several instances of a server on one store. */
export interface StoreScenario extends ScenarioOf<StoreRunContext> {
  readonly side: 'server';
  readonly needs: readonly Need[];
  /** Further instances that it uses. */
  readonly spares: number;
  /** Stores of its own that it uses. */
  readonly rigs: number;
}

export interface ClientScenario extends ScenarioOf<ClientRunContext> {
  readonly side: 'client';
}

/** A scenario that is about the driver itself. */
export interface DriverScenario extends ScenarioOf<DriverRunContext> {
  readonly side: 'client';
  readonly isLast?: true;
}

export type Scenario = ServerScenario | StoreScenario | ClientScenario;
