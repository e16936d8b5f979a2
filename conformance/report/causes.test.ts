import { expect } from 'chai';
import { reportOf, resultOf } from '../testing/report-parts.ts';
import { item, openedStateful, resume, start, TraceBuilder } from '../testing/trace-builder.ts';
import { failed } from '../verdict.ts';
import { causesOf, explainedFirst } from './causes.ts';
import { ladder } from './ladder.ts';
import { markdownReport } from './markdown.ts';
import { textReport } from './text.ts';

const CAUSE = { cause: 'values are wrong', diagnosis: 'values are wrong: 7 of 9' };
const RESULTS = [
  resultOf('alone', [], failed('x', { at: { caseId: 'long', event: 7 } })),
  resultOf('first', [], failed('y', { ...CAUSE, at: { caseId: 'long', event: 7 }, extent: '1 of 2 streams: a' })),
  resultOf('second', [], failed('z', { ...CAUSE, schedule: 'n=7 (cancel)' })),
];

/** A session that is dropped, and resumed on #3 beside a busy stranger. */
const TRACE = (() => {
  const builder = new TraceBuilder('fan', 'long').stream('start', start(9)).items(openedStateful(9), item(0), item(1));
  builder.drop('fin');
  const other = { clientId: '00000000-0000-4000-8000-000000000000' };
  builder.stream('stranger', start(9, other)).message(openedStateful(9));
  for (let index = 0; index < 12; index++) builder.items(item(index));
  return builder.stream('probe', resume(0)).build();
})();

const text = () =>
  textReport(reportOf(RESULTS, { traces: [TRACE] }), { requirements: new Map(), shown: new Set(), colour: false });

describe('likely causes', () => {
  it('are those of several failures, with the checks that they explain', () => {
    expect(causesOf(RESULTS)).to.deep.equal([{ text: 'values are wrong', checks: ['first', 'second'] }]);
    expect(causesOf(RESULTS.slice(0, 2))).to.deep.equal([]);
  });

  it('stand before the failures, of which the explained ones come first', () => {
    expect(explainedFirst(RESULTS).map(({ check }) => check)).to.deep.equal(['first', 'second', 'alone']);
    expect(text()).to.include(
      '\nlikely cause: values are wrong (explains 2 failures: first, second)\n\nFAIL first: y\n',
    );
    expect(markdownReport(reportOf(RESULTS), new Map())).to.include('**likely cause&#58; values are wrong');
  });
});

describe('the text of a failure', () => {
  it('has the extent and the schedule under labels of their own', () => {
    expect(text()).to.include('  extent:    1 of 2 streams: a\n  diagnosis: values are wrong: 7 of 9\n');
    expect(text()).to.include('  schedule:  n=7 (cancel)\n');
  });

  it('shows a place of a trace once and refers to it', () => {
    expect(text().match(/trace of fan\/long:/g)).to.have.length(2);
    expect(text()).to.include('  trace of fan/long: as shown under first\n');
  });

  it('keeps the START and the drop of the judged session, and leaves a stranger out', () => {
    const at = TRACE.events.findLastIndex(({ kind }) => kind === 'open');
    const lines = ladder(TRACE, at);
    expect(lines.filter((line) => / #1 .*(STATEFUL-START|OPENED|drops it by fin)/.test(line))).to.have.length(3);
    expect(lines.filter((line) => line.includes(' #2 '))).to.deep.equal([]);
    expect(lines.at(-2)).to.match(/^> .* #3 {2}client -> STATEFUL-RESUME/);
  });
});
