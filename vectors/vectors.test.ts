import { expect } from 'chai';
import { ITEMS_MISTAKES } from '../conformance/oracle/mistakes.ts';
import { describeDifference, judge } from './against.ts';
import { checkFile, requirementIds } from './check.ts';
import type { Responder } from './child.ts';
import { readJson, readSchema, type VectorFile, vectorFileNames, vectorFileOf } from './files.ts';
import { loadVectors, rightVectors } from './index.ts';
import { hex32, hex64, Input, type JsonObject } from './json.ts';
import { ORACLE } from './oracle-answers.ts';
import { REFERENCE } from './reference-answers.ts';
import { REFERENCE_SERVER } from './reference-server-answers.ts';

const FILES = loadVectors();
const fileOf = (name: string): VectorFile => vectorFileOf(name, readJson(name));

/** The reference implementation in this process. */
const reference: Responder = {
  ask: async (op, input) => {
    const answer = REFERENCE[op] ?? REFERENCE_SERVER[op];
    const output = await answer?.(new Input(input));
    return output === undefined ? { unsupported: true } : { output };
  },
};

type Answer = (input: Input, right: JsonObject) => JsonObject;

/** An implementation that is right but for one operation. */
function altered(file: VectorFile, op: string, answer: Answer): Responder {
  return {
    ask: async (asked, question) => {
      const same = rightVectors(file).find((vector) => vector.op === asked && vector.input === question);
      const right = same?.output ?? {};
      return { output: asked === op ? answer(new Input(question), right) : right };
    },
  };
}

describe('golden vectors', () => {
  const schema = readSchema();
  const ids = requirementIds();
  for (const name of vectorFileNames()) {
    it(`${name} fits the schema, the specification and the oracle`, () => {
      const report = checkFile(name, readJson(name), schema, ids);
      expect(report.problems).to.deep.equal([]);
      expect(report.vectors).to.be.greaterThan(0);
    });
  }

  it('are loaded whole, the wrong ones apart', () => {
    expect(FILES.map(({ name }) => name)).to.include.members(['pcg32.json', 'frame.json', 'exchange/resume.json']);
    for (const file of FILES) {
      expect(rightVectors(file).length, file.name).to.be.greaterThan(0);
      expect(rightVectors(file).some(({ bug }) => bug !== undefined)).to.equal(false);
    }
  });
});

describe('the reference implementation', () => {
  /** Streams other than 54 and the layout in Redis are not in protocol/. */
  const UNSUPPORTED: Readonly<Record<string, number>> = { 'pcg32.json': 1, 'session-record.json': 4 };

  for (const file of FILES) {
    it(`answers ${file.name} rightly`, async () => {
      const verdict = await judge(file, reference);
      expect(verdict.differences.flatMap((one) => describeDifference(file.name, one))).to.deep.equal([]);
      expect(verdict.unsupported).to.equal(UNSUPPORTED[file.name] ?? 0);
      expect(verdict.right).to.equal(rightVectors(file).length - verdict.unsupported);
    });
  }
});

describe('a wrong implementation', () => {
  for (const mistake of ITEMS_MISTAKES) {
    it(`is told its mistake: ${mistake.id}`, async () => {
      const file = fileOf('pcg32.json');
      const wrong = altered(file, 'pcg32.items', (input, right) =>
        input.has('initseq') || input.number('from') > 0
          ? right
          : { items: mistake.output(input.hex64('seed'), input.number('count')).map(hex32) },
      );
      const { differences } = await judge(file, wrong);
      const [first] = differences.filter(({ vector }) => vector.id === 'first-four');
      expect(first?.diagnosis).to.equal(mistake.text);
      const told = differences.filter(({ diagnosis }) => diagnosis !== undefined);
      expect(told.length, 'also for other seeds').to.be.greaterThan(3);
    });
  }

  const cases: readonly (readonly [
    file: string,
    op: string,
    what: string,
    answer: (input: Input, right: JsonObject) => JsonObject,
  ])[] = [
    [
      'checksum.json',
      'checksum.sequence',
      'leaves the last value out',
      (input) =>
        ORACLE['checksum.sequence']?.(
          new Input({ seed: input.text('seed'), count: Math.max(0, input.number('count') - 1) }),
        ) ?? {},
    ],
    [
      'doubling.json',
      'doubling.sum',
      'adds in doubles',
      (input) => ({ sum: BigInt(input.number('a') * (2 ** input.number('count') - 1)).toString() }),
    ],
    [
      'doubling.json',
      'doubling.value',
      'begins at index 1',
      (input) =>
        ORACLE['doubling.value']?.(
          new Input({ a: input.number('a'), ratio: input.number('ratio'), index: input.number('index') + 1 }),
        ) ?? {},
    ],
    [
      'resume-key.json',
      'resume-key',
      'reads the seed backwards',
      (input) =>
        ORACLE['resume-key']?.(
          new Input({
            clientId: input.text('clientId'),
            seed: (input.text('seed').match(/../g) ?? []).reverse().join(''),
          }),
        ) ?? {},
    ],
    [
      'backoff.json',
      'backoff.bounds',
      'counts the first retry as 1',
      (input) => ORACLE['backoff.bounds']?.(new Input({ k: input.number('k') + 1 })) ?? {},
    ],
  ];
  for (const [name, op, what, answer] of cases) {
    it(`is told that it ${what}`, async () => {
      const file = fileOf(name);
      const { differences } = await judge(file, altered(file, op, answer));
      expect(differences).not.to.deep.equal([]);
      expect(differences.some(({ diagnosis }) => diagnosis !== undefined)).to.equal(true);
    });
  }

  const unexplained: readonly (readonly [
    file: string,
    op: string,
    what: string,
    answer: (input: Input, right: JsonObject) => JsonObject,
  ])[] = [
    [
      'client-id.json',
      'client-id.parse',
      'takes every text',
      (input) => ({ clientId: input.text('text').toLowerCase() }),
    ],
    ['request.json', 'request.check', 'names no field', () => ({ error: 'INVALID_REQUEST', field: '' })],
    ['frame.json', 'frame.encode', 'writes nothing', () => ({ hex: '' })],
    ['frame.json', 'frame.encode', 'writes what cannot be read', () => ({ hex: '0' })],
    ['frame.json', 'frame.encode', 'writes truncated messages', () => ({ hex: '0a05' })],
    [
      'session-record.json',
      'record.layout',
      'writes the seed without leading zeros',
      (input, right) => ({ ...right, fields: { seed: input.hex64('seed').toString(16) } }),
    ],
    [
      'session-record.json',
      'store.run',
      'answers ok to everything',
      (input) => ({ results: input.list('operations').map(() => ({ result: 'ok' })) }),
    ],
    [
      'exchange/resume.json',
      'exchange.run',
      'sends nothing',
      (input) => ({ steps: input.list('steps').map(() => []) }),
    ],
  ];
  for (const [name, op, what, answer] of unexplained) {
    it(`fails when it ${what}`, async () => {
      const file = fileOf(name);
      const { differences } = await judge(file, altered(file, op, answer));
      expect(differences.length).to.be.greaterThan(0);
      const lines = differences.slice(0, 1).flatMap((one) => describeDifference(name, one));
      expect(lines[0]).to.match(/^\S+\.json \S+ \(RSQ-/);
      expect(lines.join('\n')).to.include('expected').and.to.include('got');
    });
  }

  it('fails when it answers without an output', async () => {
    const { differences } = await judge(fileOf('backoff.json'), { ask: async () => ({ error: 'boom' }) });
    expect(differences[0]?.answer).to.deep.equal({ error: 'boom' });
  });

  it('passes with a lawful encoding other than the canonical one', async () => {
    const file = fileOf('frame.json');
    const padded = altered(file, 'frame.encode', (_input, right) => ({ hex: `${right['hex']}f87f2a` }));
    expect((await judge(file, padded)).differences).to.deep.equal([]);
  });
});

describe('checkFile', () => {
  const schema = readSchema();
  const ids = requirementIds();
  const good = {
    specVersion: '1.0.0',
    about: 'x',
    sources: { s: 'a source' },
    vectors: [
      {
        id: 'one',
        op: 'backoff.bounds',
        requirements: ['RSQ-BAK-2'],
        source: 's',
        input: { k: 0 },
        output: { minMs: 125, maxMs: 250 },
      },
    ],
  };
  const [vector] = good.vectors;
  const problems = (json: unknown): readonly string[] => checkFile('x.json', json, schema, ids).problems;

  it('accepts a right file', () => {
    expect(problems(good)).to.deep.equal([]);
  });

  for (const [what, json, problem] of [
    [
      'a wrong output',
      { ...good, vectors: [{ ...vector, output: { minMs: 1, maxMs: 2 } }] },
      'one: expected {"maxMs":250,"minMs":125}, got {"maxMs":2,"minMs":1}',
    ],
    [
      'a bug flag on a right output',
      { ...good, bugs: { b: 'a bug' }, vectors: [{ ...vector, bug: 'b' }] },
      'one: flagged with b, but its output is right',
    ],
    [
      'a flagged vector alone',
      { ...good, bugs: { b: 'a bug' }, vectors: [{ ...vector, bug: 'b', output: {} }] },
      'one: expected a right vector with the same input beside it',
    ],
    ['an id twice', { ...good, vectors: [vector, vector] }, 'one: expected an id of its own'],
    [
      'an unknown requirement',
      { ...good, vectors: [{ ...vector, requirements: ['RSQ-XXX-1'] }] },
      'one: the specification has no requirement RSQ-XXX-1',
    ],
    [
      'an unknown source',
      { ...good, vectors: [vector, { ...vector, id: 'two', source: 't' }] },
      'two: unknown source t',
    ],
    [
      'an unknown bug',
      { ...good, vectors: [vector, { ...vector, id: 'two', bug: 't', output: {} }] },
      'two: unknown bug t',
    ],
    ['an unused source', { ...good, sources: { s: 'a source', t: 'another' } }, 'sources.t: expected a vector with it'],
    ['an unused bug', { ...good, bugs: { b: 'a bug' } }, 'bugs.b: expected a vector with it'],
    ['no vectors', { ...good, vectors: [] }, '$/vectors: must NOT have fewer than 1 items {"limit":1}'],
    [
      'an unknown member',
      { ...good, extra: 1 },
      '$: must NOT have additional properties {"additionalProperty":"extra"}',
    ],
    [
      'a missing member',
      { ...good, vectors: [{ ...vector, input: undefined }] },
      '$/vectors/0: must have required property \'input\' {"missingProperty":"input"}',
    ],
    [
      'a bad version',
      { ...good, specVersion: 'one' },
      '$/specVersion: must match pattern "^[0-9]+\\.[0-9]+\\.[0-9]+$" {"pattern":"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+$"}',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(problems(JSON.parse(JSON.stringify(json)))).to.include(problem);
    });
  }

  it('refuses an unknown operation', () => {
    const [problem] = problems({ ...good, vectors: [{ ...vector, op: 'sing' }] });
    expect(problem).to.match(/^\$\/vectors\/0\/op: must be equal to one of the allowed values .*pcg32\.items/);
  });

  it('keeps seeds readable as 64 bits', () => {
    expect(hex64(42n)).to.equal('000000000000002a');
  });
});
