import { expect } from 'chai';
import fc from 'fast-check';
import { RandomCases, tokenOf, tokenText } from './random.ts';
import type { RunContext } from './scenario.ts';
import { shrink } from './shrink.ts';
import { TraceBuilder } from './testing/trace-builder.ts';
import type { Trace } from './trace.ts';

const omit = (list: readonly number[]) => list.map((_, i) => list.filter((_value, j) => j !== i));
const cases = new RandomCases(fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 6 }), 20, omit);

function context(): RunContext {
  let now = 0;
  return {
    now: () => now++,
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
    lagSince: () => ({ maxMs: 0, meanMs: 0 }),
    seed: 5,
  };
}

/** Its traces carry the drawn value. */
const part = {
  smaller: (seed: number, token: { index: number; path: readonly number[] }) => cases.smaller(seed, token),
  run: (_context: RunContext, token: { index: number; path: readonly number[] }): Promise<Trace> =>
    Promise.resolve(new TraceBuilder('s', 'c', { value: JSON.stringify(cases.at(5, token)) }).build()),
};

const drawn = (trace: Trace): number[] => JSON.parse(String(trace.facts['value'])) as number[];
const failsAbove = (limit: number) => (trace: Trace) => drawn(trace).some((value) => value > limit);

describe('random cases', () => {
  it('are the same for the same seed and token, and others for another seed', () => {
    const all = (seed: number) => cases.tokens().map((token) => cases.at(seed, token));
    expect(all(5)).to.deep.equal(all(5));
    expect(all(5)).not.to.deep.equal(all(6));
  });

  it('are named by tokens that lead to them again', () => {
    const token = { index: 3, path: [1, 0] };
    expect(tokenText(0x7f3a, token)).to.equal('7f3a:3.1.0');
    expect(tokenOf({ replay: '7f3a:3.1.0' })).to.deep.equal(token);
    expect(tokenOf({ replay: '7f3a' })).to.equal(undefined);
    expect(tokenOf({})).to.equal(undefined);
  });

  it('have no value where a token leads nowhere', () => {
    expect(cases.at(5, { index: 20, path: [] })).to.equal(undefined);
    expect(cases.at(5, { index: 0, path: [999] })).to.equal(undefined);
  });
});

describe('shrink', () => {
  const from = cases.tokens().find((token) => (cases.at(5, token) ?? []).filter((value) => value > 40).length > 1);

  it('comes to the smallest case that fails', async () => {
    const found = await shrink(part, context(), from ?? { index: -1, path: [] }, failsAbove(40), 1_000);
    expect(found && drawn(found.trace)).to.deep.equal([41]);
    expect(found && cases.at(5, found.token)).to.deep.equal([41]);
  });

  it('finds nothing without time, and nothing when no smaller case fails', async () => {
    const start = from ?? { index: -1, path: [] };
    expect(await shrink(part, context(), start, failsAbove(40), 0)).to.equal(undefined);
    expect(await shrink(part, context(), start, () => false, 1_000)).to.equal(undefined);
  });
});
