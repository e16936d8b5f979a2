/**
 * The records of `results.jsonl`, one JSON object a line: a header, traces and marks of driven scenarios as they come, one result per
 * check, a footer. A file without a footer is of a run that was killed. Every report is made from these records and from
 * nothing else, so that a stored run can be told again in any form.
 */

import type { JudgeContext, Side } from '../check.ts';
import type { CheckResult } from '../judge.ts';
import { pinnedId } from '../requirements/requirements.ts';
import type { Lag, Trace } from '../trace.ts';
import type { Verdict, VerdictName } from '../verdict.ts';
import type { Summary } from './summary.ts';

/** Changes when an older suite could not read the file. */
export const RESULTS_FORMAT = 2;

export interface Header {
  readonly type: 'header';
  readonly format: typeof RESULTS_FORMAT;
  readonly suiteVersion: string;
  readonly specVersion: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly side: Side;
  /** `localhost:9000` or the command. */
  readonly target: string;
  /** What judges the same target again, without selection; for a shell. */
  readonly command: string;
  /** Hex, as --seed takes it. */
  readonly seed: string;
  /** Which traces the file holds: `all`, `fail` or a pattern. */
  readonly traces: string;
  /** What the implementation says of itself, and what else the checks are told. Absent when it was never reached. */
  readonly judge?: JudgeContext;
  /** Ids of the checks to be judged. */
  readonly checks: readonly string[];
  /** Ids of the scenarios to be driven. */
  readonly scenarios: readonly string[];
}

export interface TraceRecord extends Trace {
  readonly type: 'trace';
  /** 2 when the scenario was driven again since the suite was too late to tell, or something came too late; then the traces of round 1 do not count. */
  readonly round: number;
}

/** All cases of a scenario have ended by themselves: what is missing in its traces was not there. */
export interface DrivenRecord {
  readonly type: 'driven';
  readonly scenario: string;
  readonly round: number;
}

export interface ResultRecord extends Verdict {
  readonly type: 'result';
  /** Id. */
  readonly check: string;
  readonly title: string;
  readonly profile: string;
  readonly scenario: string;
  /** Ids. */
  readonly requirements: readonly string[];
  /** What the check said, where the baseline has made KNOWN or STALE of it. */
  readonly said?: VerdictName;
}

export interface Footer extends Summary {
  readonly type: 'footer';
  /** The run did not come to its own end. */
  readonly truncated: boolean;
  /** Why it did not, or what else the reader has to know. */
  readonly notes: readonly string[];
  readonly elapsedMs: number;
  readonly lag: Lag;
}

export type RunRecord = Header | TraceRecord | DrivenRecord | ResultRecord | Footer;

/** All records of one run. */
export interface Report {
  readonly header: Header;
  /** Of the last whole round of each scenario. */
  readonly traces: readonly Trace[];
  /** Scenarios of which all cases have ended. */
  readonly driven: ReadonlySet<string>;
  readonly results: readonly ResultRecord[];
  readonly footer: Footer;
}

/** A report that grows, record by record. */
export class ReportInProgress {
  /** By scenario and round. */
  readonly #traces = new Map<string, Map<number, Trace[]>>();
  /** The last whole round of a scenario. */
  readonly #driven = new Map<string, number>();
  readonly results: ResultRecord[] = [];
  header: Header | undefined;
  footer: Footer | undefined;

  add(record: RunRecord): void {
    switch (record.type) {
      case 'header':
        this.header = record;
        break;
      case 'trace':
        this.#addTrace(record);
        break;
      case 'driven':
        this.#driven.set(record.scenario, record.round);
        break;
      case 'result':
        this.results.push(record);
        break;
      case 'footer':
        this.footer = record;
    }
  }

  get driven(): ReadonlySet<string> {
    return new Set(this.#driven.keys());
  }

  /** Of the last whole round of each scenario, of its first round when none is whole. */
  get traces(): Trace[] {
    return [...this.#traces].flatMap(([scenario, rounds]) => rounds.get(this.#driven.get(scenario) ?? 1) ?? []);
  }

  #addTrace({ type, round, ...trace }: TraceRecord): void {
    const rounds = this.#traces.get(trace.scenario) ?? new Map<number, Trace[]>();
    this.#traces.set(trace.scenario, rounds.set(round, [...(rounds.get(round) ?? []), trace]));
  }
}

/** The records of a report in the order of a file. */
export function recordsOf({ header, traces, driven, results, footer }: Report): RunRecord[] {
  return [
    header,
    ...traces.map((trace): TraceRecord => ({ type: 'trace', round: 1, ...trace })),
    ...[...driven].map((scenario): DrivenRecord => ({ type: 'driven', scenario, round: 1 })),
    ...results,
    footer,
  ];
}

export function resultRecord({ check, verdict }: CheckResult): ResultRecord {
  return {
    type: 'result',
    check: check.id,
    title: check.title,
    profile: check.profile,
    scenario: check.scenario,
    requirements: check.requirements.map(pinnedId),
    ...verdict,
  };
}

/** Verdicts that somebody has to look at, in the order of reports. */
export const TROUBLES: readonly VerdictName[] = ['FAIL', 'STALE', 'ERROR', 'INCONCLUSIVE', 'WARN', 'KNOWN'];

/** The trace at which a result points. */
export function traceOf(result: ResultRecord, traces: readonly Trace[]): Trace | undefined {
  const { at } = result;
  if (at === undefined) return undefined;
  const named = traces.filter(({ caseId }) => caseId === at.caseId);
  return named.find(({ scenario }) => scenario === result.scenario) ?? named[0];
}

/** Traces at which results other than PASS point. */
export function failingTraces(results: readonly ResultRecord[], traces: readonly Trace[]): ReadonlySet<Trace> {
  const bad = results.filter(({ verdict }) => verdict !== 'PASS');
  return new Set(bad.flatMap((result) => traceOf(result, traces) ?? []));
}

/** The command that shows a result again. */
export function reproduceCommand(result: ResultRecord, { header, traces }: Pick<Report, 'header' | 'traces'>): string {
  const replay = traceOf(result, traces)?.facts['replay'];
  return `${header.command} --only ${result.check} --replay ${typeof replay === 'string' ? replay : header.seed}`;
}
