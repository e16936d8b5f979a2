/**
 * The report for build servers: JUnit XML as Jenkins and Surefire define it, one test case per check, one suite per scenario.
 * schema/junit.xsd is what it keeps to.
 */

import type { Requirement } from '../requirements/requirements.ts';
import type { Trace } from '../trace.ts';
import { shortened } from './printable.ts';
import type { Report, ResultRecord } from './records.ts';
import { conclusion, explanation } from './text.ts';
import { element, textElement } from './xml.ts';

/** Characters of an attribute, and of a text: some build servers show all of it in one line. */
const MESSAGE_LIMIT = 500;
const TEXT_LIMIT = 20_000;

interface Case {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly xml: string;
}

/** @param strict whether a SHOULD that is not followed is a failure */
export function junitReport(report: Report, requirements: ReadonlyMap<string, Requirement>, strict: boolean): string {
  const { header, results, footer, traces } = report;
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))].map((scenario) => {
    const own = results.filter((result) => result.scenario === scenario);
    const name = `conformance.${header.side}.${scenario === '*' ? 'all' : scenario}`;
    const cases = own.map((result) => caseOf(result, name, explanation(result, report, requirements), strict));
    return { name, cases, seconds: secondsOf(traces.filter((trace) => trace.scenario === scenario)) };
  });
  const end = endOfRun(report);
  const suites = [...scenarios, ...(end === undefined ? [] : [end])];
  const all = suites.flatMap(({ cases }) => cases);
  const attributes = {
    name: `reseq conformance: ${header.target}`,
    tests: all.length,
    failures: count(all, 'failure'),
    errors: count(all, 'error'),
    time: seconds(footer.elapsedMs),
  };
  const properties = element('properties', {}, [
    property('target', header.target),
    property('implementation', header.judge?.description.implementation ?? ''),
    property('suite', header.suiteVersion),
    property('specification', header.specVersion),
    property('seed', header.seed),
  ]);
  const timestamp = header.startedAt.replace(/\.\d+Z$/, '');
  const xml = suites.map(({ name, cases, seconds: time }) =>
    element(
      'testsuite',
      {
        name,
        tests: cases.length,
        failures: count(cases, 'failure'),
        errors: count(cases, 'error'),
        skipped: count(cases, 'skipped'),
        time,
        timestamp,
      },
      [properties, ...cases.map((one) => one.xml)],
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, xml)}\n`;
}

function count(cases: readonly Case[], kind: Case['kind']): number {
  return cases.filter((one) => one.kind === kind).length;
}

function property(name: string, value: string): string {
  return element('property', { name, value: shortened(value, MESSAGE_LIMIT) });
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

function secondsOf(traces: readonly Trace[]): string {
  if (traces.length === 0) return seconds(0);
  const begin = Math.min(...traces.map(({ startedAtMs }) => startedAtMs));
  return seconds(Math.max(...traces.map(({ endedAtMs }) => endedAtMs)) - begin);
}

function caseOf(result: ResultRecord, classname: string, details: readonly string[], strict: boolean): Case {
  const kind = kindOf(result, strict);
  const ids = result.requirements.length === 0 ? '' : ` (${result.requirements.join(', ')})`;
  const message = shortened(`${result.verdict}: ${result.message}`, MESSAGE_LIMIT);
  const text = shortened([result.message, ...details].join('\n'), TEXT_LIMIT);
  const child =
    kind === 'passed'
      ? textElement('system-out', {}, message)
      : kind === 'skipped'
        ? element('skipped', { message })
        : textElement(kind, { message, type: result.verdict }, text);
  return { kind, xml: element('testcase', { classname, name: `${result.check}${ids}` }, [child]) };
}

function kindOf({ verdict }: ResultRecord, strict: boolean): Case['kind'] {
  switch (verdict) {
    case 'FAIL':
    case 'STALE':
      return 'failure';
    case 'ERROR':
    case 'BLOCKED':
    case 'INCONCLUSIVE':
      return 'error';
    case 'KNOWN':
    case 'UNSUPPORTED':
      return 'skipped';
    case 'WARN':
      return strict ? 'failure' : 'passed';
    case 'PASS':
    case 'INFO':
      return 'passed';
  }
}

/** A build server that sees only the checks that came out would take half a run for a whole one. */
function endOfRun(report: Report): { name: string; cases: Case[]; seconds: string } | undefined {
  if (!report.footer.truncated) return undefined;
  const name = `conformance.${report.header.side}.run`;
  const message = conclusion(report);
  const text = textElement('error', { message, type: 'TRUNCATED' }, [message, ...report.footer.notes].join('\n'));
  const xml = element('testcase', { classname: name, name: 'the run comes to its end' }, [text]);
  return { name, cases: [{ kind: 'error', xml }], seconds: seconds(0) };
}
