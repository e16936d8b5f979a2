import { execFileSync } from 'node:child_process';
import { expect } from 'chai';

/** Keeps objects alive long enough for V8 to ask for room, then tells the size of the young generation in MiB. */
const HUNGRY = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setImmediate } from 'node:timers/promises';
  import { limitYoungGeneration } from './reference-server/young-generation.ts';
  if (process.argv[1] === 'limited') limitYoungGeneration();
  const kept = [];
  for (let turn = 0; turn < 60; turn++) {
    for (let k = 0; k < 50_000; k++) kept[(turn * 50_000 + k) % 200_000] = { turn, k };
    await setImmediate();
  }
  const bytes = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
  console.log(bytes / 1024 ** 2);
`;

function youngMib(words: readonly string[], nodeOptions = ''): number {
  const flags = ['--import', 'tsx', '--input-type=module', '--eval', HUNGRY, '--', ...words];
  const env = { ...process.env, NODE_OPTIONS: nodeOptions };
  return Number(execFileSync(process.execPath, flags, { encoding: 'utf8', env }));
}

describe('the young generation of a server', () => {
  it('grows to two halves of 8 MiB, where V8 would let it grow to twice as much and more', () => {
    expect(youngMib(['limited'])).to.equal(16);
    expect(youngMib([])).to.be.at.least(32);
  });

  it('grows as far as whoever starts the server wants', () => {
    expect(youngMib(['limited'], '--max-semi-space-size=16')).to.equal(32);
  });
});
