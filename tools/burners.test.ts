import { expect } from 'chai';
import { SERVER_CHECKS } from '../conformance/checks/server/index.ts';
import type { CheckResult } from '../conformance/judge.ts';
import type { VerdictName } from '../conformance/verdict.ts';
import { unlawful } from './burners.ts';

function result(id: string, verdict: VerdictName): CheckResult {
  const check = SERVER_CHECKS.find((one) => one.id === id);
  if (check === undefined) throw new Error(`${id}: expected a check`);
  return { check, verdict: { verdict, message: '' } };
}

describe('a run beside busy loops', () => {
  it('may leave open what is a matter of times, and nothing else', () => {
    const lawful = [
      result('pace-is-one-item-per-interval', 'INCONCLUSIVE'),
      result('values-are-pcg32', 'PASS'),
      result('seed-follows-from-the-client-id', 'UNSUPPORTED'),
      result('retention-is-30-s', 'WARN'),
    ];
    const bad = [
      result('pace-is-one-item-per-interval', 'FAIL'),
      result('values-are-pcg32', 'INCONCLUSIVE'),
      result('stale-attempt-is-refused', 'BLOCKED'),
    ];
    expect(unlawful(lawful)).to.deep.equal([]);
    expect(unlawful([...lawful, ...bad])).to.deep.equal(bad);
  });
});
