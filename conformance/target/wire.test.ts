import { expect } from 'chai';
import { DESCRIPTION } from '../testing/trace-builder.ts';
import { decodeResponse, encodeRequest } from './wire.ts';

// Bytes of the annotated transcript in spec/bindings/grpc.md, without the five bytes in front.
const CLIENT_ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const RESUME_KEY = '3b5051690769775ee29de3eef00223dd';
const ID_HEX = '0a2436626137623831302d396461642d343164312d383062342d303063303466643433306338';

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

describe('requests as bytes', () => {
  it('are those of the transcript', () => {
    const extensions = ['confirm-final'];
    expect(
      encodeRequest({ kind: 'stateful-start', clientId: CLIENT_ID, n: 3, attempt: 1, extensions }).toString('hex'),
    ).to.equal(`0801120d636f6e6669726d2d66696e616c2a2a${ID_HEX}10031801`);
    expect(
      encodeRequest({
        kind: 'stateful-resume',
        clientId: CLIENT_ID,
        nextIndex: 1,
        resumeKey: RESUME_KEY,
        attempt: 2,
        extensions,
      }).toString('hex'),
    ).to.equal(`0801120d636f6e6669726d2d66696e616c323c${ID_HEX}10011a10${RESUME_KEY}2002`);
    expect(
      encodeRequest({ kind: 'confirm', clientId: CLIENT_ID, resumeKey: RESUME_KEY, attempt: 2 }).toString('hex'),
    ).to.equal(`${ID_HEX}1210${RESUME_KEY}1802`);
    expect(encodeRequest({ kind: 'stateless-start' }).toString('hex')).to.equal('08011a00');
    expect(encodeRequest({ kind: 'stateless-resume', a: 23, nextIndex: 4, ratio: 2 }).toString('hex')).to.equal(
      '08012206081710041802',
    );
    expect(encodeRequest({ kind: 'stateful-start', clientId: CLIENT_ID, n: 0, attempt: 1 }).toString('hex')).to.equal(
      `08012a28${ID_HEX}1801`,
    );
  });

  it('can be wrong on purpose', () => {
    expect(encodeRequest({ kind: 'none' }).toString('hex')).to.equal('0801');
    expect(encodeRequest({ kind: 'none', protocolVersion: 0 }).length).to.equal(0);
    expect(encodeRequest({ kind: 'malformed', detail: 'ff' }).toString('hex')).to.equal('ff');
  });
});

describe('responses as views', () => {
  it('are those of the transcript', () => {
    expect(
      decodeResponse(
        'Open',
        bytes(
          `0a34 0801 10e807 1801 220d636f6e6669726d2d66696e616c 321c 0803 10b0ea01 1a10${RESUME_KEY} 2002`
            .replace('0a34', '0a32')
            .replace('321c', '321a'),
        ),
      ),
    ).to.deep.equal({
      kind: 'opened',
      protocolVersion: 1,
      intervalMs: 1_000,
      nextIndex: 1,
      extensions: ['confirm-final'],
      sequence: { profile: 'stateful', n: 3, retentionMs: 30_000, resumeKey: RESUME_KEY, attempt: 2 },
    });
    expect(decodeResponse('Open', bytes('1207 0801 15 09f4477b'))).to.deep.equal({
      kind: 'item',
      index: 1,
      type: 'number',
      value: '2068313097',
    });
    expect(
      decodeResponse(
        'Open',
        bytes('1a29 0802 1530331dba 1a20b821d630fd1e1f76d4d630e2b470b78791ccd1075823e250afdf8954642191d3'),
      ),
    ).to.deep.equal({
      kind: 'final',
      index: 2,
      value: String(0xba1d3330),
      checksum: 'b821d630fd1e1f76d4d630e2b470b78791ccd1075823e250afdf8954642191d3',
    });
    expect(decodeResponse('Open', bytes('1206 0804 1a020170'))).to.deep.equal({
      kind: 'item',
      index: 4,
      type: 'integer',
      value: '368',
      bytes: '0170',
    });
    expect(decodeResponse('Confirm', bytes(''))).to.deep.equal({ kind: 'confirmed' });
  });

  it('keep leading zeros of an integer', () => {
    expect(decodeResponse('Open', bytes('1204 1a020017'))).to.deep.include({ value: '23', bytes: '0017' });
  });

  it('are malformed when they are no message, or none of the three', () => {
    for (const hex of ['ff', '', '0a00 1200', '3a00']) {
      expect(decodeResponse('Open', bytes(hex)).kind, hex).to.equal('malformed');
    }
  });

  it('read packed and unpacked versions of a description', () => {
    for (const hex of ['0a05312e302e30 1201 01 1a00', '0a05312e302e30 1001 1a00']) {
      expect(decodeResponse('Describe', bytes(hex))).to.deep.include({
        kind: 'description',
        specVersion: '1.0.0',
        protocolVersions: [1],
      });
    }
    expect(Object.keys(decodeResponse('Describe', bytes(''))).sort()).to.deep.equal(Object.keys(DESCRIPTION).sort());
  });
});
