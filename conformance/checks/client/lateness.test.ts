import { expect } from 'chai';
import { COMPLETE, dropped, refused, Story } from '../../testing/client-story.ts';
import { DESCRIPTION, openedStateful, start } from '../../testing/trace-builder.ts';
import type { Trace } from '../../trace.ts';
import type { Verdict } from '../../verdict.ts';
import { CLIENT_CHECKS } from './index.ts';

function judged(id: string, ...traces: readonly Trace[]): Verdict {
  const check = CLIENT_CHECKS.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check.judge(traces, { description: DESCRIPTION, seedFromClientId: false });
}

const late = (trace: Trace, maxMs: number): Trace => ({ ...trace, lag: { maxMs, meanMs: 20 } });

/** Undisturbed, n = 3, confirmed; then the transport connects once more. */
function connectsAgain(asks: boolean): Trace {
  const story = new Story()
    .connect(1)
    .open(1, start(3, { attempt: 1 }))
    .message(1, openedStateful(3))
    .items(1, 0, 2)
    .final(1, 3)
    .status(1, 'OK')
    .after(15)
    .connect(2);
  if (asks) story.open(2, start(3, { attempt: 2 }));
  return story.exit(0, { ...COMPLETE, reconnects: 0 }).trace('pause-of-a-second');
}

/** It has accepted one item of three when it is stopped, so long after the last message. */
function stopped(quietMs: number): Trace {
  return new Story()
    .connect(1)
    .open(1, start(3, { attempt: 1 }))
    .message(1, openedStateful(3))
    .items(1, 0, 1)
    .after(quietMs)
    .exit(1, '')
    .trace('stateful', { stopped: true });
}

describe('what the suite or a library does and not the client', () => {
  it('a transport that connects when all is done is no reconnect; a request is', () => {
    expect(judged('client-works-at-any-interval', connectsAgain(false)).verdict).to.equal('PASS');
    expect(judged('client-works-at-any-interval', connectsAgain(true)).message).to.include('without need');
  });

  it('a bare connect before the end stays an attempt', () => {
    expect(judged('client-waits-longer-and-longer', refused([200, 3, 900]).trace('tcp-reset')).verdict).to.equal(
      'FAIL',
    );
  });

  it('a retry that came too late has to be seen twice, one that came too early has not', () => {
    const judgedRetry = (waitMs: number) =>
      judged('client-waits-longer-and-longer', refused([waitMs, 600, 900, 1_800, 3_500]).trace('tcp-reset'));
    expect(judgedRetry(900)).to.deep.include({ verdict: 'FAIL', isLate: true });
    expect(judgedRetry(40)).to.include({ verdict: 'FAIL' }).and.not.to.have.property('isLate');
  });

  it('a time limit says how far the client came, and points at the end', () => {
    const verdict = judged('client-full-length-stateful', stopped(9_000));
    expect(verdict).to.deep.include({
      verdict: 'FAIL',
      expected: 'complete',
      actual: '1 of 3 items on 1 connections, the last message 9.0 s before the end',
      at: { caseId: 'stateful', event: 3 },
    });
  });

  it('a time limit that a late suite may have used up is inconclusive', () => {
    expect(judged('client-full-length-stateful', late(stopped(100), 400)).verdict).to.equal('INCONCLUSIVE');
    expect(judged('client-full-length-stateful', late(stopped(9_000), 400)).verdict).to.equal('FAIL');
    expect(judged('client-full-length-stateful', late(stopped(9_000), 1_400)).verdict).to.equal('INCONCLUSIVE');
  });

  it('says how many cases fail, and which are right', () => {
    const wrong = { ...COMPLETE, received: 2 };
    const traces = [dropped().trace('a'), dropped({ result: wrong }).trace('b'), dropped({ result: wrong }).trace('c')];
    expect(judged('client-nothing-lost-nothing-twice', ...traces).extent).to.equal('2 of 3 cases: b, c; right: a');
  });
});
