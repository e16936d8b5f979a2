/**
 * Executor of the dialogue in driver.md: each line follows the published schema, each run is answered once, by its own result.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../../protocol/package-root.ts';
import { schemaChecker } from '../../../vectors/json-schema.ts';
import { expectComplete, expectDocumented, type ResultLine } from './cli.ts';
import type { Executor } from './executor.ts';

type Line = Readonly<Record<string, unknown>>;

function spoken(text: string, mark: '>' | '<'): Line[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${mark} `))
    .map((line) => JSON.parse(line.slice(2)) as Line);
}

/** The outcome of a run that goes wrong in this dialogue follows from what was asked. */
function expectAnswer(result: ResultLine, requests: readonly Line[], hello: Line): void {
  const [run, cancel] = requests;
  expect(result).to.include({ profile: run?.['profile'], count: run?.['count'] });
  const options = hello['options'] as string[];
  const lacking = ['confirm', 'prefixChecksum'].some(
    (option) => run?.[option] !== undefined && !options.includes(option),
  );
  if (cancel !== undefined) expect(result['result']).to.equal('interrupted');
  else if (lacking) expect(result).to.include({ result: 'unsupported', received: 0 });
  else expectComplete(result);
}

export const DRIVER_EXECUTORS: Readonly<Record<string, Executor>> = {
  'driver-dialogue': ({ text }) => {
    const schema = JSON.parse(readFileSync(join(packageRoot(), 'spec/driver.schema.json'), 'utf8')) as unknown;
    const requestFaults = schemaChecker(schema, 'request');
    const answerFaults = schemaChecker(schema, 'answer');
    expect(text.split('\n').every((line) => /^[<>] \{/.test(line))).to.equal(true);
    const answers = spoken(text, '<');
    expect(answers.flatMap(answerFaults)).to.deep.equal([]);
    const requests = spoken(text, '>');
    const known = requests.filter((line) => requestFaults(line).length === 0);
    const unknown = requests.filter((line) => !known.includes(line));
    const errors = answers.filter(({ type }) => type === 'error');
    expect(unknown.map(({ id }) => id)).to.deep.equal(errors.map(({ id }) => id));
    const [hello = {}] = answers;
    expect(hello['type']).to.equal('hello');
    const results = answers.filter(({ type }) => type === 'result');
    const runs = known.filter(({ type }) => type === 'run').map(({ id }) => id);
    expect(results.map(({ id }) => id)).to.have.members(runs);
    expect(results.map(({ id }) => id)).not.to.deep.equal(runs);
    for (const { id, result } of results) {
      expectDocumented(result as ResultLine);
      expectAnswer(
        result as ResultLine,
        known.filter((line) => line['id'] === id),
        hello,
      );
    }
  },
};
