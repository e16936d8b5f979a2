/** Verdicts on stored traces. */

import { CUT_FACT } from '../case.ts';
import { ALL_CHECKS } from '../checks/index.ts';
import { judgedAs } from '../conform-client.ts';
import { judgeTraces } from '../judge.ts';
import { requirements } from '../requirements/requirements.ts';
import type { Trace } from '../trace.ts';
import { type Header, type ReportInProgress, type ResultRecord, resultRecord } from './records.ts';

/** The verdicts on what is stored; those that were recorded when not all traces are there. */
export function judgeStored(stored: ReportInProgress, header: Header): ResultRecord[] {
  const { judge, side } = header;
  if (judge === undefined || header.traces !== 'all') return stored.results.map(asSaid);
  const own = ALL_CHECKS.filter((check) => check.side === side && header.checks.includes(check.id));
  const checks = judge.client === undefined ? own : judgedAs(judge.client, own);
  const traces = stored.footer?.truncated === false ? stored.traces : [...stored.traces, ...cutTraces(stored, header)];
  return judgeTraces(checks, traces, judge, requirements()).map(resultRecord);
}

/** Before the baseline. */
function asSaid({ said, ...result }: ResultRecord): ResultRecord {
  return said === undefined ? result : { ...result, verdict: said };
}

/** Nothing may be concluded from what is missing in a scenario that had not ended. */
function cutTraces(stored: ReportInProgress, header: Header): Trace[] {
  const known = new Set(stored.traces.filter(({ facts }) => facts[CUT_FACT] === true).map(({ scenario }) => scenario));
  return header.scenarios
    .filter((scenario) => !stored.driven.has(scenario) && !known.has(scenario))
    .map((scenario) => ({
      scenario,
      caseId: 'cut short',
      startedAtMs: 0,
      endedAtMs: 0,
      events: [],
      facts: { [CUT_FACT]: true },
      lag: { maxMs: 0, meanMs: 0 },
    }));
}
