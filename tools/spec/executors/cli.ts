/**
 * Executors of the example result lines of cli.md, judged by the table of that file.
 */
import { expect } from 'chai';
import { checksumOfSequence } from '../../../protocol/checksum.ts';
import { sumOf } from '../../../protocol/doubling.ts';
import { errorName } from '../../../protocol/errors.ts';
import type { Ratio } from '../../../protocol/messages.ts';
import { tableOf } from '../examples.ts';
import { specificationFile } from '../files.ts';
import type { Executor } from './executor.ts';

/** A result as cli.md section 2 has it. */
export type ResultLine = Readonly<Record<string, unknown>>;

interface Field {
  readonly name: string;
  readonly profile: string;
  readonly type: string;
}

/** The examples of stateful results speak of the sequence of this seed. */
const SEED = 42n;
const IN_EVERY_RESULT = ['result', 'profile', 'count', 'received', 'reconnects'];

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string' && value !== '',
  number: (value) => Number.isSafeInteger(value),
  'decimal string': (value) => typeof value === 'string' && /^(?:0|[1-9]\d*)$/.test(value),
  '64 lower-case hex digits': (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

function documentedFields(): Map<string, Field> {
  const rows = tableOf(specificationFile('spec/cli.md'), ['field', 'profile', 'type', 'meaning']);
  const fields = rows.flatMap(([names = '', profile = '', type = '']) =>
    names.split(', ').map((name) => ({ name, profile, type })),
  );
  return new Map(fields.map((field) => [field.name, field]));
}

function parseDocumented(text: string): ResultLine {
  expect(text.split('\n'), 'one line').to.have.length(1);
  const line = JSON.parse(text) as ResultLine;
  expectDocumented(line);
  return line;
}

/** Holds a result against the table of fields. */
export function expectDocumented(line: ResultLine): void {
  const fields = documentedFields();
  expect(line).to.include.keys(IN_EVERY_RESULT);
  for (const [name, value] of Object.entries(line)) {
    const field = fields.get(name);
    expect(field?.profile, `profile of ${name}`).to.be.oneOf(['both', line['profile']]);
    expect(TYPES[field?.type ?? '']?.(value), `${name} is a ${field?.type}`).to.equal(true);
  }
}

/** Holds a complete result against the sequence that the examples speak of. */
export function expectComplete(line: ResultLine): void {
  expect(line).to.include({ result: 'complete', received: line['count'] });
  if (line['profile'] === 'stateful') {
    const checksum = Buffer.from(checksumOfSequence(SEED, Number(line['count']))).toString('hex');
    expect(line).to.include({ checksum, expectedChecksum: checksum });
  } else {
    const sum = sumOf(Number(line['a']), Number(line['ratio']) as Ratio, Number(line['count']));
    expect(line).to.include({ sum: String(sum) });
  }
}

export const CLI_EXECUTORS: Readonly<Record<string, Executor>> = {
  'cli-stateful': ({ text }) => {
    const line = parseDocumented(text);
    expect(line['profile']).to.equal('stateful');
    expectComplete(line);
  },

  'cli-stateless': ({ text }) => {
    const line = parseDocumented(text);
    expect(line['profile']).to.equal('stateless');
    expectComplete(line);
  },

  'cli-incomplete': ({ text }) => {
    const line = parseDocumented(text);
    const error = line['error'] as ResultLine;
    expect(line['result']).to.equal('incomplete');
    expect(Number(line['received'])).to.be.below(Number(line['count']));
    expect(errorName(Number(error['code'])))
      .to.equal(error['name'])
      .and.to.equal('SESSION_NOT_FOUND');
    expect(error['message']).to.be.a('string');
  },
};
