import { expect } from 'chai';
import { cutTo, duration, plainWords } from './words.ts';

describe('words of the client', () => {
  it('write durations as people do', () => {
    expect([400, 45_000, 200_000, 65_535_000].map(duration)).to.deep.equal([
      '0 s',
      '45 s',
      '3 min 20 s',
      '18 h 12 min',
    ]);
  });

  it('say of an error what a person needs', () => {
    const told: readonly [string, string][] = [
      ['no answer within 5000 ms of dialling', 'no answer within 5 s'],
      ['no message for 7500 ms', 'no message for 7.5 s'],
      ['no message for 180000 ms', 'no message for 3 min 0 s'],
      ['later by 430 ms', 'later by 430 ms'],
      [
        'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
        'connect ECONNREFUSED 127.0.0.1:1',
      ],
      ['Last error: Failed to connect (2026-11-20T16:35:37.895Z).', 'Last error: Failed to connect.'],
      ['gRPC UNAVAILABLE: read ECONNRESET', 'read ECONNRESET'],
      ['gRPC INTERNAL: broken', 'gRPC INTERNAL: broken'],
      ['two\n  lines', 'two lines'],
    ];
    for (const [text, plain] of told) expect(plainWords(text)).to.equal(plain);
  });

  it('show where a text was cut', () => {
    expect(cutTo(9, 'no answer')).to.equal('no answer');
    expect(cutTo(8, 'no answer')).to.equal('no answ…');
    expect(cutTo(4, 'no answer')).to.equal('no…');
    expect(cutTo(0, 'no answer')).to.equal('');
  });
});
