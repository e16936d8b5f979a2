/** Reports written by hand, for the tests of what is made of them. */

import type { Report, ResultRecord } from '../report/records.ts';
import { summarise } from '../report/summary.ts';
import type { Requirement } from '../requirements/requirements.ts';
import type { Trace } from '../trace.ts';
import type { Verdict } from '../verdict.ts';
import { DESCRIPTION } from './trace-builder.ts';

function requirement(id: string, level: string): [string, Requirement] {
  const sentence = `A server ${level} do ${id}.`;
  const place = { file: 'spec/core.md', section: '1 x' };
  return [id, { id, level, role: 'server', class: 'auto', ...place, sentence, sha256: '0'.repeat(64) }];
}

/** Three that a server has to keep to, and one that it may. */
export const REQUIREMENTS: ReadonlyMap<string, Requirement> = new Map([
  requirement('RSQ-A-1', 'MUST'),
  requirement('RSQ-A-2', 'MUST'),
  requirement('RSQ-A-3', 'SHOULD'),
  requirement('RSQ-A-4', 'MAY'),
]);

/** What a terminal, XML, HTML, a build server and a reader's eye would obey. */
export const HOSTILE =
  'got "]]>\u0000\u001b[31m<&\u0007\n::error::not from the suite\r\n</script><script>alert(1)</script>' +
  "' onload='alert(2) \ud800 half \udc00 \u202egnitirw 😀 \uffff <!-- -->" +
  '<img src=x onerror=alert(3)>';

export function resultOf(check: string, requirements: readonly string[], verdict: Verdict): ResultRecord {
  return { type: 'result', check, title: check, profile: 'any', scenario: 'fan', requirements, ...verdict };
}

export function reportOf(
  results: readonly ResultRecord[],
  more: { readonly traces?: readonly Trace[]; readonly truncated?: boolean; readonly notes?: readonly string[] } = {},
): Report {
  const { traces = [], truncated = false, notes = [] } = more;
  const scenarios = [...new Set(traces.map(({ scenario }) => scenario))];
  return {
    header: {
      type: 'header',
      format: 2,
      suiteVersion: '0.1.0',
      specVersion: '1.0.0',
      startedAt: '2026-11-20T12:00:00.000Z',
      side: 'server',
      target: 'localhost:9000',
      command: 'npm run conformance -- --server localhost:9000',
      seed: '2a',
      traces: 'all',
      judge: { description: DESCRIPTION, seedFromClientId: false },
      checks: results.map(({ check }) => check),
      scenarios,
    },
    traces,
    driven: new Set(scenarios),
    results,
    footer: {
      type: 'footer',
      ...summarise(results, REQUIREMENTS, { truncated, strict: false }),
      truncated,
      notes,
      elapsedMs: 35_600,
      lag: { maxMs: 12, meanMs: 1 },
    },
  };
}
