import { expect } from 'chai';
import { clientIdBytes, parseClientId } from './client-id.ts';

const ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

describe('parseClientId', () => {
  for (const text of [ID, ID.toUpperCase(), '6BA7b810-9dad-41D1-80b4-00C04fd430c8']) {
    it(`gives lower case for ${text}`, () => {
      expect(parseClientId(text)).to.deep.equal({ ok: true, value: ID });
    });
  }

  for (const text of ['ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000001']) {
    it(`takes ${text}, whatever its version and variant`, () => {
      expect(parseClientId(text)).to.deep.equal({ ok: true, value: text });
    });
  }

  for (const text of [
    '',
    '00000000-0000-0000-0000-000000000000',
    `{${ID}}`,
    `urn:uuid:${ID}`,
    `"${ID}"`,
    ` ${ID}`,
    `${ID}\n`,
    ID.replaceAll('-', ''),
    ID.slice(1),
    ID.replace('6', 'g'),
    '6ba7b81-09dad-41d1-80b4-00c04fd430c8',
    '\u212aba7b810-9dad-41d1-80b4-00c04fd430c8',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const result = parseClientId(text);
      expect(result.ok).to.equal(false);
      if (result.ok) return;
      expect(result.error.registryName).to.equal('INVALID_REQUEST');
      expect(result.error.detail).to.match(/^client_id: expected .*UUID.*, got "/);
    });
  }
});

describe('clientIdBytes', () => {
  it('gives the digits from left to right', () => {
    expect(Buffer.from(clientIdBytes(ID)).toString('hex')).to.equal('6ba7b8109dad41d180b400c04fd430c8');
  });

  it('refuses what parseClientId would not give', () => {
    expect(() => clientIdBytes('6ba7b810')).to.throw(RangeError, 'expected UUID text');
  });
});
