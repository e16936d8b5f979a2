import { expect } from 'chai';
import { decodeConfirm, decodeOpen, encodeFinal, encodeItem, encodeOpened, type WireOpened } from './wire.ts';

/** The annotated transcript of bindings/grpc.md, without the five bytes of each frame's prefix. */
const START =
  '0801120d636f6e6669726d2d66696e616c2a2a0a2436626137623831302d396461642d343164312d383062342d30306330346664343330633810031801';
const RESUME =
  '0801120d636f6e6669726d2d66696e616c323c0a2436626137623831302d396461642d343164312d383062342d30306330346664343330633810011a103b5051690769775ee29de3eef00223dd2002';
const CONFIRM =
  '0a2436626137623831302d396461642d343164312d383062342d30306330346664343330633812103b5051690769775ee29de3eef00223dd1802';

const ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const KEY = '3b5051690769775ee29de3eef00223dd';

const OPENED: WireOpened = {
  profile: 'stateful',
  protocolVersion: 1,
  intervalMs: 1_000,
  nextIndex: 0,
  extensions: ['confirm-final'],
  a: 0,
  ratio: 0,
  n: 3,
  retentionMs: 30_000,
  resumeKey: Buffer.from(KEY, 'hex'),
  attempt: 1,
};

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

describe('messages of the peer', () => {
  it('reads the requests of the transcript', () => {
    expect(decodeOpen(bytes(START))).to.deep.equal({
      protocolVersion: 1,
      extensions: ['confirm-final'],
      kind: 'stateful-start',
      clientId: ID,
      n: 3,
      attempt: 1,
    });
    expect(decodeOpen(bytes(RESUME))).to.deep.include({
      kind: 'stateful-resume',
      nextIndex: 1,
      resumeKey: KEY,
      attempt: 2,
    });
    expect(decodeOpen(bytes('0801220608171004 1802'.replaceAll(' ', '')))).to.deep.include({
      kind: 'stateless-resume',
      a: 23,
      nextIndex: 4,
      ratio: 2,
    });
    expect(decodeConfirm(bytes(CONFIRM))).to.deep.equal({ clientId: ID, resumeKey: KEY, attempt: 2 });
  });

  it('writes the responses of the transcript', () => {
    const opened = `0a30080110e807220d636f6e6669726d2d66696e616c321a080310b0ea011a10${KEY}2001`;
    // The inner length counts what follows it.
    expect(encodeOpened(OPENED).toString('hex').slice(4)).to.equal(opened.slice(4));
    expect(encodeItem(0, 0xa15c02b7).toString('hex')).to.equal('120515b7025ca1');
    expect(encodeItem(4, Buffer.of(0x01, 0x70)).toString('hex')).to.equal('120608041a020170');
    const checksum = bytes('b821d630fd1e1f76d4d630e2b470b78791ccd1075823e250afdf8954642191d3');
    expect(encodeFinal(2, 0xba1d3330, checksum).toString('hex')).to.equal(
      `1a2908021530331dba1a20${checksum.toString('hex')}`,
    );
  });

  it('tells an absent attempt from one that is 0 and bytes that are no message', () => {
    const startWithout = bytes('08012a0410031800');
    expect(decodeOpen(startWithout)?.attempt).to.equal(0);
    expect(decodeOpen(bytes('08012a021003'))?.attempt).to.equal(undefined);
    expect(decodeOpen(bytes('0a05'))).to.equal(undefined);
    expect(decodeOpen(bytes('0801'))?.kind).to.equal(undefined);
  });
});
