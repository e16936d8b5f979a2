import { expect } from 'chai';
import { isSound, judgeMutant, judgeNullPeer, judgeRight, type Said } from './verdicts.ts';

function said(id: string, verdict: Said['verdict'], text = ''): Said {
  return { id, verdict, text };
}

const DECLARED = { does: 'something wrong', fails: { a: 'too late' }, also: ['b-*'] };

describe('the judgement of a self-test', () => {
  const cases: readonly [title: string, verdicts: readonly Said[], verdict: RegExp][] = [
    ['kills a mutant that fails what is declared, as declared', [said('a', 'FAIL', 'ends too late')], /^killed$/],
    ['lets what may fail besides fail', [said('a', 'FAIL', 'too late'), said('b-1', 'WARN')], /^killed$/],
    ['finds a mutant that survives', [said('a', 'PASS')], /^SURVIVES a: PASS$/],
    [
      'finds a mutant that was killed for another reason',
      [said('a', 'FAIL', 'no answer')],
      /^SAYS OTHERWISE a: no answer$/,
    ],
    [
      'finds a failure that nobody declared',
      [said('a', 'FAIL', 'too late'), said('c', 'FAIL', 'x')],
      /^UNDECLARED c: x$/,
    ],
  ];
  for (const [title, verdicts, verdict] of cases) {
    it(title, () => {
      const row = judgeMutant('server x', DECLARED, verdicts);
      expect(row.verdict).to.match(verdict);
      expect(isSound(row)).to.equal(row.verdict === 'killed');
    });
  }

  it('lets a right program neither fail nor be warned, apart from a SHOULD that it is known not to follow', () => {
    const verdicts = [said('a', 'PASS'), said('b', 'WARN', 'not granted')];
    expect(isSound(judgeRight('server right', verdicts, ['b']))).to.equal(true);
    expect(judgeRight('server right', verdicts).verdict).to.equal('FALSE FAILURE b: not granted');
    expect(isSound(judgeRight('server right', [said('b', 'UNSUPPORTED')]))).to.equal(false);
  });

  it('lets nothing be found right about a program that does nothing', () => {
    expect(isSound(judgeNullPeer('null silence', [said('a', 'FAIL')]))).to.equal(true);
    expect(isSound(judgeNullPeer('null silence', [said('a', 'FAIL'), said('b', 'PASS')]))).to.equal(false);
  });
});
