/** The report for build servers: JUnit XML, one test case per check, one suite per scenario. */

import { createRequire } from 'node:module';
import type { Builder, TestSuite } from 'junit-report-builder';
import type { Conformance } from '../conform.ts';
import type { CheckResult } from '../judge.ts';
import { pinnedId } from '../requirements/requirements.ts';
import { printable } from './printable.ts';

/** The package's types promise a default export that its CommonJS module does not have. */
const builder: Builder = createRequire(import.meta.url)('junit-report-builder');

export function junitReport(run: Conformance): string {
  const report = builder.newBuilder();
  for (const scenario of new Set(run.results.map(({ check }) => check.scenario))) {
    const suite = report.testSuite().name(`conformance.${run.side}.${scenario === '*' ? 'all' : scenario}`);
    for (const result of run.results.filter(({ check }) => check.scenario === scenario)) addCase(suite, result);
  }
  return report.build();
}

function addCase(suite: TestSuite, { check, verdict }: CheckResult): void {
  const testCase = suite
    .testCase()
    .className(`conformance.${check.side}.${check.scenario === '*' ? 'all' : check.scenario}`);
  testCase.name(`${check.id} (${check.requirements.map(pinnedId).join(', ')})`);
  const text = [verdict.message, `expected: ${verdict.expected ?? '-'}`, `actual: ${verdict.actual ?? '-'}`].join('\n');
  switch (verdict.verdict) {
    case 'FAIL':
      testCase.failure(printable(text), 'FAIL');
      break;
    case 'ERROR':
    case 'BLOCKED':
    case 'INCONCLUSIVE':
      testCase.error(printable(text), verdict.verdict);
      break;
    case 'UNSUPPORTED':
      testCase.skipped();
      break;
    default:
      testCase.standardOutput(printable(`${verdict.verdict}: ${text}`));
  }
}
