import { expect } from 'chai';
import type { Outcome } from './check.ts';
import { itemsText } from './hand-over.ts';
import { goVectors, inAll } from './own-checks.ts';
import { countedLine, exitCodeOf, matrixText } from './report.ts';

function outcome(column: string, verdict: Outcome['verdict'], note = ''): Outcome {
  return { part: 'suite', row: 'Go', column, verdict, note, tookMs: 1 };
}

describe('the matrix', () => {
  it('has a cell for each check and tells why one is not ok', () => {
    const python = { ...outcome('client', 'skipped', 'no Python'), row: 'Python' };
    const text = matrixText([outcome('server', 'ok', '85/85'), outcome('client', 'FAIL', 'exit 1'), python]);
    expect(text.split('\n')).to.deep.equal([
      'Judged by the suite',
      '          server   client',
      'Go      ok 85/85     FAIL',
      'Python         -  skipped',
      '',
      'FAIL suite: Go, client: exit 1',
      'skipped suite: Python, client: no Python',
      '',
    ]);
  });

  it('has lines that CI counts', () => {
    const lines = (['ok', 'FAIL', 'unclear', 'skipped'] as const).map((verdict) => countedLine(outcome('x', verdict)));
    expect(lines).to.deep.equal([
      'ok suite: Go, x',
      'not ok suite: Go, x',
      'not ok suite: Go, x',
      'skipped suite: Go, x',
    ]);
  });

  it('ends with 1 for a failure, 3 when something could not be told or nothing was carried out, else 0', () => {
    const exit = (...verdicts: Outcome['verdict'][]): number => exitCodeOf(verdicts.map((one) => outcome('x', one)));
    expect(exit('ok', 'unclear', 'FAIL')).to.equal(1);
    expect(exit('ok', 'unclear')).to.equal(3);
    expect(exit('skipped')).to.equal(3);
    expect(exit('ok', 'skipped')).to.equal(0);
  });
});

describe('what programs say in the matrix', () => {
  it('vectors are added up, and none at all is a failure', () => {
    expect(inAll('doubling.json 12 ok\nexchange/take-over.json 3 ok\n')).to.equal('15');
    expect(() => inAll('doubling.json 12 WRONG\n')).to.throw('no vector was checked');
  });

  it('the vectors of Go are its innermost tests', () => {
    const events = [
      { Action: 'run', Package: 'p', Test: 'TestVectors/a.json/one' },
      { Action: 'pass', Package: 'p', Test: 'TestVectors/a.json/one', Elapsed: 0 },
      { Action: 'pass', Package: 'p', Test: 'TestVectors/a.json', Elapsed: 0 },
      { Action: 'pass', Package: 'p', Test: 'TestVectors', Elapsed: 0 },
    ];
    expect(goVectors(events.map((event) => `${JSON.stringify(event)}\n`).join(''))).to.equal('1');
  });

  it('a hand-over tells the items from each server, and how many came again', () => {
    expect(itemsText([15, 15, 34], 'stateful')).to.equal('14 + 14 + 32 items');
    expect(itemsText([15, 15, 33], 'stateless')).to.equal('14 + 14 + 32 items');
    expect(itemsText([15, 17, 33], 'stateless')).to.equal('14 + 16 + 32 items, 2 of them again');
  });
});
