import { expect } from 'chai';
import { addressKey, addressOf, peerName } from './peer-address.ts';

describe('the key of an address', () => {
  for (const [address, key] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ] as const) {
    it(`of ${address} is ${key}`, () => {
      expect(addressKey(address, false)).to.equal(key);
    });
  }

  it('is none for loopback unless that is counted', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      expect(addressKey(address, false), address).to.equal(undefined);
      expect(addressKey(address, true), address).to.be.a('string');
    }
    expect(addressKey(undefined, true)).to.equal(undefined);
  });

  it('comes out of the name of a connection', () => {
    expect(addressOf(peerName('2001:db8::9', 5_000))).to.equal('2001:db8::9');
    expect(addressOf(peerName('192.0.2.7', 5_000))).to.equal('192.0.2.7');
  });
});
