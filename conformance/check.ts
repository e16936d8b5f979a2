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
  /**
   * Pure; never PASS without evidence in the traces.
   * @param traces all traces of the scenario, at least one.
   */
  judge(traces: readonly Trace[], context: JudgeContext): Verdict;
}
