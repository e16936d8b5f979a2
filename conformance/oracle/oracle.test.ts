import { expect } from 'chai';
import { retryAfterBounds, waitBounds } from './backoff.ts';
import { checksumOf, sequenceChecksum, sha256 } from './checksum.ts';
import { bigEndianBytes, exactSum, exactValue, valuesOf } from './doubling.ts';
import { CHECKSUM_MISTAKES, diagnoseChecksum, diagnoseItems, ITEMS_MISTAKES } from './mistakes.ts';
import { itemAt, itemsOf } from './pcg32.ts';
import { expectedResumeKey, resumeKeyMessage } from './resume-key.ts';
import { StoreModel } from './store-model.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const words = (values: readonly number[]): string => values.map((v) => v.toString(16).padStart(8, '0')).join(' ');

describe('the oracle', () => {
  it("knows the generator's published demonstration", () => {
    expect(words(itemsOf(42n, 6))).to.equal('a15c02b7 7b47f409 ba1d3330 83d2f293 bfa4784b cbed606e');
  });

  it('knows the general form: seed 0 on stream 0', () => {
    expect(words(itemsOf(0n, 6, 0, 0n))).to.equal('e4c14788 379c6516 5c4ab3bb 601d23e0 1c382b8c d1faab16');
  });

  it('jumps to far indexes', () => {
    expect(words([6, 99, 999, 65_534].map((index) => itemAt(42n, index)))).to.equal(
      'bfc6a3ad 9b3227e5 0a47c376 6bd983e2',
    );
  });

  it('walks from where it jumped to', () => {
    expect(itemsOf(42n, 3, 4)).to.deep.equal(itemsOf(42n, 7).slice(4));
  });

  it('hashes as FIPS 180-4 shows', () => {
    expect(hex(sha256('abc'))).to.equal('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hex(checksumOf([]))).to.equal(hex(sha256('')));
    expect(hex(checksumOf([0x61626364]))).to.equal(hex(sha256('abcd')));
  });

  it("knows the specification's checksums", () => {
    expect(hex(sequenceChecksum(42n, 2))).to.equal('7bd62787ea338e93af200bb3d82bdf5bb6fe73b3babd28ba753835e367403c56');
    expect(hex(sequenceChecksum(42n, 1000))).to.equal(
      'e2172bf28c924e0bcb09f4c5a390ed25c988f5407c3aa807775c8f3e520c3bb0',
    );
  });

  it('doubles and sums exactly', () => {
    expect([...valuesOf(23, 2, 4)]).to.deep.equal([23n, 46n, 92n, 184n]);
    expect(exactSum(23, 2, 10)).to.equal(23_529n);
    expect(exactSum(1, 2, 54)).to.equal(18_014_398_509_481_983n);
    expect(exactValue(23, 2, 4)).to.equal(368n);
    expect([...bigEndianBytes(368n)]).to.deep.equal([1, 112]);
  });

  it("knows the specification's resume key", () => {
    const id = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
    expect(hex(resumeKeyMessage(id, 42n))).to.equal(
      '72657365712f3120726573756d652d6b6579006ba7b8109dad41d180b400c04fd430c8000000000000002a',
    );
    expect(hex(expectedResumeKey(id.toUpperCase(), 42n))).to.equal('3b5051690769775ee29de3eef00223dd');
  });

  it('bounds waits', () => {
    expect([0, 4, 5, 20].map(waitBounds)).to.deep.equal([
      { minMs: 125, maxMs: 250 },
      { minMs: 2000, maxMs: 4000 },
      { minMs: 2500, maxMs: 5000 },
      { minMs: 2500, maxMs: 5000 },
    ]);
    expect(retryAfterBounds(500)).to.deep.equal({ minMs: 500, maxMs: 625 });
    expect(retryAfterBounds(90_000)).to.deep.equal({ minMs: 60_000, maxMs: 75_000 });
  });
});

describe('the diagnosis tables of generation.md', () => {
  const ITEMS: Readonly<Record<string, string>> = {
    'no-seeding': '00000000 0c855c84 0bde36a5 49dd4da9',
    'seed-before-both-steps': '0bde36a5 49dd4da9 92dc7b03 044ceb1d',
    'increment-not-shifted': '7aee5d49 51e0c2a4 6e3273e3 3eac02bf',
    'increment-or-1': '74b386cc 4d63ba8d 917e1688 16c19121',
    'arguments-swapped': '3fd4c3ba c773318f 2c9cfe17 b2cddbad',
    'default-increment': 'c2f57bd6 6b07c4a9 72b7b29b 44215383',
    'new-state': '7b47f409 ba1d3330 83d2f293 bfa4784b',
    'rotated-left': '5700ade8 1fd025ed e874ccc2 383d2f29',
    'not-cut-to-32-bits': 'e15c02b7 7b47f409 ba1db330 83d2f2fb',
    'signed-shift': 'a15c02b7 7b47f409 ba1d3330 ffffffff',
    'state-in-double': 'a15c02b7 85225c0d 5bfcd758 bf6141dc',
  };
  const CHECKSUMS: Readonly<Record<string, string>> = {
    'little-endian': '07d80cd66a255ebccae3549b5bb430ac2ce8c4f8334e1e49e93edbabfb0875f4',
    'last-left-out': 'c7cd28835f28561e60a4bd9051c7ebbb1b247c01722ed9bd4df0502b2d0d2f0b',
    'decimal-texts': '795cb05ed65e61919a1f9d7ed8fb89d451ca1805246219f379606455900900a3',
    'decimal-texts-commas': '88aabc6ead4eb242852e6bfc2205d261b602650d4ce84de1f85541798fbae35d',
    'hexadecimal-texts': '0a1770f33f8fb2d40bb5045323282abbdfe7e8fbb3f2451e09f0eb05d3a67ebe',
    reversed: 'ee492c046ce30842acf90466ea016be9750de7f2795ca43cc6e9e58a84904002',
    'eight-bytes': 'a3b373af89f50840f9694dbeecefe0dc1218521ebf7d523a9c94eed9afc5aef4',
    'first-left-out': '77f67115c738bc124ad12be99990581f26ac8c758d07e6feb2e014b284189483',
  };
  const SEED = 0x0123_4567_89ab_cdefn;

  it('are covered, row by row', () => {
    expect(ITEMS_MISTAKES.map(({ id }) => id)).to.have.members(Object.keys(ITEMS));
    expect(CHECKSUM_MISTAKES.map(({ id }) => id)).to.have.members(Object.keys(CHECKSUMS));
  });

  for (const mistake of ITEMS_MISTAKES) {
    it(`names a generator with the mistake ${mistake.id}, for this seed and another`, () => {
      expect(words(mistake.output(42n, 4))).to.equal(ITEMS[mistake.id]);
      expect(diagnoseItems(42n, mistake.output(42n, 8))?.id).to.equal(mistake.id);
      expect(diagnoseItems(SEED, mistake.output(SEED, 8))?.id).to.equal(mistake.id);
    });
  }

  for (const mistake of CHECKSUM_MISTAKES) {
    it(`names a checksum with the mistake ${mistake.id}`, () => {
      expect(hex(mistake.output(itemsOf(42n, 2)))).to.equal(CHECKSUMS[mistake.id]);
      const values = itemsOf(SEED, 9);
      expect(diagnoseChecksum(values, mistake.output(values))?.id).to.equal(mistake.id);
    });
  }

  it('name nothing that is right, unknown or too short', () => {
    expect(diagnoseItems(42n, itemsOf(42n, 8))).to.equal(undefined);
    expect(diagnoseItems(42n, [1, 2, 3, 4])).to.equal(undefined);
    expect(diagnoseItems(42n, [0, 0x0c855c84, 0x0bde36a5])).to.equal(undefined);
    const values = itemsOf(42n, 8);
    expect(diagnoseChecksum(values, checksumOf(values))).to.equal(undefined);
    expect(diagnoseChecksum(values, new Uint8Array(32))).to.equal(undefined);
  });
});

describe('the model of a store', () => {
  const ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

  it('forgets a record at its deadline and not before', () => {
    const store = new StoreModel();
    store.start(ID, 5, 1n, 1, 100);
    store.nowMs = 99;
    expect(store.lookup(ID)).to.deep.equal({ n: 5, seed: 1n, attempt: 1, deadlineMs: 100 });
    store.nowMs = 100;
    expect(store.lookup(ID)).to.equal(undefined);
  });

  it('does not let a former life touch the next one', () => {
    const store = new StoreModel();
    store.start(ID, 5, 1n, 1, 100);
    store.finish(ID, 1n, 1);
    store.start(ID, 5, 2n, 1, 100);
    expect(store.renew(ID, 1n, 1, 1_000)).to.equal('missing');
    expect(store.finish(ID, 1n, 1)).to.equal('missing');
    expect(store.lookup(ID)?.deadlineMs).to.equal(100);
  });

  it('refuses an absent attempt when none is left', () => {
    const store = new StoreModel();
    store.start(ID, 5, 1n, 4_294_967_295, 100);
    expect(store.attach(ID, 1n, undefined, 100)).to.deep.equal({ result: 'stale' });
    expect(store.start(ID, 5, 1n, 0, 100)).to.deep.equal({ result: 'stale' });
  });
});
