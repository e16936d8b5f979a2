import { expect } from 'chai';
import { exponent } from '../parts/capacity.ts';
import { wasmPcg32 } from '../peers/wasm.ts';
import { measureRounds, noteOnNoise } from './rounds.ts';

describe('rounds', () => {
  it('take turns in changing order, after one that does not count', async () => {
    const asked: string[] = [];
    const { values } = await measureRounds(['a', 'b'], 2, (name) => ({ value: asked.push(name), pressure: 0 }));
    expect(asked.join('')).to.equal('abbaab');
    expect([...values]).to.deep.equal([
      ['a', [4, 5]],
      ['b', [3, 6]],
    ]);
  });

  it('repeat a window under pressure, and take the best when all were', async () => {
    const pressures = [0, 0.5, 0.05, 0.5, 0.3, 0.4];
    let asked = 0;
    const rounds = await measureRounds(['a'], 2, () => ({ value: asked, pressure: pressures[asked++] ?? 0 }));
    expect(rounds.values.get('a')).to.deep.equal([2, 4]);
    expect(rounds).to.include({ repeated: 3, noisy: 1 });
    expect(noteOnNoise(rounds)).to.have.length(1);
    expect(noteOnNoise({ repeated: 0, noisy: 0 })).to.deep.equal([]);
  });
});

describe('the exponent of growth', () => {
  it('is 1 for what is proportional and 2 for a square', () => {
    expect(
      exponent([
        [1, 3],
        [10, 30],
        [20, 60],
      ]),
    ).to.be.closeTo(1, 1e-9);
    expect(
      exponent([
        [1, 1],
        [10, 100],
        [100, 10_000],
      ]),
    ).to.be.closeTo(2, 1e-9);
  });
});

describe('PCG32 in WebAssembly', () => {
  it('makes the numbers of the published demo', () => {
    const wasm = wasmPcg32();
    const state = BigInt.asIntN(64, (42n + 109n) * 6_364_136_223_846_793_005n + 109n);
    const after = wasm.fill(state, 24);
    const hex = [...wasm.numbers.subarray(0, 6)].map((number) => number.toString(16));
    // Eight numbers have been made, so a second fill goes on behind them.
    wasm.fill(state, 4 * 12);
    const ninth = wasm.numbers[8];
    wasm.fill(after, 4);
    expect(wasm.numbers[0]).to.equal(ninth);
    expect(hex).to.deep.equal(['a15c02b7', '7b47f409', 'ba1d3330', '83d2f293', 'bfa4784b', 'cbed606e']);
  });
});
