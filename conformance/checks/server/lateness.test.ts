import { expect } from 'chai';
import { DESCRIPTION, item, openedStateful, start, TraceBuilder } from '../../testing/trace-builder.ts';
import type { Trace } from '../../trace.ts';
import type { Verdict } from '../../verdict.ts';
import { SERVER_CHECKS } from './index.ts';

/** Items of a stream with an interval of 1,000 ms, at these times. */
function arriving(caseId: string, atMs: readonly number[], lagMs: number): Trace {
  const builder = new TraceBuilder('s', caseId).stream('start', start(9)).message(openedStateful(9));
  atMs.forEach((ms, index) => {
    builder.wait(ms - (atMs[index - 1] ?? 0)).message(item(index));
  });
  return { ...builder.build(), lag: { maxMs: lagMs, meanMs: 1 } };
}

function bursts(...traces: readonly Trace[]): Verdict {
  const check = SERVER_CHECKS.find(({ id }) => id === 'items-never-come-in-bursts');
  if (check === undefined) throw new Error('no check of bursts');
  return check.judge(traces, { description: DESCRIPTION, seedFromClientId: false });
}

describe('bursts', () => {
  it('an item that was delayed on its way to a late suite makes no burst of the next one', () => {
    expect(bursts(arriving('a', [0, 1_000, 2_900, 3_000], 150)).verdict).to.equal('PASS');
    expect(bursts(arriving('a', [0, 1_000, 2_900, 3_000], 5)).verdict).to.equal('FAIL');
  });

  it('many items that may have been delayed leave it open whether there were bursts', () => {
    const late = ['a', 'b', 'c'].map((id) => arriving(id, [0, 1_000, 2_900, 3_000], 150));
    expect(bursts(...late).verdict).to.equal('INCONCLUSIVE');
  });

  it('items before their time are a burst, however late the suite was', () => {
    expect(bursts(arriving('a', [0, 5, 10, 15], 150)).verdict).to.equal('FAIL');
    expect(bursts(arriving('a', [0, 1_000, 1_200, 2_000], 150)).verdict).to.equal('FAIL');
  });

  it('a failure says how many gaps are short, and in which cases', () => {
    const verdict = bursts(arriving('a', [0, 1_000], 5), arriving('b', [0, 5, 10], 5));
    expect(verdict).to.deep.include({ verdict: 'FAIL', extent: '2 of 3 gaps, in 1 case: b/start; right: a/start' });
  });
});
