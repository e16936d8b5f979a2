import { expect } from 'chai';
import { SERVER_CHECKS } from '../checks/server/index.ts';
import { judgeable, scopeOf } from './scope.ts';

const says = 'what it says';

function driven(fails: readonly string[], also: readonly string[] = []): (scenario: string) => boolean {
  return scopeOf({ does: '', fails: Object.fromEntries(fails.map((id) => [id, says])), also }, SERVER_CHECKS);
}

describe('the scope of a mutant', () => {
  it('is the scenarios that its declaration names, and plain ones', () => {
    const scope = driven(['session-is-kept-for-the-retention'], ['takeover-is-served-*']);
    for (const id of ['expiry-fan', 'takeover', 'describe', 'stateful-whole']) expect(scope(id), id).to.equal(true);
    for (const id of ['rejections', 'schedules', 'pace']) expect(scope(id), id).to.equal(false);
  });

  it('is all but the long ones for what shows in every stream', () => {
    const scope = driven(['indexes-are-contiguous']);
    for (const id of ['rejections', 'schedules', 'takeover']) expect(scope(id), id).to.equal(true);
    expect(scope('expiry-fan')).to.equal(false);
  });

  it('is everything for a mutant that breaks everything', () => {
    const scope = driven(['a-is-drawn-uniformly'], ['*']);
    for (const { scenario } of SERVER_CHECKS) if (scenario !== '*') expect(scope(scenario), scenario).to.equal(true);
  });

  it('leaves out the checks of scenarios that are not driven', () => {
    const ids = judgeable(SERVER_CHECKS, driven(['session-is-kept-for-the-retention'])).map(({ id }) => id);
    expect(ids).to.include.members(['session-is-kept-for-the-retention', 'indexes-are-contiguous']);
    expect(ids).not.to.include('takeover-is-served-at-once');
  });
});
