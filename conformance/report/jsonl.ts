/**
 * The report for programs, `results.jsonl`: a header, one line per trace asked for, one per check, a footer. A file without
 * the footer is truncated.
 */

import { SPEC_VERSION } from '../../protocol/limits.ts';
import type { Conformance } from '../conform.ts';
import { pinnedId, type Requirement } from '../requirements/requirements.ts';
import type { Trace } from '../trace.ts';
import { summarise } from './summary.ts';
import { failingTraces } from './text.ts';

export function jsonReport(
  run: Conformance,
  requirements: ReadonlyMap<string, Requirement>,
  withTrace: (trace: Trace, failed: boolean) => boolean,
): string {
  const failing = failingTraces(run.results);
  const traces = [...run.traces.values()].flat().filter((trace) => withTrace(trace, failing(trace)));
  const lines: object[] = [
    {
      type: 'header',
      format: 1,
      specVersion: SPEC_VERSION,
      side: run.side,
      target: run.target,
      implementation: run.description.implementation,
      description: run.description,
      seed: run.seed.toString(16),
    },
    ...traces.map((trace) => ({ type: 'trace', ...trace })),
    ...run.results.map(({ check, verdict }) => ({
      type: 'result',
      check: check.id,
      title: check.title,
      profile: check.profile,
      scenario: check.scenario,
      requirements: check.requirements.map(pinnedId),
      ...verdict,
    })),
    {
      type: 'footer',
      ...summarise(run.results, requirements, run.truncated),
      truncated: run.truncated,
      elapsedMs: Math.round(run.elapsedMs),
      lag: run.lag,
    },
  ];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}
