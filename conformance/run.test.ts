import { expect } from 'chai';
import type { Check } from './check.ts';
import type { CheckResult } from './judge.ts';
import { doubtful, type RunObserver, type RunOptions, type RunResult, run } from './run.ts';
import type { RunContext } from './scenario.ts';
import { DESCRIPTION, TraceBuilder } from './testing/trace-builder.ts';
import type { Trace } from './trace.ts';
import { failed, inconclusive, LATE, pass, type Verdict } from './verdict.ts';

const SCENARIOS = [{ id: 'a' }, { id: 'b' }];

function result(scenario: string, verdict: Verdict): CheckResult {
  return { check: { id: `of-${scenario}`, scenario } as unknown as Check, verdict };
}

/** What a scenario is seen to do in its first round and in its second. */
async function twice(...seen: readonly Verdict[]): Promise<{ result: RunResult; rounds: number[]; again: string[] }> {
  const rounds: number[] = [];
  const scenario = {
    id: 'a',
    estimateMs: () => 0,
    run: async ({ traced }: RunContext): Promise<Trace[]> => {
      const trace = new TraceBuilder('a', 'case', { round: rounds.length }).build();
      traced?.(trace);
      return [trace];
    },
  };
  const check: Check = {
    id: 'check',
    title: 'is in time',
    side: 'server',
    profile: 'any',
    scenario: 'a',
    requirements: ['RSQ-PAC-2@6644a8072d9b'],
    judge: ([trace]) => seen[Number(trace?.facts['round'])] ?? failed('driven too often'),
  };
  const observer: RunObserver = {
    traced: (_trace, round) => rounds.push(round),
    driven: () => undefined,
    judged: () => undefined,
  };
  const again: string[] = [];
  const options: RunOptions<RunContext> = {
    again: (scenarios) => again.push(...scenarios),
    seed: 1,
    shrinkMs: 0,
    deadlineMs: 5_000,
    signal: new AbortController().signal,
    judge: { description: DESCRIPTION, seedFromClientId: false },
    requirements: new Map(),
    context: (common) => ({ ...common, sleep: () => Promise.resolve() }),
    progress: () => undefined,
    observer,
  };
  return { result: await run({ checks: [check], scenarios: [scenario] }, options), rounds, again };
}

const verdictOf = ({ result: { results } }: { result: RunResult }): string | undefined => results[0]?.verdict.verdict;

describe('a second look', () => {
  it('clears what came late once, on a busy machine', async () => {
    const seen = await twice(failed('too late', LATE), pass('in time'));
    expect(verdictOf(seen)).to.equal('PASS');
    expect(seen.rounds).to.deep.equal([1, 2]);
    expect(seen.again).to.deep.equal(['a']);
  });

  it('finds what comes late again, and looks no third time', async () => {
    const seen = await twice(failed('too late', LATE), failed('too late again', LATE));
    expect(seen.result.results[0]?.verdict.message).to.equal('too late again');
    expect(seen.rounds).to.deep.equal([1, 2]);
  });

  it('is not taken at what is broken for certain', async () => {
    const seen = await twice(failed('lost an item'), pass('by luck'));
    expect(verdictOf(seen)).to.equal('FAIL');
    expect(seen.rounds).to.deep.equal([1]);
  });

  it('is taken where the suite could not tell', () => {
    expect(doubtful(SCENARIOS, [result('a', inconclusive('late')), result('b', pass('seen'))])).to.deep.equal([
      { id: 'a' },
    ]);
  });

  it('does not throw away what is broken for certain in the same scenario', () => {
    const certain = [result('a', failed('lost an item')), result('b', failed('too late', LATE))];
    expect(doubtful(SCENARIOS, [...certain, result('a', failed('too late', LATE))])).to.deep.equal([{ id: 'b' }]);
  });
});
