import { expect } from 'chai';
import { findExamples, tableOf } from './examples.ts';
import { CLI_EXECUTORS } from './executors/cli.ts';
import { DRIVER_EXECUTORS } from './executors/driver.ts';
import type { Executor } from './executors/executor.ts';
import { GRPC_EXECUTORS } from './executors/grpc.ts';
import { REDIS_EXECUTORS } from './executors/redis.ts';
import { VALUE_EXECUTORS } from './executors/values.ts';
import { readSpecification } from './files.ts';

const EXECUTORS = new Map<string, Executor>(
  [VALUE_EXECUTORS, CLI_EXECUTORS, DRIVER_EXECUTORS, GRPC_EXECUTORS, REDIS_EXECUTORS].flatMap((table) =>
    Object.entries(table),
  ),
);
const EXAMPLES = findExamples(readSpecification());

describe('examples of the specification', () => {
  it('have names of their own', () => {
    const names = EXAMPLES.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).to.deep.equal([]);
  });

  it('are all there that have an executor', () => {
    expect(EXAMPLES.map(({ name }) => name)).to.include.members([...EXECUTORS.keys()]);
  });

  for (const example of EXAMPLES) {
    it(`are true: ${example.name} (${example.where})`, () => {
      const execute = EXECUTORS.get(example.name);
      if (!execute) throw new Error(`${example.where}: example ${example.name} has no executor`);
      execute(example);
    });
  }
});

describe('reader of examples and tables', () => {
  it('finds named fences with their attributes and leaves the others', () => {
    const text = 'a\n\n```hex example=one message=Open\n00 01\n```\n\n```json\n{}\n```\n';
    expect(findExamples([{ file: 'a.md', text }])).to.deep.equal([
      {
        name: 'one',
        language: 'hex',
        attributes: { example: 'one', message: 'Open' },
        text: '00 01',
        where: 'a.md:3',
      },
    ]);
  });

  it('reads the rows of the table with the given header', () => {
    const text = '| a | b |\n|---|:-:|\n| `1` \\| 2 | *x* |\n\n| a | c |\n|---|---|\n| 3 | 4 |\n';
    expect(tableOf({ file: 'a.md', text }, ['a', 'b'])).to.deep.equal([['1 | 2', 'x']]);
    expect(tableOf({ file: 'a.md', text }, ['a', 'c'])).to.deep.equal([['3', '4']]);
    expect(() => tableOf({ file: 'a.md', text }, ['a', 'd'])).to.throw('a.md: expected one table "a | d", got 0');
  });
});
