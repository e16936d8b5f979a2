import { expect } from 'chai';
import { run } from './run.ts';

interface Outcome {
  readonly code: number;
  readonly result: string;
  readonly notes: string;
}

async function vectors(...args: string[]): Promise<Outcome> {
  const results: string[] = [];
  const notes: string[] = [];
  const code = await run(args, { result: (line) => results.push(line), note: (line) => notes.push(line) });
  return { code, result: results.join('\n'), notes: notes.join('\n') };
}

/** A command whose program gives this reply to every question. */
function always(reply: string): string {
  const source = `require('readline').createInterface({input:process.stdin}).on('line',l=>console.log(JSON.stringify({id:JSON.parse(l).id,${reply}})))`;
  return `'${process.execPath}' --eval "${source}"`;
}

describe('npm run vectors', function () {
  // Programs are started here, which takes longer than a function call on a loaded machine.
  this.timeout(20_000);

  it('says for each file how many vectors are right', async () => {
    const { code, result } = await vectors('--only', 'exchange/s');
    expect(code).to.equal(0);
    expect(result).to.equal(
      'exchange/stateful.json 4 ok\nexchange/stateless.json 8 ok\n2 files, 12 vectors, checked by the oracle: all ok',
    );
  });

  it('shows what a wrong program got and what mistake that is, exit 1', async () => {
    const command = always('output:{minMs:250,maxMs:500}');
    const { code, result } = await vectors('--only', 'backoff', '--against', command, '--differences', '1');
    expect(code).to.equal(1);
    expect(result).to.include('backoff.json 1 ok, 14 WRONG');
    expect(result).to.include('backoff.json retry-0 (RSQ-BAK-2)');
    expect(result).to.include('expected {"maxMs":250,"minMs":125}');
    expect(result).to.include('got      {"maxMs":500,"minMs":250}');
    expect(result).to.include('the mistake: the first retry counted as k = 1');
    expect(result).to.include('13 more differences, see --differences');
    expect(result).to.match(/15 asked: 1 right, 14 wrong, 0 unsupported$/);
  });

  it('could not tell when nothing is supported, exit 3', async () => {
    const { code, result, notes } = await vectors('--only', 'backoff', '--against', always('unsupported:true'));
    expect(code).to.equal(3);
    expect(result).to.include('backoff.json 0 ok, 15 unsupported');
    expect(notes).to.equal('could not tell: nothing is supported');
  });

  it('could not tell when the program does not start, exit 3', async () => {
    const { code, notes } = await vectors('--against', 'no-such-program-anywhere');
    expect(code).to.equal(3);
    expect(notes).to.include('could not tell: cannot start no-such-program-anywhere');
  });

  for (const [what, args, note] of [
    [
      'a filter that matches nothing',
      ['--only', 'nothing'],
      'only: expected a part of the name of a file, got "nothing"',
    ],
    ['an unknown option', ['--agianst', 'x'], "unknown option '--agianst'"],
    ['an unclosed quote', ['--against', "'x"], 'command: expected a program with closed quotes'],
    ['a time without unit', ['--timeout', '10'], 'duration: expected a number with its unit'],
  ] as const) {
    it(`refuses ${what}, exit 2`, async () => {
      const { code, result, notes } = await vectors(...args);
      expect(code).to.equal(2);
      expect(result).to.equal('');
      expect(notes).to.include(note);
    });
  }

  it('prints its options when asked, exit 0', async () => {
    const { code, result } = await vectors('--help');
    expect(code).to.equal(0);
    expect(result).to.include('--against');
  });
});
