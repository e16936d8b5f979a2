import { expect } from 'chai';
import { type Check, Failure, type Outcome, Unclear } from './check.ts';
import { runChecks } from './run.ts';

function check(column: string, run: Check['run'], part: Check['part'] = 'pair'): Check {
  return { part, row: 'row', column, needs: ['Go'], run };
}

async function verdictsOf(checks: readonly Check[], lacks: Parameters<typeof runChecks>[1] = new Map()) {
  const outcomes = await runChecks(checks, lacks, () => undefined);
  return outcomes.map(({ column, verdict, note }) => [column, verdict, note]);
}

describe('the checks of the matrix', () => {
  it('end with what they return or throw, in the order in which they were given', async () => {
    const thrown = (error: Error) => async (): Promise<string> => {
      throw error;
    };
    const outcomes = await verdictsOf([
      check('suite', async () => '85/85', 'suite'),
      check('fails', thrown(new Failure('wrong sum'))),
      check('cannot tell', thrown(new Unclear('too busy'))),
    ]);
    expect(outcomes).to.deep.equal([
      ['suite', 'ok', '85/85'],
      ['fails', 'FAIL', 'wrong sum'],
      ['cannot tell', 'unclear', 'too busy'],
    ]);
  });

  it('fail on any other error and tell where it came from', async () => {
    const [bug] = await runChecks(
      [check('bug', () => Promise.reject(new TypeError('no such thing')))],
      new Map(),
      () => undefined,
    );
    expect(bug?.verdict).to.equal('FAIL');
    expect(bug?.note).to.match(/^TypeError: no such thing\n +at /);
  });

  it('are not carried out without what they need', async () => {
    const never = check('x', () => Promise.reject(new Error('carried out')));
    const lack = (isFailure: boolean) => new Map([['Go', { reason: 'no Go', isFailure }]] as const);
    expect(await verdictsOf([never], lack(false))).to.deep.equal([['x', 'skipped', 'no Go']]);
    expect(await verdictsOf([never], lack(true))).to.deep.equal([['x', 'FAIL', 'no Go']]);
  });

  it('of the suite come one after the other when all others have ended', async () => {
    const running = new Set<string>();
    const beside: Record<string, number> = {};
    const slow = (name: string, part: Check['part']): Check =>
      check(
        name,
        async () => {
          running.add(name);
          await new Promise((resolve) => setTimeout(resolve, 2));
          beside[name] = running.size - 1;
          running.delete(name);
          return '';
        },
        part,
      );
    const reported: Outcome[] = [];
    const checks = [slow('s1', 'suite'), slow('s2', 'suite'), slow('p1', 'pair'), slow('p2', 'pair')];
    await runChecks(checks, new Map(), (outcome) => reported.push(outcome));
    expect(beside['s1']).to.equal(0);
    expect(beside['s2']).to.equal(0);
    expect(beside['p1']).to.equal(1);
    expect(reported.map(({ part }) => part)).to.deep.equal(['pair', 'pair', 'suite', 'suite']);
  });
});
