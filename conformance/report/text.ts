/** The report for people. */

import type { Conformance } from '../conform.ts';
import type { CheckResult } from '../judge.ts';
import { pinnedId, type Requirement } from '../requirements/requirements.ts';
import type { Trace } from '../trace.ts';
import type { VerdictName } from '../verdict.ts';
import { ladder } from './ladder.ts';
import { printable } from './printable.ts';
import { type Summary, summarise } from './summary.ts';

export interface TextOptions {
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Command line that judges the same target again, without selection: `npm run conformance -- --server localhost:9000`. */
  readonly command: string;
  /** Traces printed in full. */
  showTrace(trace: Trace, failed: boolean): boolean;
  readonly colour: boolean;
}

const COLOURS: Partial<Record<VerdictName, number>> = {
  PASS: 32,
  FAIL: 31,
  ERROR: 31,
  WARN: 33,
  BLOCKED: 33,
  INCONCLUSIVE: 33,
};
const CONCLUSIONS = { 0: 'conforms', 1: 'does not conform', 3: 'could not tell' } as const;

export function textReport(run: Conformance, options: TextOptions): string {
  const summary = summarise(run.results, options.requirements, run.truncated);
  const width = Math.max(...run.results.map(({ check }) => check.id.length));
  const lines = [
    ...run.results.map((result) => oneLine(result, width, options.colour)),
    ...run.results.flatMap((result) => details(result, run, options)),
    ...fullTraces(run, options).map(printable),
    '',
    summaryLine(run, summary),
    `${run.side} ${run.target}: ${CONCLUSIONS[summary.exitCode]}${run.truncated ? ' (truncated: the run was ended early)' : ''}`,
  ];
  return `${lines.join('\n')}\n`;
}

function oneLine({ check, verdict }: CheckResult, width: number, colour: boolean): string {
  return `${paint(verdict.verdict, colour)} ${check.id.padEnd(width)}  ${printable(verdict.message.split('\n')[0] ?? '')}`;
}

function paint(name: VerdictName, colour: boolean): string {
  const code = COLOURS[name];
  const padded = name.padEnd(12);
  return colour && code !== undefined ? `\u001b[${code}m${padded}\u001b[0m` : padded;
}

function details({ check, verdict }: CheckResult, run: Conformance, options: TextOptions): string[] {
  if (!['FAIL', 'WARN', 'ERROR', 'INCONCLUSIVE'].includes(verdict.verdict)) return [];
  const { at } = verdict;
  const trace = at && findTrace(run, check.scenario, at.caseId);
  return [
    '',
    `${paint(verdict.verdict, options.colour).trimEnd()} ${check.id}: ${printable(verdict.message)}`,
    ...check.requirements.map(
      (pin) => `  ${pinnedId(pin)}  ${options.requirements.get(pinnedId(pin))?.sentence ?? ''}`,
    ),
    ...(verdict.expected === undefined ? [] : [`  expected:  ${printable(verdict.expected)}`]),
    ...(verdict.actual === undefined ? [] : [`  actual:    ${printable(verdict.actual)}`]),
    ...(verdict.diagnosis === undefined ? [] : [`  diagnosis: ${verdict.diagnosis}`]),
    ...(trace === undefined ? [] : [`  trace of ${trace.scenario}/${trace.caseId}:`]),
    ...(trace === undefined || at === undefined ? [] : ladder(trace, at.event).map((line) => `  ${printable(line)}`)),
    `  reproduce: ${options.command} --only ${check.id} --replay ${replayToken(run, trace)}`,
  ];
}

function findTrace(run: Conformance, scenario: string, caseId: string): Trace | undefined {
  const own = run.traces.get(scenario)?.find((trace) => trace.caseId === caseId);
  return own ?? [...run.traces.values()].flat().find((trace) => trace.caseId === caseId);
}

function replayToken(run: Conformance, trace: Trace | undefined): string {
  const replay = trace?.facts['replay'];
  return typeof replay === 'string' ? replay : run.seed.toString(16);
}

function fullTraces(run: Conformance, options: TextOptions): string[] {
  const failing = failingTraces(run.results);
  return [...run.traces.values()]
    .flat()
    .filter((trace) => options.showTrace(trace, failing(trace)))
    .flatMap((trace) => ['', `trace ${trace.scenario}/${trace.caseId}`, ...ladder(trace)]);
}

/** Whether a failed check points at the trace. */
export function failingTraces(results: readonly CheckResult[]): (trace: Trace) => boolean {
  const bad = results.filter(({ verdict }) => verdict.verdict !== 'PASS' && verdict.at !== undefined);
  return (trace) => bad.some(({ verdict }) => verdict.at?.caseId === trace.caseId);
}

function summaryLine(run: Conformance, { must, should, verdicts }: Summary): string {
  const counts = Object.entries(verdicts).map(([name, count]) => `${count} ${name}`);
  const optional = ['stateless', 'stateful', 'confirm-final', 'prefix-checksum'];
  const claimed = optional.filter((name) =>
    [...run.description.profiles, ...run.description.extensions].includes(name),
  );
  const parts = [`MUST ${must.met}/${must.judged}`, `SHOULD ${should.met}/${should.judged}`];
  if (run.side === 'server') parts.push(`optional ${claimed.length} of ${optional.length} claimed`);
  return `${parts.join('  ')}  (checks: ${counts.join(', ')}; ${(run.elapsedMs / 1_000).toFixed(1)} s, seed ${run.seed.toString(16)}, lag at most ${Math.round(run.lag.maxMs)} ms)`;
}
