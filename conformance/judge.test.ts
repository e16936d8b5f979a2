import { expect } from 'chai';
import { CUT_FACT, HARNESS_FACT, runCase } from './case.ts';
import type { Check, JudgeContext } from './check.ts';
import { goneOf, goneText } from './gone.ts';
import { judgeCheck, judgeTraces } from './judge.ts';
import type { RunContext } from './scenario.ts';
import { DESCRIPTION, item, openedStateful, start, TraceBuilder } from './testing/trace-builder.ts';
import type { Trace } from './trace.ts';
import { failed, pass, type Verdict } from './verdict.ts';

const CONTEXT = { description: DESCRIPTION, seedFromClientId: false };

const CHECK: Check = {
  id: 'x',
  title: 'x',
  side: 'server',
  profile: 'any',
  requirements: [],
  scenario: 's',
  judge: () => pass('seen'),
};

function verdictOf(
  verdict: Verdict | (() => Verdict),
  traces: readonly Trace[],
  more: Partial<Check> = {},
  isShould = false,
) {
  const judge = typeof verdict === 'function' ? verdict : () => verdict;
  const check: Check = { ...CHECK, judge, ...more };
  return judgeCheck(check, traces, CONTEXT, isShould).verdict;
}

const good = new TraceBuilder('s').build();

describe('judgeCheck', () => {
  it('passes on what the check says', () => {
    expect(verdictOf(pass('seen'), [good])).to.equal('PASS');
    expect(verdictOf(failed('broken'), [good])).to.equal('FAIL');
  });

  it('says WARN when all that is pinned is a SHOULD', () => {
    expect(verdictOf(failed('broken'), [good], {}, true)).to.equal('WARN');
    expect(verdictOf(pass('seen'), [good], {}, true)).to.equal('PASS');
  });

  it('says INCONCLUSIVE of a failure in a case in which the suite itself was far too late', () => {
    const late: Trace = { ...good, lag: { maxMs: 2_500, meanMs: 40 } };
    const other: Trace = { ...good, caseId: 'other' };
    expect(verdictOf(failed('broken'), [late])).to.equal('INCONCLUSIVE');
    expect(verdictOf(failed('broken', { at: { caseId: 'case', event: 0 } }), [late, other])).to.equal('INCONCLUSIVE');
    expect(verdictOf(failed('broken', { at: { caseId: 'other', event: 0 } }), [late, other])).to.equal('FAIL');
    expect(verdictOf(pass('seen'), [late])).to.equal('PASS');
  });

  it('says BLOCKED without traces', () => {
    expect(verdictOf(pass('seen'), [])).to.equal('BLOCKED');
  });

  it('says of a failure what lies behind it, before what the check says', () => {
    const trace = new TraceBuilder('s').stream('start', start(3)).items(openedStateful(3), item(1)).build();
    const verdict = failed('too few', { at: { caseId: 'case', event: 1 }, diagnosis: 'in schedule 7' });
    const [result] = judgeTraces([{ ...CHECK, judge: () => verdict }], [trace], CONTEXT, new Map());
    expect(result?.verdict.diagnosis).to.match(
      /^streams begin at the item after next_index.*: wrong in 0 of 0 RESUMEs and 1 of 1 STARTs; in schedule 7$/,
    );
  });

  it('says UNSUPPORTED for what is not claimed', () => {
    expect(verdictOf(pass('seen'), [good], { extension: 'other' })).to.equal('UNSUPPORTED');
  });

  it('says so of what could not be driven', () => {
    const judged = (isError: boolean) =>
      judgeTraces([CHECK], [good], { ...CONTEXT, lacks: { s: { why: 'no store', isError } } }, new Map())[0]?.verdict;
    expect(judged(false)).to.deep.equal({ verdict: 'UNSUPPORTED', message: 'no store' });
    expect(judged(true)?.verdict).to.equal('ERROR');
  });

  it('finds nothing good about a server that serves nothing', () => {
    const [result] = judgeTraces([CHECK], [good], { ...CONTEXT, servesNothing: true }, new Map());
    expect(result?.verdict.verdict).to.equal('BLOCKED');
  });

  it('shows a check the cases in the order in which they began', () => {
    const late = { ...new TraceBuilder('s', 'late').build(), startedAtMs: 5 };
    const seen: string[] = [];
    const judge = (traces: readonly Trace[]): Verdict => {
      seen.push(...traces.map(({ caseId }) => caseId));
      return pass('seen');
    };
    judgeTraces([{ ...CHECK, judge }], [late, new TraceBuilder('other').build(), good], CONTEXT, new Map());
    expect(seen).to.deep.equal(['case', 'late']);
  });

  it('says ERROR when the scenario or the check itself failed', () => {
    const broken = new TraceBuilder('s', 'c', { [HARNESS_FACT]: 'TypeError' }).build();
    expect(verdictOf(pass('seen'), [good, broken])).to.equal('ERROR');
    expect(
      verdictOf(() => {
        throw new TypeError('bug');
      }, [good]),
    ).to.equal('ERROR');
  });

  it('concludes nothing from a case that was cut short', () => {
    const cut = new TraceBuilder('s', 'c', { [CUT_FACT]: true }).build();
    expect(verdictOf(pass('seen'), [cut])).to.equal('INCONCLUSIVE');
    expect(verdictOf(failed('missing'), [cut])).to.equal('INCONCLUSIVE');
  });
});

describe('a server that goes away while it is judged', () => {
  const REFUSED = { grpc: 'NONE', detail: 'connect ECONNREFUSED 127.0.0.1:9000' };
  const served = (caseId: string): TraceBuilder =>
    new TraceBuilder('s', caseId).stream('start', start(3)).items(openedStateful(3), item(0));
  const early = served('early').build();
  const late = served('late').wait(4_000).message(item(1)).wait(500).stream('probe', start(3)).status(REFUSED).build();

  const verdicts = (more: Partial<Check>, traces: readonly Trace[], context: JudgeContext = CONTEXT): string[] =>
    judgeTraces([{ ...CHECK, ...more }], traces, context, new Map()).map(({ verdict }) => verdict.verdict);
  const broken = (caseId: string) => ({ judge: () => failed('broken', { at: { caseId, event: 0 } }) });

  it('is no fault where a case lasted until then, and one where a case had ended before', () => {
    expect(verdicts(broken('late'), [early, late])).to.deep.equal(['BLOCKED']);
    expect(verdicts(broken('early'), [early, late])).to.deep.equal(['FAIL']);
    expect(verdicts({ judge: () => failed('broken') }, [early, late])).to.deep.equal(['BLOCKED']);
    expect(verdicts({ judge: () => pass('seen') }, [early, late])).to.deep.equal(['PASS']);
  });

  it('is a fault of a server that hostile bytes have ended', () => {
    const requirements = ['RSQ-SEC-2@000000000000'] as const;
    expect(verdicts({ ...broken('late'), requirements }, [early, late])).to.deep.equal(['FAIL']);
  });

  it('has not gone when it answers again, when it is stopped on purpose, and when a client is judged', () => {
    const back = served('back').wait(9_000).message(item(1)).build();
    expect(verdicts(broken('late'), [early, late, back])).to.deep.equal(['FAIL']);
    expect(verdicts(broken('late'), [early, late], { ...CONTEXT, lacks: {} })).to.deep.equal(['FAIL']);
    expect(verdicts(broken('late'), [early, late], { ...CONTEXT, client: 'command' })).to.deep.equal(['FAIL']);
  });

  it('is told with the time of the first connection that was refused', () => {
    const gone = goneOf([early, late], CONTEXT);
    expect(gone && goneText(gone)).to.match(
      /^the server is gone: its last message came at \d+\.\d s, a connection was refused at \d+\.\d s$/,
    );
  });
});

describe('runCase', () => {
  const abort = new AbortController();
  const context: RunContext = {
    now: () => 0,
    sleep: () => Promise.resolve(),
    signal: abort.signal,
    lagSince: () => ({ maxMs: 0, meanMs: 0 }),
    seed: 0,
  };

  it('leaves a trace of what happened before a fault', async () => {
    const trace = await runCase(context, 's', 'c', { n: 1 }, async (recorder) => {
      recorder.note('here');
      throw new Error('bug');
    });
    expect(trace.events).to.have.length(1);
    expect(trace.facts['n']).to.equal(1);
    expect(trace.facts[HARNESS_FACT]).to.match(/bug/);
  });

  it('ends with the run', async () => {
    const pending = runCase(context, 's', 'c', {}, () => new Promise(() => undefined));
    abort.abort();
    expect((await pending).facts[CUT_FACT]).to.equal(true);
  });
});
