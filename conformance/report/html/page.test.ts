import { expect } from 'chai';
import { REQUIREMENTS, reportOf, resultOf } from '../../testing/report-parts.ts';
import { blocked, failed, pass, unsupported, type Verdict } from '../../verdict.ts';
import type { ResultRecord } from '../records.ts';
import { htmlReport } from './page.ts';

const PASSES = [resultOf('good', ['RSQ-A-1', 'RSQ-A-3'], pass('fine'))];
const CAUSE = 'numbers in little-endian order';

function page(...results: readonly ResultRecord[]): string {
  return htmlReport(reportOf(results), { requirements: REQUIREMENTS, shown: new Set() });
}

function explained(check: string, diagnosis: string, cause?: string): ResultRecord {
  const verdict: Verdict = failed('wrong', { diagnosis, ...(cause === undefined ? {} : { cause }) });
  return resultOf(check, ['RSQ-A-2'], verdict);
}

/** What each card says as its diagnosis, without markup. */
function diagnosesIn(text: string): string[] {
  return [...text.matchAll(/<strong>Diagnosis<\/strong>(.*?)<\/p>/g)].map(([, said = '']) =>
    said.replaceAll(/<[^>]*>/g, '').trim(),
  );
}

describe('HTML report', () => {
  it('shows a broken MUST and a SHOULD that is not followed in colours of their own', () => {
    const warned = page(...PASSES, resultOf('late', ['RSQ-A-3'], { ...failed('late'), verdict: 'WARN' }));
    expect(warned).to.match(/<div class="tile met"><p class="label">MUST</);
    expect(warned).to.match(/<div class="tile unfollowed"><p class="label">SHOULD</);
    const broken = page(...PASSES, resultOf('bad', ['RSQ-A-2'], failed('bad')));
    expect(broken).to.match(/<div class="tile broken"><p class="label">MUST</);
    expect(broken).to.match(/<div class="tile met"><p class="label">SHOULD</);
  });

  it('gives BLOCKED and UNSUPPORTED colours of their own', () => {
    const text = page(resultOf('a', ['RSQ-A-1'], blocked('no')), resultOf('b', ['RSQ-A-2'], unsupported('no')));
    const colour = (name: string): string | undefined =>
      new RegExp(`\\.v-${name} \\{ --v: var\\((--\\w+)\\)`).exec(text)?.[1];
    expect(colour('BLOCKED')).to.be.a('string').and.not.equal(colour('UNSUPPORTED'));
  });

  it('tells a cause of several failures once; the cards refer to it and add their figures', () => {
    const text = page(
      explained('a', `${CAUSE}; all 8 values fit`, CAUSE),
      explained('b', CAUSE, CAUSE),
      explained('c', `${CAUSE}: 100, 200 ms`, CAUSE),
    );
    expect(text.split(CAUSE)).to.have.length(2);
    expect(text).to.include('id="cause-1"').and.to.include('href="#cause-1"');
    expect(diagnosesIn(text)).to.deep.equal([
      'the likely cause above; all 8 values fit',
      'the likely cause above',
      'the likely cause above; 100, 200 ms',
    ]);
  });

  it('numbers the causes when there are several, and leaves a diagnosis of one check whole', () => {
    const others = ['c', 'd', 'e'].map((check) => explained(check, 'other', 'other'));
    const text = page(explained('a', CAUSE, CAUSE), explained('b', CAUSE, CAUSE), ...others, explained('f', 'alone'));
    expect(diagnosesIn(text)).to.deep.equal([
      ...Array.from({ length: 2 }, () => 'likely cause 2 above'),
      ...Array.from({ length: 3 }, () => 'likely cause 1 above'),
      'alone',
    ]);
  });

  it('says of which requirements the table consists', () => {
    const may = resultOf('mode', ['RSQ-A-4'], pass('there'));
    const text = page(...PASSES, resultOf('extra', ['RSQ-A-2'], unsupported('no')), may);
    expect(text).to.include(
      '4 requirements: 1 MUST and 1 SHOULD, which are counted above; 1 MAY, which is not counted; ' +
        '1 that the implementation does not claim to follow.',
    );
    expect(page(...PASSES)).to.include('2 requirements: 1 MUST and 1 SHOULD, which are counted above.');
  });
});
