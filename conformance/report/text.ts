/** The report for people. */

import type { Requirement } from '../requirements/requirements.ts';
import type { Trace } from '../trace.ts';
import type { VerdictName } from '../verdict.ts';
import { causeLine, causesOf, explainedFirst } from './causes.ts';
import { ladder } from './ladder.ts';
import { printable, shortened, withoutLinks } from './printable.ts';
import { type Report, type ResultRecord, reproduceCommand, traceOf } from './records.ts';
import { CONCLUSIONS, levelCounts, verdictCounts } from './summary.ts';

export interface TextOptions {
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Traces printed in full. */
  readonly shown: ReadonlySet<Trace>;
  readonly colour: boolean;
}

const COLOURS: Partial<Record<VerdictName, number>> = {
  PASS: 32,
  FAIL: 31,
  ERROR: 31,
  STALE: 31,
  WARN: 33,
  BLOCKED: 33,
  INCONCLUSIVE: 33,
  KNOWN: 33,
};
/** Verdicts that are told in full. */
const EXPLAINED: readonly VerdictName[] = ['FAIL', 'WARN', 'ERROR', 'INCONCLUSIVE'];
/** Characters shown of what an implementation sent. */
const VALUE_LIMIT = 2_000;

export function textReport(report: Report, options: TextOptions): string {
  const { results, footer } = report;
  const width = Math.max(0, ...results.map(({ check }) => check.length));
  const told = results.filter(
    ({ verdict }) => EXPLAINED.includes(verdict) && !(footer.truncated && verdict === 'INCONCLUSIVE'),
  );
  const causes = causesOf(told).map((cause) => value(causeLine(cause)));
  const shown = new Map<string, string>();
  const lines = [
    ...results.map((result) => oneLine(result, width, options.colour)),
    ...(causes.length === 0 ? [] : ['', ...causes]),
    ...explainedFirst(told).flatMap((result) => [
      '',
      heading(result, options.colour),
      ...explanation(result, report, options.requirements, shown),
    ]),
    ...[...options.shown].flatMap(fullTrace),
    '',
    summaryLine(report),
    ...footer.notes.map((note) => `note: ${value(note)}`),
    conclusion(report),
  ];
  return `${lines.join('\n')}\n`;
}

/** `server localhost:9000: conforms` */
export function conclusion({ header, footer }: Report): string {
  const truncated = footer.truncated
    ? ` (${header.checks.length === 0 ? 'unreachable' : 'truncated: the run did not come to its end'})`
    : '';
  return `${header.side} ${printable(header.target)}: ${CONCLUSIONS[footer.exitCode]}${truncated}`;
}

/**
 * Everything that helps to find the fault: the rule, what was expected, what came, where it shows, how to see it again.
 * @param shown checks under which a place in a trace is shown already; it is referred to there, and grows by this one
 */
export function explanation(
  result: ResultRecord,
  report: Pick<Report, 'header' | 'traces'>,
  requirements: ReadonlyMap<string, Requirement>,
  shown = new Map<string, string>(),
): string[] {
  const { expected, actual, extent, schedule, diagnosis } = result;
  return [
    ...result.requirements.map((id) => `  ${id}  ${withoutLinks(requirements.get(id)?.sentence ?? '')}`),
    ...(expected === undefined ? [] : [`  expected:  ${value(expected)}`]),
    ...(actual === undefined ? [] : [`  actual:    ${value(actual)}`]),
    ...(extent === undefined ? [] : [`  extent:    ${value(extent)}`]),
    ...(diagnosis === undefined ? [] : [`  diagnosis: ${value(diagnosis)}`]),
    ...(schedule === undefined ? [] : [`  schedule:  ${value(schedule)}`]),
    ...excerpt(result, report.traces, shown),
    `  reproduce: ${reproduceCommand(result, report)}`,
  ];
}

/** The trace around the place of a failure, or the check under which it is shown. */
function excerpt(result: ResultRecord, traces: readonly Trace[], shown: Map<string, string>): string[] {
  const { at } = result;
  const trace = traceOf(result, traces);
  if (trace === undefined || at === undefined) return [];
  const name = `trace of ${trace.scenario}/${trace.caseId}`;
  const place = `${name}, event ${at.event}`;
  const before = shown.get(place);
  if (before !== undefined) return [`  ${name}: as shown under ${before}`];
  shown.set(place, result.check);
  return [`  ${name}:`, ...ladder(trace, at.event).map((line) => `  ${value(line)}`)];
}

/** Lines of what was sent stay behind a bar: at the begin of a line some build servers would take them for commands. */
function value(text: string): string {
  return printable(shortened(text, VALUE_LIMIT)).replaceAll(/\r\n|\r|\n/g, '\n           | ');
}

function oneLine({ verdict, check, message }: ResultRecord, width: number, colour: boolean): string {
  return `${paint(verdict, colour)} ${check.padEnd(width)}  ${value(firstLine(message))}`;
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0] ?? '';
}

function heading({ verdict, check, message }: ResultRecord, colour: boolean): string {
  return `${paint(verdict, colour).trimEnd()} ${check}: ${value(message)}`;
}

function paint(name: VerdictName, colour: boolean): string {
  const code = COLOURS[name];
  const padded = name.padEnd(12);
  return colour && code !== undefined ? `\u001b[${code}m${padded}\u001b[0m` : padded;
}

function fullTrace(trace: Trace): string[] {
  return ['', `trace ${trace.scenario}/${trace.caseId}`, ...ladder(trace).map(value)];
}

const OPTIONAL = ['stateless', 'stateful', 'confirm-final', 'prefix-checksum'];

/** `optional 4 of 4 claimed`, undefined where nothing is claimed by anybody. */
export function claims({ header }: Report): string | undefined {
  if (header.side !== 'server' || header.judge === undefined) return undefined;
  const { profiles, extensions } = header.judge.description;
  const claimed = OPTIONAL.filter((name) => [...profiles, ...extensions].includes(name));
  return `optional ${claimed.length} of ${OPTIONAL.length} claimed`;
}

function summaryLine(report: Report): string {
  const { header, footer } = report;
  const claimed = claims(report);
  const parts = claimed === undefined ? [levelCounts(footer)] : [levelCounts(footer), claimed];
  const figures = `${(footer.elapsedMs / 1_000).toFixed(1)} s, seed ${header.seed}, lag at most ${Math.round(footer.lag.maxMs)} ms`;
  return `${parts.join('  ')}  (checks: ${verdictCounts(footer) || 'none'}; ${figures})`;
}
