import { expect } from 'chai';
import { ChildFault, ChildResponder } from './child.ts';

/** A program of one line, run by node. */
function program(source: string): readonly string[] {
  return [process.execPath, '--input-type=module', '--eval', source];
}

const ECHO = `
  import { createInterface } from 'node:readline';
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, op, input } = JSON.parse(line);
    console.log(JSON.stringify({ id, output: { op, input } }));
  }`;

describe('a program under test', function () {
  // Programs are started here, which takes longer than a function call on a loaded machine.
  this.timeout(20_000);

  const faults: readonly (readonly [what: string, argv: readonly string[], message: RegExp])[] = [
    ['cannot be started', ['no-such-program-anywhere'], /^cannot start no-such-program-anywhere: /],
    ['ends at once', program('process.exit(7)'), /^the program ended \(exit code 7\) before it had answered$/],
    [
      'is killed',
      program("process.kill(process.pid, 'SIGKILL')"),
      /^the program ended \(SIGKILL\) before it had answered$/,
    ],
    [
      'writes no JSON',
      program("process.stdin.once('data', () => console.log('hello'))"),
      /^line: expected a JSON object with the id of a question, got hello$/,
    ],
    [
      'answers another question',
      program(`process.stdin.once('data', () => console.log('{"id":"99"}'))`),
      /^line: expected a JSON object with the id/,
    ],
  ];
  for (const [what, argv, message] of faults) {
    it(`is a fault when it ${what}`, async () => {
      const child = new ChildResponder(argv, 15_000);
      try {
        await child.ask('backoff.bounds', { k: 0 });
        expect.fail('answered');
      } catch (error) {
        expect(error).to.be.instanceOf(ChildFault);
        expect((error as ChildFault).message).to.match(message);
      } finally {
        child.stop();
      }
    });
  }

  it('is a fault when it is silent', async () => {
    const child = new ChildResponder(program('setInterval(() => undefined, 1000)'), 30);
    const fault = await child.ask('backoff.bounds', { k: 0 }).catch((error: unknown) => error);
    child.stop();
    expect(fault).to.be.instanceOf(ChildFault).with.property('message', 'no answer to backoff.bounds within 30 ms');
  });

  it('is asked and heard, several questions at once', async () => {
    const child = new ChildResponder(program(ECHO), 15_000);
    const answers = await Promise.all([child.ask('a', { x: 1 }), child.ask('b', { x: 'ü' })]);
    child.stop();
    expect(answers.map(({ output }) => output)).to.deep.equal([
      { op: 'a', input: { x: 1 } },
      { op: 'b', input: { x: 'ü' } },
    ]);
  });

  it('cannot be asked after it has been stopped', async () => {
    const child = new ChildResponder(program(ECHO), 15_000);
    child.stop();
    const fault = await child.ask('a', {}).catch((error: unknown) => error);
    expect(fault).to.be.instanceOf(ChildFault).with.property('message', 'stopped');
  });
});
