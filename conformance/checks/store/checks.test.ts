import { expect } from 'chai';
import type { Check, JudgeContext } from '../../check.ts';
import { goodStore, rebornTrace } from '../../testing/good-store.ts';
import { DESCRIPTION, TraceBuilder } from '../../testing/trace-builder.ts';
import type { Trace } from '../../trace.ts';
import { BAD_STORES } from './bad-traces.ts';
import { STORE_CHECKS } from './index.ts';

const CONTEXT: JudgeContext = { description: DESCRIPTION, seedFromClientId: false };
const GOOD = goodStore();

function tracesFor(check: Check): Trace[] {
  return check.id === 'former-life-changes-no-record' ? [rebornTrace()] : (GOOD.get(check.scenario) ?? []);
}

describe('store checks', () => {
  for (const check of STORE_CHECKS) {
    it(`${check.id} passes right servers`, () => {
      const verdict = check.judge(tracesFor(check), CONTEXT);
      expect(verdict.verdict, JSON.stringify(verdict)).to.equal('PASS');
    });

    it(`${check.id} fails servers that are wrong there`, () => {
      const bad = BAD_STORES[check.id] ?? [];
      expect(bad, 'wrong traces in bad-traces.ts').to.not.have.length(0);
      for (const [i, spoil] of bad.entries()) {
        const verdict = check.judge(tracesFor(check).map(spoil), CONTEXT);
        expect(verdict.verdict, `spoilt in way ${i}: ${JSON.stringify(verdict)}`).to.equal('FAIL');
      }
    });

    it(`${check.id} passes no silence`, () => {
      const silent = new TraceBuilder(check.scenario).build();
      expect(check.judge([silent], CONTEXT).verdict).to.not.equal('PASS');
    });
  }
});
