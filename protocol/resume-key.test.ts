import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { resumeKeyOf, sameBytes } from './resume-key.ts';
import { clientIds, seeds } from './testing/arbitraries.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('resumeKeyOf', () => {
  it("gives the key of the specification's example", () => {
    expect(hex(resumeKeyOf('6ba7b810-9dad-41d1-80b4-00c04fd430c8', 42n))).to.equal('3b5051690769775ee29de3eef00223dd');
  });

  it('hashes label, zero byte, id and seed as hex text would spell them', () => {
    fc.assert(
      fc.property(clientIds, seeds, (clientId, seed) => {
        const label = '72657365712f3120726573756d652d6b657900';
        const message = label + clientId.replaceAll('-', '') + seed.toString(16).padStart(16, '0');
        const digest = createHash('sha256').update(Buffer.from(message, 'hex')).digest('hex');
        expect(hex(resumeKeyOf(clientId, seed))).to.equal(digest.slice(0, 32));
      }),
    );
  });
});

describe('sameBytes', () => {
  it('compares contents', () => {
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).to.equal(true);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).to.equal(false);
  });

  it('takes other lengths for different', () => {
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).to.equal(false);
    expect(sameBytes(Uint8Array.of(), Uint8Array.of())).to.equal(true);
  });
});
