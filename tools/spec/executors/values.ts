/**
 * Executors of the examples about values: generator, checksum, resume key, back-off.
 */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { backoffBoundsMs } from '../../../protocol/backoff.ts';
import { checksumOfSequence } from '../../../protocol/checksum.ts';
import { pcg32At } from '../../../protocol/pcg32.ts';
import { resumeKeyOf } from '../../../protocol/resume-key.ts';
import { initialState, outputs } from '../pcg32-by-the-book.ts';
import type { Executor } from './executor.ts';

interface DemoExample {
  readonly seed: string;
  readonly s0: string;
  readonly items: readonly string[];
  readonly at: Readonly<Record<string, string>>;
}

interface ChecksumExample {
  readonly seed: string;
  readonly sha256: Readonly<Record<string, string>>;
}

interface ResumeKeyExample {
  readonly clientId: string;
  readonly seed: string;
  readonly message: string;
  readonly resumeKey: string;
}

interface BackoffExample {
  readonly k: readonly number[];
  readonly minMs: readonly number[];
  readonly maxMs: readonly number[];
}

const seedOf = (hex: string): bigint => BigInt(`0x${hex}`);
const hex32 = (value: number): string => value.toString(16).padStart(8, '0');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const VALUE_EXECUTORS: Readonly<Record<string, Executor>> = {
  'pcg32-demo': ({ text }) => {
    const { seed: seedText, s0, items, at } = JSON.parse(text) as DemoExample;
    const seed = seedOf(seedText);
    expect(initialState(seed).toString(16)).to.equal(s0);
    expect(outputs(seed, items.length).map(hex32)).to.deep.equal(items);
    const generator = pcg32At(seed, 0);
    expect(items.map(() => hex32(generator.next()))).to.deep.equal(items);
    const all = outputs(seed, 65_535);
    for (const [index, value] of Object.entries(at)) {
      expect(hex32(pcg32At(seed, Number(index)).next()), `index ${index}`).to.equal(value);
      expect(hex32(all[Number(index)] ?? 0), `index ${index}`).to.equal(value);
    }
  },

  checksum: ({ text }) => {
    const { seed, sha256 } = JSON.parse(text) as ChecksumExample;
    const values = outputs(seedOf(seed), 65_535);
    for (const [count, expected] of Object.entries(sha256)) {
      const bytes = Buffer.from(values.slice(0, Number(count)).map(hex32).join(''), 'hex');
      expect(createHash('sha256').update(bytes).digest('hex'), `n = ${count}`).to.equal(expected);
      expect(hex(checksumOfSequence(seedOf(seed), Number(count))), `n = ${count}`).to.equal(expected);
    }
  },

  'resume-key': ({ text }) => {
    const { clientId, seed, message, resumeKey } = JSON.parse(text) as ResumeKeyExample;
    const label = Buffer.from('reseq/1 resume-key', 'ascii').toString('hex');
    expect(message).to.equal(`${label}00${clientId.replaceAll('-', '')}${seed}`);
    expect(createHash('sha256').update(message, 'hex').digest('hex').slice(0, 32)).to.equal(resumeKey);
    expect(hex(resumeKeyOf(clientId, seedOf(seed)))).to.equal(resumeKey);
  },

  'backoff-bounds': ({ text }) => {
    const { k, minMs, maxMs } = JSON.parse(text) as BackoffExample;
    expect(k.map((each) => Math.min(5_000, 250 * 2 ** each))).to.deep.equal(maxMs);
    expect(maxMs.map((each) => each / 2)).to.deep.equal(minMs);
    expect(k.map(backoffBoundsMs)).to.deep.equal(k.map((_, at) => ({ min: minMs[at], max: maxMs[at] })));
  },
};
