/** A check: a pure function from traces to a verdict, for one or a few requirements of the specification. */

import type { Profile } from '../protocol/messages.ts';
import type { DescriptionView, Trace } from './trace.ts';
import type { Verdict } from './verdict.ts';

export type Side = 'server' | 'client';

/**
 * A requirement id and the first 12 hex digits of its sentence's SHA-256: `RSQ-RES-3@0123456789ab`.
 * Editing the sentence breaks the build until the check has been looked at again.
 */
export type RequirementPin = `RSQ-${string}@${string}`;

/** Scenario of a check that judges the traces of all scenarios. */
export const EVERY_SCENARIO = '*';

/** What is known about the run, apart from the traces. */
export interface JudgeContext {
  /** What the implementation declares; judging a client, what the suite's peer server declared. */
  readonly description: DescriptionView;
  /** The server draws the seed from the first 8 bytes of the uuid, so that exact numbers are known. */
  readonly seedFromClientId: boolean;
  /** The server has opened no stream of any profile: nothing that asks for less can be said for it. Absent = it has. */
  readonly servesNothing?: boolean;
  /** What cannot be driven or judged here, by id of a scenario or of a check. */
  readonly lacks?: { readonly [id: string]: Lack };
  /** As what a client is judged; absent for servers. */
  readonly client?: ClientKind;
}

/** A program that is started once a run, or one that carries out all of them. */
export type ClientKind = 'command' | 'driver';

/** Why something cannot be driven. */
export interface Lack {
  readonly why: string;
  /** The suite should have had what it takes: an error, not a matter of what the target claims. */
  readonly isError: boolean;
}

export interface Check {
  /** Words, permanent: `resume-continues-at-next-index`. */
  readonly id: string;
  readonly title: string;
  readonly side: Side;
  readonly profile: Profile | 'any';
  readonly requirements: readonly RequirementPin[];
  /** Id of the scenario whose traces it judges, or {@link EVERY_SCENARIO}. */
  readonly scenario: string;
  /** An extension without whose grant the check says UNSUPPORTED. */
  readonly extension?: string;
  /** A suite that was later than this, milliseconds, in the case of a failure could not tell. Absent = the second that holds for all. */
  readonly toleranceMs?: number;
  /**
   * Pure; never PASS without evidence in the traces.
   * @param traces all traces of the scenario, at least one.
   */
  judge(traces: readonly Trace[], context: JudgeContext): Verdict;
}
