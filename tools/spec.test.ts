import { expect } from 'chai';
import { pinnedId } from '../conformance/requirements/requirements.ts';
import { MUTANTS } from '../conformance/selftest/killers.ts';
import { SPEC_VERSION } from '../protocol/limits.ts';
import { explanation } from './spec/coverage.ts';
import { readSpecification } from './spec/files.ts';
import { parseMarkdown, withoutCode } from './spec/markdown.ts';
import { extract } from './spec/requirements.ts';
import { examine, generated, readOr } from './spec.ts';

const GOOD = `
# Core

Text about the thing.

## Resume

- [RSQ-RES-10] The server MUST answer
  within a second. {server timing}
- [RSQ-RES-2] A client SHOULD NOT hurry, see [RSQ-RES-10]. {client auto}
- [RSQ-RES-3] *(removed in 1.1.0: nobody needed it)*
- [RSQ-RES-4] The code MAY be neat. {both inspect: only visible in the source}
`;

function problemsOf(text: string, committed?: string): string[] {
  const { problems } = examine([{ file: 'a.md', text }], '1.0.0', committed);
  return problems.map(({ where, what }) => `${where}: ${what}`);
}

describe('requirements of the specification', () => {
  const sources = readSpecification();

  it('are up to date in requirements.json and free of faults', () => {
    const { json, problems } = examine(sources, SPEC_VERSION, readOr('spec/requirements.json'));
    expect(problems.map(({ where, what }) => `${where}: ${what}`)).to.deep.equal([]);
    const stale = [...generated(sources, json)].filter(([file, text]) => readOr(file) !== text);
    expect(
      stale.map(([file]) => file),
      'stale: npm run spec',
    ).to.deep.equal([]);
  });

  it('are all judged by checks, or it is said why not', () => {
    const judged = new Set(
      Object.values(MUTANTS).flatMap(({ checks }) => checks.flatMap((c) => c.requirements.map(pinnedId))),
    );
    const silent = extract(sources).requirements.filter((one) => !judged.has(one.id) && explanation(one) === undefined);
    expect(silent.map(({ id }) => id)).to.deep.equal([]);
  });
});

describe('extractor of requirements', () => {
  it('reads id, level, role, class, reason, section, sentence and hash, sorted by number', () => {
    const { requirements, tombstones, problems } = extract([{ file: 'a.md', text: GOOD }]);
    expect(problems).to.deep.equal([]);
    expect(requirements).to.deep.equal([
      {
        id: 'RSQ-RES-2',
        level: 'SHOULD',
        role: 'client',
        class: 'auto',
        file: 'a.md',
        section: 'Resume',
        sentence: 'A client SHOULD NOT hurry, see [RSQ-RES-10].',
        // printf %s '...' | sha256sum
        sha256: 'b2aadaf50da12b0d2c604081a9cc57502648c429a2052be9fc3e293af52c999e',
      },
      {
        id: 'RSQ-RES-4',
        level: 'MAY',
        role: 'both',
        class: 'inspect',
        reason: 'only visible in the source',
        file: 'a.md',
        section: 'Resume',
        sentence: 'The code MAY be neat.',
        sha256: 'd076dabf6ef883a3b3c475076fd0f5b00d9eb674eca19f6acd0465ddadce5d3f',
      },
      {
        id: 'RSQ-RES-10',
        level: 'MUST',
        role: 'server',
        class: 'timing',
        file: 'a.md',
        section: 'Resume',
        sentence: 'The server MUST answer within a second.',
        sha256: '538aa1b5764e39bbb3e02efbed66a41538dcbda76ac51432b901792515ec8ea4',
      },
    ]);
    expect(tombstones).to.deep.equal([{ id: 'RSQ-RES-3', removedIn: '1.1.0', reason: 'nobody needed it' }]);
  });

  it('takes each keyword of RFC 2119 for its level', () => {
    const levelOf = (keyword: string): string | undefined =>
      extract([{ file: 'a.md', text: `- [RSQ-A-1] It ${keyword} be. {both auto}` }]).requirements[0]?.level;
    expect(['MUST', 'MUST NOT', 'SHALL', 'REQUIRED'].map(levelOf)).to.deep.equal(['MUST', 'MUST', 'MUST', 'MUST']);
    expect(['SHOULD', 'SHOULD NOT', 'RECOMMENDED', 'NOT RECOMMENDED'].map(levelOf)).to.deep.equal(
      Array(4).fill('SHOULD'),
    );
    expect(['MAY', 'OPTIONAL'].map(levelOf)).to.deep.equal(['MAY', 'MAY']);
  });

  const faults: readonly [title: string, text: string, problem: string][] = [
    [
      'a repeated id',
      '- [RSQ-A-1] It MUST be. {both auto}\n- [RSQ-A-1] It MUST be so. {both auto}',
      'a.md:2: RSQ-A-1 stands here a second time',
    ],
    [
      'an id used again after its removal',
      '- [RSQ-A-1] *(removed in 1.1.0: gone)*\n- [RSQ-A-1] It MUST be. {both auto}',
      'a.md:2: RSQ-A-1 stands here a second time',
    ],
    ['two sentences', '- [RSQ-A-1] It MUST be. It is good. {both auto}', 'a.md:1: RSQ-A-1 has more than one sentence'],
    [
      'a second sentence that begins with code',
      '- [RSQ-A-1] It MUST be. `n` is good. {both auto}',
      'a.md:1: RSQ-A-1 has more than one sentence',
    ],
    ['an unfinished sentence', '- [RSQ-A-1] It MUST be {both auto}', 'a.md:1: RSQ-A-1 does not end as a sentence'],
    [
      'a sentence without keyword',
      '- [RSQ-A-1] It is. {both auto}',
      'a.md:1: RSQ-A-1 has no keyword (MUST, SHOULD, MAY or an equal)',
    ],
    [
      'a sentence of two levels',
      '- [RSQ-A-1] It MUST be and MAY go. {both auto}',
      'a.md:1: RSQ-A-1 mixes levels: MUST and MAY',
    ],
    [
      'a keyword in lower case',
      '- [RSQ-A-1] It MUST be what it should be. {both auto}',
      'a.md:1: RSQ-A-1 says "should" in lower case',
    ],
    [
      'missing braces',
      '- [RSQ-A-1] It MUST be.',
      'a.md:1: RSQ-A-1 ends in no {role class}: roles server client both store document, classes auto timing store driver inspect',
    ],
    [
      'an unknown role',
      '- [RSQ-A-1] It MUST be. {proxy auto}',
      'a.md:1: RSQ-A-1 ends in no {role class}: roles server client both store document, classes auto timing store driver inspect',
    ],
    [
      'inspect without its reason',
      '- [RSQ-A-1] It MUST be. {both inspect}',
      'a.md:1: RSQ-A-1: a reason stands with inspect, and only there: {both inspect: why no suite can test it}',
    ],
    [
      'a reason without inspect',
      '- [RSQ-A-1] It MUST be. {both auto: hard}',
      'a.md:1: RSQ-A-1: a reason stands with inspect, and only there: {both inspect: why no suite can test it}',
    ],
    [
      'a malformed id',
      '- [RSQ-res-1] It MUST be. {both auto}',
      'a.md:1: malformed id: expected "- [RSQ-AREA-1] ", got "[RSQ-res-1] It MUST be. "',
    ],
    [
      'a keyword in running text',
      'First line.\n\nThe server MUST be.',
      'a.md:3: MUST outside a requirement: give the sentence an id or use other words',
    ],
    [
      'a keyword in a table',
      '| a |\n|---|\n| SHOULD |',
      'a.md:3: SHOULD outside a requirement: give the sentence an id or use other words',
    ],
    [
      'a keyword in an ordinary item',
      '- This is OPTIONAL.',
      'a.md:1: OPTIONAL outside a requirement: give the sentence an id or use other words',
    ],
    ['a reference to nothing', 'As RSQ-A-9 says.', 'a.md:1: RSQ-A-9 is named but nowhere defined'],
  ];
  for (const [title, text, problem] of faults) {
    it(`reports ${title}`, () => {
      expect(problemsOf(text)).to.deep.equal([problem]);
    });
  }

  it('reports an id that vanished without a tombstone', () => {
    const committed = examine([{ file: 'a.md', text: GOOD }], '1.0.0', undefined).json;
    expect(problemsOf(GOOD, committed)).to.deep.equal([]);
    const without = GOOD.replace(/^- \[RSQ-RES-4\].*$/m, '');
    expect(problemsOf(without, committed)).to.deep.equal([
      'spec: RSQ-RES-4 has vanished: leave "- [RSQ-RES-4] *(removed in VERSION: reason)*"',
    ]);
    const entombed = GOOD.replace(/^- \[RSQ-RES-4\].*$/m, '- [RSQ-RES-4] *(removed in 1.2.0: gone)*');
    expect(problemsOf(entombed, committed)).to.deep.equal([]);
  });

  it('changes the output when a sentence changes', () => {
    const before = examine([{ file: 'a.md', text: GOOD }], '1.0.0', undefined);
    const after = examine([{ file: 'a.md', text: GOOD.replace('a second', 'a minute') }], '1.0.0', before.json);
    expect(after.json).not.to.equal(before.json);
  });

  it('lets the RFC 2119 paragraph, code and fenced blocks use the keywords', () => {
    const text = [
      'The key words "MUST", "SHOULD" and "MAY" are to be read as in RFC 2119',
      'when they stand in upper case, as "REQUIRED".',
      '',
      'The word `MUST` is a word.',
      '',
      '```text',
      'You MUST read - [RSQ-A-1]',
      '```',
      '',
      '- [RSQ-A-1] It MUST be `so. Or` so, e.g. `it`. {both auto}',
    ].join('\n');
    expect(problemsOf(text)).to.deep.equal([]);
  });
});

describe('Markdown blocks', () => {
  it('tell headings, wrapped items, paragraphs, table rows and fences apart, with line numbers', () => {
    const text = '# One #\npara\nline\n- item\n  more\n- next\n| a |\n| b |\n\n```hex example=x\n00\n\n# 01\n```\nend';
    expect(parseMarkdown(text)).to.deep.equal([
      { kind: 'heading', line: 1, text: 'One' },
      { kind: 'text', line: 2, text: 'para line' },
      { kind: 'item', line: 4, text: 'item more' },
      { kind: 'item', line: 6, text: 'next' },
      { kind: 'text', line: 7, text: '| a |' },
      { kind: 'text', line: 8, text: '| b |' },
      { kind: 'fence', line: 10, text: '00\n\n# 01', info: 'hex example=x' },
      { kind: 'text', line: 15, text: 'end' },
    ]);
  });

  it('lose their code spans on demand', () => {
    expect(withoutCode('a `b` c ``d ` e`` f')).to.equal('a `` c `` f');
  });
});
