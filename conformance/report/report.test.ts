import { expect } from 'chai';
import type { Check } from '../check.ts';
import type { Conformance } from '../conform.ts';
import { explain } from '../explain.ts';
import type { Requirement } from '../requirements/requirements.ts';
import { DESCRIPTION, item, openedStateful, start, TraceBuilder } from '../testing/trace-builder.ts';
import { blocked, failed, pass, unsupported, type Verdict } from '../verdict.ts';
import { jsonReport } from './jsonl.ts';
import { junitReport } from './junit.ts';
import { Progress, planLine, progressLine } from './progress.ts';
import { summarise } from './summary.ts';
import { textReport } from './text.ts';

function requirement(id: string, level: string): [string, Requirement] {
  const sentence = `A server ${level} do ${id}.`;
  return [id, { id, level, role: 'server', class: 'auto', section: '1 x', sentence, sha256: '0'.repeat(64) }];
}

const REQUIREMENTS = new Map([
  requirement('RSQ-A-1', 'MUST'),
  requirement('RSQ-A-2', 'MUST'),
  requirement('RSQ-A-3', 'SHOULD'),
  requirement('RSQ-A-4', 'MAY'),
]);

const TRACE = new TraceBuilder('fan', 'case-7', { replay: '2a:7' })
  .stream('start', start(9))
  .message(openedStateful(9))
  .items(item(0), item(1), item(2), item(3))
  .build();

function result(id: string, requirements: Check['requirements'], verdict: Verdict) {
  const check: Check = {
    id,
    title: id,
    side: 'server',
    profile: 'any',
    requirements,
    scenario: 'fan',
    judge: () => verdict,
  };
  return { check, verdict };
}

const HOSTILE = 'got "]]>\u0000\u001b[31m<&';

function conformance(...results: Conformance['results']): Conformance {
  return {
    side: 'server',
    seed: 42,
    results,
    traces: new Map([['fan', [TRACE]]]),
    elapsedMs: 35_600,
    lag: { maxMs: 12, meanMs: 1 },
    truncated: false,
    target: 'localhost:9000',
    description: DESCRIPTION,
  };
}

const PASSES = [
  result('good', ['RSQ-A-1@x', 'RSQ-A-3@x'], pass('14 streams')),
  result('not-here', ['RSQ-A-2@x'], unsupported('no')),
];
const BROKEN = result(
  'bad',
  ['RSQ-A-2@x', 'RSQ-A-1@x'],
  failed('an item is missing', { expected: 'index 1', actual: HOSTILE, at: { caseId: 'case-7', event: 6 } }),
);

const TEXT = {
  requirements: REQUIREMENTS,
  command: 'npm run conformance -- --server localhost:9000',
  showTrace: () => false,
  colour: false,
};

describe('summary', () => {
  it('counts requirements, leaving out what is not claimed', () => {
    const summary = summarise(PASSES, REQUIREMENTS, false);
    expect(summary).to.deep.include({ must: { met: 1, judged: 1 }, should: { met: 1, judged: 1 }, exitCode: 0 });
  });

  it('takes the worst verdict of a requirement', () => {
    const summary = summarise([...PASSES, BROKEN], REQUIREMENTS, false);
    expect(summary).to.deep.include({ must: { met: 0, judged: 2 }, exitCode: 1 });
  });

  it('never says that a truncated run conforms', () => {
    expect(summarise(PASSES, REQUIREMENTS, true).exitCode).to.equal(3);
    expect(summarise([...PASSES, BROKEN], REQUIREMENTS, true).exitCode).to.equal(1);
  });
});

describe('text report', () => {
  it('ends with the count and the conclusion', () => {
    const lines = textReport(conformance(...PASSES), TEXT)
      .trimEnd()
      .split('\n');
    expect(lines[0]).to.match(/^PASS +good +14 streams$/);
    expect(lines.at(-2)).to.match(
      /^MUST 1\/1 {2}SHOULD 1\/1 {2}optional 4 of 4 claimed {2}\(checks: 1 PASS, 1 UNSUPPORTED; 35\.6 s, seed 2a,/,
    );
    expect(lines.at(-1)).to.equal('server localhost:9000: conforms');
  });

  it('tells of a failure the requirement, expected, actual, the trace around it and how to see it again', () => {
    const text = textReport(conformance(...PASSES, BROKEN), TEXT);
    expect(text).to.include('RSQ-A-2  A server MUST do RSQ-A-2.');
    expect(text).to.include('expected:  index 1');
    expect(text).to.include('actual:    got "]]>??[31m<&');
    expect(text).to.match(/ {2}> +2\.000 s {2}#1 {2}server -> ITEM index=2/);
    expect(text).to.include('reproduce: npm run conformance -- --server localhost:9000 --only bad --replay 2a:7\n');
    expect(text).to.match(/does not conform\n$/);
  });

  it('prints whole traces when asked', () => {
    const text = textReport(conformance(...PASSES), { ...TEXT, showTrace: () => true });
    expect(text).to.include('trace fan/case-7');
    expect(text).to.include('client -> STATEFUL-START');
  });

  it('says that a run was cut short', () => {
    const run = { ...conformance(...PASSES, result('late', ['RSQ-A-1@x'], blocked('no trace'))), truncated: true };
    expect(textReport(run, TEXT)).to.match(/could not tell \(truncated/);
  });
});

describe('results.jsonl', () => {
  it('has a header, the traces asked for, one line per check, and a footer', () => {
    const lines = jsonReport(conformance(...PASSES, BROKEN), REQUIREMENTS, (_trace, bad) => bad)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).to.deep.equal(['header', 'trace', 'result', 'result', 'result', 'footer']);
    expect(lines[0]).to.include({ side: 'server', target: 'localhost:9000', seed: '2a', specVersion: '1.0.0' });
    expect(lines[4]).to.deep.include({ check: 'bad', verdict: 'FAIL', requirements: ['RSQ-A-2', 'RSQ-A-1'] });
    expect(lines[5]).to.deep.include({ exitCode: 1, truncated: false });
  });
});

describe('JUnit report', () => {
  it('tells failures, errors and skips apart and escapes what a server sent', () => {
    const xml = junitReport(conformance(...PASSES, BROKEN, result('stuck', ['RSQ-A-1@x'], blocked('no trace'))));
    expect(xml).to.match(/<testsuites tests="4" failures="1" errors="1" skipped="1">/);
    expect(xml).to.include('name="bad (RSQ-A-2, RSQ-A-1)"');
    expect([...xml].some((c) => c < ' ' && c !== '\n')).to.equal(false);
    expect(xml).to.not.match(/\]\]>[^<]*<&/);
  });
});

describe('progress', () => {
  const plan = { checks: 78, scenarios: 14, longestMs: 34_600 };

  it('says first what will be done', () => {
    expect(planLine(plan)).to.equal('78 checks from 14 scenarios, longest 35 s, about 37 s');
    expect(progressLine(plan, 3, 10_000)).to.equal('3 of 14 scenarios done, 10 s, about 27 s left');
  });

  it('leaves a terminal clean', () => {
    const written: string[] = [];
    const progress = new Progress({ isTTY: true, write: (text) => written.push(text) });
    progress.planned(plan);
    progress.stop();
    expect(written).to.deep.equal([`${planLine(plan)}\n`, '\r\u001b[K']);
  });
});

describe('explain', () => {
  it('knows requirements, checks and scenarios', () => {
    expect(explain('RSQ-RES-3')).to.include('check next-index-out-of-range-is-refused');
    expect(explain('values-are-pcg32')).to.include('RSQ-SFL-4');
    expect(explain('expiry-fan')).to.include('check session-is-kept-for-the-retention');
  });

  it('says so when no check judges a requirement, and knows nothing else', () => {
    expect(explain('RSQ-SLS-8')).to.include('No check judges it.');
    expect(explain('RSQ-NO-1')).to.equal(undefined);
  });
});
