import { expect } from 'chai';
import { HOSTILE, REQUIREMENTS, reportOf, resultOf } from '../testing/report-parts.ts';
import { item, openedStateful, start, TraceBuilder } from '../testing/trace-builder.ts';
import { blocked, failed, pass, unsupported } from '../verdict.ts';
import { annotations } from './annotations.ts';
import { badgeReport } from './badge.ts';
import { markdownReport } from './markdown.ts';
import { Progress, planLine, progressLine } from './progress.ts';
import { summarise } from './summary.ts';
import { textReport } from './text.ts';

const TRACE = new TraceBuilder('fan', 'case-7', { replay: '2a:7' })
  .stream('start', start(9))
  .message(openedStateful(9))
  .items(item(0), item(1), item(2), item(3))
  .build();

const PASSES = [
  resultOf('good', ['RSQ-A-1', 'RSQ-A-3'], pass('14 streams')),
  resultOf('not-here', ['RSQ-A-2'], unsupported('no')),
];
const BROKEN = resultOf(
  'bad',
  ['RSQ-A-2', 'RSQ-A-1'],
  failed('an item is missing', { expected: 'index 1', actual: HOSTILE, at: { caseId: 'case-7', event: 6 } }),
);
const WARNED = resultOf('slack', ['RSQ-A-3'], { ...failed('too late'), verdict: 'WARN' });
const WHOLE = { truncated: false, strict: false };

const report = (...results: Parameters<typeof reportOf>[0]) => reportOf(results, { traces: [TRACE] });
const TEXT = { requirements: REQUIREMENTS, shown: new Set<never>(), colour: false };

describe('summary', () => {
  it('counts requirements, leaving out what is not claimed', () => {
    const summary = summarise(PASSES, REQUIREMENTS, WHOLE);
    expect(summary).to.deep.include({ must: { met: 1, judged: 1 }, should: { met: 1, judged: 1 }, exitCode: 0 });
  });

  it('takes the worst verdict of a requirement', () => {
    const summary = summarise([...PASSES, BROKEN], REQUIREMENTS, WHOLE);
    expect(summary).to.deep.include({ must: { met: 0, judged: 2 }, exitCode: 1 });
  });

  it('never says that a truncated run conforms', () => {
    expect(summarise(PASSES, REQUIREMENTS, { truncated: true, strict: false }).exitCode).to.equal(3);
    expect(summarise([...PASSES, BROKEN], REQUIREMENTS, { truncated: true, strict: false }).exitCode).to.equal(1);
  });

  it('lets a SHOULD fail a strict run only', () => {
    expect(summarise([...PASSES, WARNED], REQUIREMENTS, WHOLE)).to.deep.include({
      should: { met: 0, judged: 1 },
      exitCode: 0,
    });
    expect(summarise([...PASSES, WARNED], REQUIREMENTS, { truncated: false, strict: true }).exitCode).to.equal(1);
  });
});

describe('text report', () => {
  it('ends with the count and the conclusion', () => {
    const lines = textReport(report(...PASSES), TEXT)
      .trimEnd()
      .split('\n');
    expect(lines[0]).to.match(/^PASS +good +14 streams$/);
    expect(lines.at(-2)).to.match(
      /^MUST 1\/1 {2}SHOULD 1\/1 {2}optional 4 of 4 claimed {2}\(checks: 1 PASS, 1 UNSUPPORTED; 35\.6 s, seed 2a,/,
    );
    expect(lines.at(-1)).to.equal('server localhost:9000: conforms');
  });

  it('tells of a failure the requirement, expected, actual, the trace around it and how to see it again', () => {
    const text = textReport(report(...PASSES, BROKEN), TEXT);
    expect(text).to.include('RSQ-A-2  A server MUST do RSQ-A-2.');
    expect(text).to.include('expected:  index 1');
    expect(text).to.include('actual:    got "]]>??[31m<&');
    expect(text).to.match(/ {2}> +2\.000 s {2}#1 {2}server -> ITEM index=2/);
    expect(text).to.include('reproduce: npm run conformance -- --server localhost:9000 --only bad --replay 2a:7\n');
    expect(text).to.match(/does not conform\n$/);
  });

  it('lets no line begin with what an implementation has sent', () => {
    const text = textReport(report(resultOf('bad', [], failed(HOSTILE, { actual: HOSTILE }))), TEXT);
    expect(text.split('\n').filter((line) => /^\s*::/.test(line))).to.deep.equal([]);
    expect(text).to.include('| ::error::');
  });

  it('shows the answer of a connection even where another one is busy', () => {
    const busy = new TraceBuilder('fan', 'busy').stream('first', start(9)).message(openedStateful(9));
    busy.stream('second', start(9)).on(1);
    for (let index = 0; index < 9; index++) busy.items(item(index));
    const trace = busy.on(2).message(openedStateful(9, 7)).build();
    const at = trace.events.findIndex(({ conn, kind }) => conn === 2 && kind === 'open');
    const bad = resultOf('bad', [], failed('wrong', { at: { caseId: 'busy', event: at } }));
    const lines = textReport(reportOf([bad], { traces: [trace] }), TEXT).split('\n');
    expect(lines.filter((line) => line.includes('#2  server -> OPENED'))).to.have.length(1);
    expect(lines.find((line) => line.includes('#2  server'))).to.include('nextIndex=7 extensions=[] sequence{profile=');
    expect(lines.filter((line) => line.includes('#1  server -> ITEM')).length).to.be.below(4);
  });

  it('prints whole traces when asked', () => {
    const text = textReport(report(...PASSES), { ...TEXT, shown: new Set([TRACE]) });
    expect(text).to.include('trace fan/case-7');
    expect(text).to.include('client -> STATEFUL-START');
  });

  it('says that a run was cut short and why', () => {
    const cut = reportOf([...PASSES, resultOf('late', ['RSQ-A-1'], blocked('no trace'))], {
      truncated: true,
      notes: ['the server is gone'],
    });
    const text = textReport(cut, TEXT);
    expect(text).to.match(/could not tell \(truncated/);
    expect(text).to.include('note: the server is gone\n');
  });
});

describe('Markdown summary', () => {
  it('shows the conclusion, the counts and each failure with its requirement', () => {
    const text = markdownReport(report(...PASSES, BROKEN), REQUIREMENTS);
    expect(text).to.match(/^## ❌ Reseq conformance: server localhost&#58;9000&#58; does not conform\n/);
    expect(text).to.include('**MUST 0/2** · **SHOULD 1/1** · **optional 4 of 4 claimed**');
    expect(text).to.include('| FAIL | `bad` | RSQ-A-2, RSQ-A-1 | an item is missing |');
    expect(text).to.include('- **RSQ-A-2** A server MUST do RSQ-A-2.');
    expect(text).to.include('\n```\nnpm run conformance -- --server localhost:9000 --only bad --replay 2a:7\n```\n');
  });

  it('lets nothing that was sent be markup', () => {
    const message = '|a|\n# b `c` <img src=x> @team [l](http://x) **d**';
    const text = markdownReport(report(resultOf('bad', [], failed(message, { actual: message }))), REQUIREMENTS);
    expect(text).to.include('| &#124;a&#124; &#35; b &#96;c&#96; &#60;img src=x&#62; &#64;team');
    expect(text).to.include('- actual: `` ¦a¦ # b `c` <img src=x> @team [l](http://x) **d** ``');
  });
});

describe('badge', () => {
  it('has the form that shields.io reads', () => {
    expect(JSON.parse(badgeReport(report(...PASSES)))).to.deep.equal({
      schemaVersion: 1,
      label: 'reseq 1.0.0 server',
      message: 'MUST 1/1',
      color: 'brightgreen',
    });
    expect(JSON.parse(badgeReport(reportOf(PASSES, { truncated: true })))).to.include({ message: 'could not tell' });
  });
});

describe('annotations', () => {
  it('are one line for each failure, whatever was sent', () => {
    const text = annotations(report(...PASSES, resultOf('bad', [], failed('100%\n::error::x')), WARNED), false);
    expect(text).to.equal('::error title=bad::100%25%0A::error::x\n::warning title=slack::too late\n');
  });
});

describe('progress', () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`);
  const plan = { checks: ids(78), scenarios: ids(14), longestMs: 34_600 };

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

  it('names what is driven a second time', () => {
    const written: string[] = [];
    const progress = new Progress({ write: (text) => written.push(text) });
    progress.planned(plan);
    progress.again(['x1', 'x2'], 2_000);
    progress.stop();
    expect(written[1]).to.match(/once more, beside nothing else: x1, x2\n$/);
  });
});
