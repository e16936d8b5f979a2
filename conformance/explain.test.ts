import { expect } from 'chai';
import { explain } from './explain.ts';

describe('explain', () => {
  it('knows requirements, checks and scenarios', () => {
    expect(explain('RSQ-RES-3')).to.include('check next-index-out-of-range-is-refused');
    expect(explain('values-are-pcg32')).to.include('RSQ-SFL-4');
    expect(explain('expiry-fan')).to.include('check session-is-kept-for-the-retention');
  });

  it('says so when no check judges a requirement, and knows nothing else', () => {
    expect(explain('RSQ-SLS-8')).to.include('No check judges it.');
    expect(explain('RSQ-NO-1')).to.equal(undefined);
  });
});
