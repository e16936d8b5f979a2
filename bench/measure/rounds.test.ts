import { expect } from 'chai';
import { exponent } from '../parts/capacity.ts';
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
