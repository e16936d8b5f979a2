import { expect } from 'chai';
import { EXTRA_NOTE } from '../../peer/peer.ts';
import { COMPLETE, dropped, RIGHT_CONFIRM, refused, Story } from '../../testing/client-story.ts';
import { DESCRIPTION, openedStateful, resume, start } from '../../testing/trace-builder.ts';
import type { Trace } from '../../trace.ts';
import type { VerdictName } from '../../verdict.ts';
import { CLIENT_CHECKS } from './index.ts';

const CONTEXT = { description: DESCRIPTION, seedFromClientId: false };

function verdictOf(id: string, ...traces: readonly Trace[]): VerdictName {
  const check = CLIENT_CHECKS.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check.judge(traces, CONTEXT).verdict;
}

/** A check with a trace that it passes and traces that it fails. */
interface Row {
  readonly id: string;
  readonly passes: Trace;
  readonly fails: Readonly<Record<string, Trace>>;
}

const MISMATCH = { ...COMPLETE, result: 'mismatch', error: { message: 'checksum' } };
const REJECTED = { ...COMPLETE, result: 'rejected', received: 0, error: { code: 100, message: 'no' } };

function stopsAt(code: number, result: typeof MISMATCH | typeof REJECTED, again = false): Story {
  const story = new Story()
    .connect(1)
    .open(1, start(3, { attempt: 1 }))
    .status(1, 'INVALID_ARGUMENT')
    .after(200);
  if (again)
    story
      .connect(2)
      .open(2, start(3, { attempt: 2 }))
      .status(2, 'INVALID_ARGUMENT')
      .after(200);
  return story.exit(code, result);
}

function silent(leftAfterMs: number): Trace {
  const story = new Story()
    .connect(1)
    .open(1, start(3, { attempt: 1 }))
    .message(1, openedStateful(3))
    .items(1, 0, 1);
  story
    .after(leftAfterMs)
    .cancel(1)
    .after(200)
    .connect(2)
    .open(2, resume(1, { attempt: 2 }));
  story.message(2, openedStateful(3, 1)).items(2, 1, 1).final(2, 3).status(2, 'OK').exit(0, COMPLETE);
  return story.trace('silent-after-items', { waitMs: 5_000 });
}

/** The peer leaves index 1 out. */
function gap(second = resume(1, { attempt: 2 }), leaves = true): Trace {
  const story = new Story()
    .connect(1)
    .open(1, start(3, { attempt: 1 }))
    .message(1, openedStateful(3))
    .items(1, 0, 1);
  story.message(1, { kind: 'final', index: 2, value: '1', checksum: '' });
  if (leaves) story.cancel(1);
  story
    .after(200)
    .connect(2)
    .open(2, second)
    .message(2, openedStateful(3, 1))
    .items(2, 1, 1)
    .final(2, 3)
    .status(2, 'OK');
  return story.exit(0, COMPLETE).trace('gap-before-final');
}

const ROWS: readonly Row[] = [
  {
    id: 'client-nothing-lost-nothing-twice',
    passes: dropped().trace('stateful'),
    fails: {
      'another checksum': dropped({ result: { ...COMPLETE, checksum: '00'.repeat(32) } }).trace('stateful'),
      'one item too few': dropped({ result: { ...COMPLETE, received: 2 } }).trace('stateful'),
      'another exit code': dropped({ code: 3 }).trace('stateful'),
      'no result line': dropped({ result: '' }).trace('stateful'),
      'the result of another run': dropped({
        result: { ...COMPLETE, clientId: '00000000-0000-4000-8000-000000000000' },
      }).trace('stateful'),
      'success without a connection': new Story().exit(0, COMPLETE).trace('stateful'),
      'success before FINAL': new Story()
        .connect(1)
        .open(1, start(3))
        .message(1, openedStateful(3))
        .items(1, 0, 1)
        .status(1, 'OK')
        .exit(0, COMPLETE)
        .trace('stateful'),
    },
  },
  {
    id: 'client-resumes-at-next-index',
    passes: dropped().trace('stateful'),
    fails: {
      'one too high': dropped({ second: resume(2, { attempt: 2 }) }).trace('stateful'),
      'the last received': dropped({ second: resume(0, { attempt: 2 }) }).trace('stateful'),
    },
  },
  {
    id: 'client-starts-until-opened-then-resumes',
    passes: dropped().trace('stateful'),
    fails: { 'START after OPENED': dropped({ second: start(3, { attempt: 2 }) }).trace('stateful') },
  },
  {
    id: 'client-presents-the-resume-key',
    passes: dropped().trace('stateful'),
    fails: {
      'another key': dropped({ second: resume(1, { attempt: 2, resumeKey: '00'.repeat(16) }) }).trace('stateful'),
    },
  },
  {
    id: 'client-attempts-rise',
    passes: dropped().trace('stateful'),
    fails: {
      'the same attempt': dropped({ second: resume(1, { attempt: 1 }) }).trace('stateful'),
      'no attempt': dropped({ second: resume(1) }).trace('stateful'),
      'a lower attempt': dropped({ firstAttempt: 5, second: resume(1, { attempt: 3 }) }).trace('stateful'),
    },
  },
  {
    id: 'client-counts-reconnects',
    passes: dropped().trace('stateful'),
    fails: { 'one too few': dropped({ result: { ...COMPLETE, reconnects: 0 } }).trace('stateful') },
  },
  {
    id: 'client-makes-a-new-transport-connection',
    passes: dropped().trace('stateful'),
    fails: { 'the old one again': dropped({ conn: 1 }).trace('stateful') },
  },
  {
    id: 'client-leaves-before-it-returns',
    passes: gap(),
    fails: { 'two at once': gap(undefined, false) },
  },
  {
    id: 'client-takes-a-gap-as-a-drop',
    passes: gap(),
    fails: { 'no reconnect': new Story().connect(1).open(1, start(3)).exit(1, MISMATCH).trace('gap-stateful') },
  },
  {
    id: 'client-waits-longer-and-longer',
    passes: refused([130, 260, 900, 1_900, 3_000]).trace('tcp-reset'),
    fails: {
      'no wait': refused([1, 1, 1, 1, 1]).trace('tcp-reset'),
      'always the same': refused([200, 200, 200, 200, 200]).trace('tcp-reset'),
      'too long': refused([200, 400, 900, 1_900, 9_000]).trace('tcp-reset'),
    },
  },
  {
    id: 'client-waits-are-random',
    passes: refused([200, 400, 900, 1_900, 2_100, 4_900, 2_600, 3_300, 4_100, 4_400, 2_700, 3_900, 3_000, 4_600]).trace(
      'x',
    ),
    fails: {
      'three quarters each time': refused(
        [188, 375, 750, ...Array<number>(11).fill(3_750)].map((ms, k) => (k === 3 ? 1_500 : k === 4 ? 3_000 : ms)),
      ).trace('x'),
    },
  },
  {
    id: 'client-waits-as-told',
    passes: refused([1_100, 1_200, 1_010], 1_000).trace('retry-after'),
    fails: {
      'the back-off instead': refused([200, 400, 900], 1_000).trace('retry-after'),
      'far too late': refused([3_000, 1_200, 1_010], 1_000).trace('retry-after'),
    },
  },
  {
    id: 'client-leaves-a-silent-connection',
    passes: silent(5_100),
    fails: { 'too early': silent(3_000), 'too late': silent(9_000) },
  },
  {
    id: 'client-stops-at-a-terminal-status',
    passes: stopsAt(4, REJECTED).trace('bare-invalid-argument'),
    fails: {
      'comes back': stopsAt(4, REJECTED, true).trace('bare-invalid-argument'),
      'another outcome': stopsAt(1, MISMATCH).trace('bare-invalid-argument'),
    },
  },
  {
    id: 'client-confirms-what-it-has-verified',
    passes: dropped().trace('granted-after-a-drop'),
    fails: {
      'no CONFIRM': dropped({ confirm: 'none' }).trace('granted-after-a-drop'),
      'the first attempt': dropped({ confirm: { ...RIGHT_CONFIRM, attempt: 1 } }).trace('granted-after-a-drop'),
      'another key': dropped({ confirm: { ...RIGHT_CONFIRM, resumeKey: '00' } }).trace('granted-after-a-drop'),
    },
  },
  {
    id: 'client-confirms-only-what-was-granted',
    passes: dropped({ confirm: 'none' }).trace('not-granted'),
    fails: { 'a CONFIRM': dropped().trace('not-granted') },
  },
  {
    id: 'client-prints-one-line',
    passes: dropped().trace('stateful-1'),
    fails: {
      'two lines': dropped({ result: `progress\n${JSON.stringify(COMPLETE)}\n` }).trace('stateful-1'),
      'no JSON': dropped({ result: 'done' }).trace('stateful-1'),
    },
  },
  {
    id: 'client-result-fields',
    passes: dropped().trace('stateful-1'),
    fails: {
      'a number as text': dropped({ result: { ...COMPLETE, received: '3' } }).trace('stateful-1'),
      'upper case': dropped({ result: { ...COMPLETE, clientId: COMPLETE.clientId.toUpperCase() } }).trace('stateful-1'),
    },
  },
  {
    id: 'client-sends-nothing-after-open',
    passes: dropped().trace('stateful-1'),
    fails: { 'a second message': new Story().connect(1).note(EXTRA_NOTE).exit(0, COMPLETE).trace('stateful-1') },
  },
  {
    id: 'client-refuses-wrong-arguments',
    passes: new Story().exit(2, '', 'n: expected 1..65535, got 0\n').trace('count-0'),
    fails: {
      'another exit code': new Story().exit(1, '', 'no\n').trace('count-0'),
      silent: new Story().exit(2, '').trace('count-0'),
      'a result line': new Story().exit(2, '{}', 'no\n').trace('count-0'),
      connects: new Story().connect(1).exit(2, '', 'no\n').trace('count-0'),
    },
  },
];

describe('checks of clients', () => {
  for (const { id, passes, fails } of ROWS) {
    it(`${id} passes a right client`, () => {
      expect(verdictOf(id, passes)).to.equal('PASS');
    });
    for (const [name, trace] of Object.entries(fails)) {
      it(`${id} fails a client with: ${name}`, () => {
        expect(verdictOf(id, trace)).to.equal('FAIL');
      });
    }
  }

  it('none passes a program that does nothing and exits with 0', () => {
    const cases = ['stateful', 'stateless', 'granted', 'tcp-reset', 'gap-stateful', 'right', 'code-199', 'sigint'];
    const traces = cases.map((caseId) => new Story().exit(0, '').trace(caseId));
    const passed = CLIENT_CHECKS.filter((check) => verdictOf(check.id, ...traces) === 'PASS').map((check) => check.id);
    expect(passed).to.deep.equal([]);
  });

  it('tell success without a connection as what it is', () => {
    const check = CLIENT_CHECKS.find(({ id }) => id === 'client-completes-stateful');
    const verdict = check?.judge([new Story().exit(0, COMPLETE).trace('stateful-1')], CONTEXT);
    expect(verdict?.message).to.equal('stateful-1: reported success without having connected');
  });

  it('take a refusal for what it is, unless the client has served the same before', () => {
    const denied = new Story().exit(77, '').trace('stateful-7');
    expect(verdictOf('client-completes-stateful', denied)).to.equal('UNSUPPORTED');
    expect(verdictOf('client-unsupported-exits-77', denied)).to.equal('PASS');
    expect(verdictOf('client-unsupported-exits-77', dropped().trace('stateful-1'), denied)).to.equal('FAIL');
    const connected = new Story().connect(1).exit(77, '').trace('stateful-7');
    expect(verdictOf('client-unsupported-exits-77', connected)).to.equal('FAIL');
  });

  it('judge a driver by its answer, and take its refusal of what it claims for a failure', () => {
    const asks = { profiles: ['stateful'], options: [] };
    const answered = (claims: readonly string[], outcome: string): Trace =>
      new Story()
        .answer({ what: 'result', id: 'run-1', result: { ...COMPLETE, result: outcome } })
        .trace('stateful-1', { asks, claims: { profiles: claims, options: [] } });
    expect(verdictOf('client-completes-stateful', answered(['stateless'], 'unsupported'))).to.equal('UNSUPPORTED');
    expect(verdictOf('client-completes-stateful', answered(['stateful'], 'unsupported'))).to.equal('FAIL');
    expect(verdictOf('client-completes-stateful', answered(['stateful'], 'complete'))).to.equal('FAIL');
    const whole = dropped();
    whole.events.pop();
    const right = whole.answer({ what: 'result', id: 'run-1', result: COMPLETE }).trace('stateful-1');
    expect(verdictOf('client-completes-stateful', right)).to.equal('PASS');
    const lost = new Story().answer({ what: 'none', id: 'run-1', why: 'the driver ended' }).trace('stateful-1');
    expect(verdictOf('client-completes-stateful', lost)).to.equal('FAIL');
  });

  it('a wait that the suite itself may have made too long is inconclusive', () => {
    const late = refused([200, 400, 900, 1_900, 9_000]).trace('tcp-reset');
    expect(verdictOf('client-waits-longer-and-longer', { ...late, lag: { maxMs: 4_000, meanMs: 20 } })).to.equal(
      'INCONCLUSIVE',
    );
  });
});
