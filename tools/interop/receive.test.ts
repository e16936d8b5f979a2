import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../protocol/package-root.ts';
import { faultsOf } from './receive.ts';

/** The example of spec/cli.md with this name. */
function exampleOf(name: string): string {
  const text = readFileSync(join(packageRoot(), 'spec', 'cli.md'), 'utf8');
  return new RegExp(`example=${name}\\n(.*)\\n`).exec(text)?.[1] ?? '';
}

describe('a run of a client', () => {
  const target = { host: 'localhost', port: 1 };
  // In the test mode the first 8 bytes are the seed: 42, as in the examples of the specification.
  const clientId = '00000000-0000-002a-80b4-00c04fd430c8';
  const stateful = { ...target, profile: 'stateful', count: 20, clientId } as const;
  const statefulLine = exampleOf('cli-stateful').replace(/"clientId":"[^"]*"/, `"clientId":"${clientId}"`);
  const stateless = { ...target, profile: 'stateless', count: 10 } as const;
  const statelessLine = exampleOf('cli-stateless');

  it('is right with the values of the specification', () => {
    expect(faultsOf(stateful, { code: 0, stdout: `${statefulLine}\n` })).to.deep.equal([]);
    expect(faultsOf(stateless, { code: 0, stdout: `${statelessLine}\n` })).to.deep.equal([]);
  });

  it('is wrong with the values of another seed, whatever client and server agree on', () => {
    const other = statefulLine.replaceAll('6c84442d', '6c84442e');
    const faults = faultsOf(stateful, { code: 0, stdout: other });
    expect(faults).to.have.length(2);
    expect(faults[0]).to.match(/^checksum: expected "6c84442d.*got "6c84442e/);
  });

  it('is wrong with another sum, ratio or a first value out of range', () => {
    const changed = (from: string, to: string): string[] =>
      faultsOf(stateless, { code: 0, stdout: statelessLine.replace(from, to) });
    expect(changed('"23529"', '"23530"')).to.deep.equal(['sum: expected "23529", got "23530"']);
    expect(changed('"ratio":2', '"ratio":3')).to.deep.equal(['ratio: expected 2, got 3']);
    expect(changed('"a":23', '"a":256')).to.deep.equal(['a: expected "1..255", got 256']);
  });

  it('is wrong when an item is missing or the program says so with its exit status alone', () => {
    expect(
      faultsOf(stateless, { code: 0, stdout: statelessLine.replace('"received":10', '"received":9') }),
    ).to.deep.equal(['received: expected 10, got 9']);
    expect(faultsOf(stateless, { code: 3, stdout: statelessLine })).to.deep.equal(['exit status: expected 0, got 3']);
  });

  it('is wrong without a result', () => {
    expect(faultsOf(stateless, { code: 1, stdout: '' })).to.deep.equal(['exit 1, 0 lines on stdout']);
  });
});
