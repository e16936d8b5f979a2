import { expect } from 'chai';
import type { Check } from './check.ts';
import { parseReplay, parseServerUrl, select } from './plan.ts';
import { exitCodeOf, pass } from './verdict.ts';

function check(id: string, scenario: string, profile: Check['profile'] = 'any'): Check {
  return {
    id,
    title: id,
    side: 'server',
    profile,
    requirements: ['RSQ-RES-1@0123456789ab'],
    scenario,
    judge: () => pass('seen'),
  };
}

const SCENARIOS = [{ id: 'short' }, { id: 'long' }];
const CHECKS = [check('one', 'short', 'stateless'), check('two', 'long', 'stateful'), check('three', '*')];

function chosen(only: string[], skip: string[] = [], profile?: 'stateless' | 'stateful') {
  const plan = select(SCENARIOS, CHECKS, { only, skip, ...(profile === undefined ? {} : { profile }) });
  return { checks: plan.checks.map(({ id }) => id), scenarios: plan.scenarios.map(({ id }) => id) };
}

describe('select', () => {
  it('takes everything when nothing is said', () => {
    expect(chosen([]).checks).to.deep.equal(['one', 'two', 'three']);
  });

  it('finds checks by id, scenario, requirement and wildcard, and drives only what they need', () => {
    expect(chosen(['one'])).to.deep.equal({ checks: ['one'], scenarios: ['short'] });
    expect(chosen(['long'])).to.deep.equal({ checks: ['two'], scenarios: ['long'] });
    expect(chosen(['rsq-res-*']).checks).to.have.length(3);
    expect(chosen(['t*']).checks).to.deep.equal(['two', 'three']);
  });

  it('drives everything for a check of all scenarios', () => {
    expect(chosen(['three']).scenarios).to.deep.equal(['short', 'long']);
  });

  it('leaves out what is skipped or of another profile', () => {
    expect(chosen([], ['two']).checks).to.deep.equal(['one', 'three']);
    expect(chosen([], [], 'stateless').checks).to.deep.equal(['one', 'three']);
  });

  it('refuses patterns that match nothing, and an empty choice', () => {
    expect(() => chosen(['nine'])).to.throw('got "nine"');
    expect(() => chosen([], ['nine'])).to.throw('got "nine"');
    expect(() => chosen(['one'], ['one'])).to.throw('at least one check');
  });
});

describe('addresses and tokens', () => {
  it('take a server with or without its binding', () => {
    for (const text of ['localhost:9000', 'grpc://localhost:9000', 'grpc://localhost:9000/']) {
      expect(parseServerUrl(text)).to.deep.equal({ host: 'localhost', port: 9_000 });
    }
    expect(() => parseServerUrl('http://localhost:9000')).to.throw('grpc://HOST:PORT');
  });

  it('take a seed with or without a case', () => {
    expect(parseReplay('7f3a')).to.deep.equal({ seed: 0x7f3a });
    expect(parseReplay('7F3A:12')).to.deep.equal({ seed: 0x7f3a, only: { index: 12, path: [] } });
    expect(parseReplay('7f3a:12.3.0')).to.deep.equal({ seed: 0x7f3a, only: { index: 12, path: [3, 0] } });
    for (const bad of ['', 'xyz', '1:', ':1', '123456789', '1:2.', '1:2..3'])
      expect(() => parseReplay(bad), bad).to.throw('hex digits');
  });
});

describe('exitCodeOf', () => {
  it('is 0 when all is met, also with warnings and what is not claimed', () => {
    expect(exitCodeOf(['PASS', 'WARN', 'INFO', 'UNSUPPORTED'])).to.equal(0);
  });

  it('is 1 when something is broken, whatever else there is', () => {
    expect(exitCodeOf(['PASS', 'FAIL', 'ERROR', 'BLOCKED'])).to.equal(1);
  });

  it('is 3 when something could not be told, and when nothing was', () => {
    for (const name of ['BLOCKED', 'INCONCLUSIVE', 'ERROR'] as const) expect(exitCodeOf(['PASS', name])).to.equal(3);
    expect(exitCodeOf([])).to.equal(3);
    expect(exitCodeOf(['UNSUPPORTED', 'INFO'])).to.equal(3);
  });
});
