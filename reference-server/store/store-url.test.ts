import { expect } from 'chai';
import { parseStoreUrl, withoutPassword } from './store-url.ts';

const PLAIN = {
  kind: 'redis',
  nodes: [{ host: 'store', port: 6_380 }],
  isCluster: false,
  isTls: false,
  username: undefined,
  password: undefined,
  database: undefined,
  keyPrefix: '',
};

function complaint(text: string): string {
  try {
    parseStoreUrl(text);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'none';
}

describe('--store', () => {
  it('takes the memory of the process, a server, a cluster', () => {
    expect(parseStoreUrl('memory')).to.deep.equal({ kind: 'memory' });
    expect(parseStoreUrl('redis://store:6380')).to.deep.equal(PLAIN);
    expect(parseStoreUrl('rediss://store:6380')).to.deep.equal({ ...PLAIN, isTls: true });
    expect(parseStoreUrl('redis+cluster://a:7000,[::1]:7001')).to.deep.equal({
      ...PLAIN,
      isCluster: true,
      nodes: [
        { host: 'a', port: 7_000 },
        { host: '::1', port: 7_001 },
      ],
    });
    expect(parseStoreUrl('rediss+cluster://a:7000')).to.include({ isCluster: true, isTls: true });
  });

  it('uses the port of Redis where none is given', () => {
    const nodesOf = (text: string) => (parseStoreUrl(text) as typeof PLAIN).nodes;
    expect(nodesOf('redis://store')).to.deep.equal([{ host: 'store', port: 6_379 }]);
    expect(nodesOf('redis://[::1]/3')).to.deep.equal([{ host: '::1', port: 6_379 }]);
  });

  it('takes user, password, database and prefix', () => {
    expect(parseStoreUrl('redis://blue:s%40fe%3A@store:6380/3?prefix=x%3A')).to.deep.equal({
      ...PLAIN,
      username: 'blue',
      password: 's@fe:',
      database: 3,
      keyPrefix: 'x:',
    });
    expect(parseStoreUrl('redis://:safe@store:6380')).to.deep.equal({ ...PLAIN, password: 'safe' });
    expect(parseStoreUrl('redis://blue@store:6380')).to.deep.equal({ ...PLAIN, username: 'blue' });
  });

  it('says what is wrong', () => {
    expect(complaint('disk')).to.match(/^store: expected memory, redis\[s\]:.*got "disk"$/);
    expect(complaint('http://store:6380')).to.match(/^store: expected memory/);
    expect(complaint('redis://')).to.match(/^store: expected memory/);
    expect(complaint('redis://store:0')).to.equal('port: expected 1..65535, got "0"');
    expect(complaint('redis://store:')).to.match(/^address: expected HOST:PORT/);
    expect(complaint('redis://a:1,b:2')).to.match(/^store: expected one server/);
    expect(complaint('redis://store/one')).to.equal('store: database: expected 0..65535, got "one"');
    expect(complaint('redis+cluster://a:1,b:2/1')).to.match(/^store: expected no database/);
    expect(complaint('redis://store?ttl=1')).to.equal('store: expected prefix= and no other parameter, got "ttl"');
  });

  it('never shows a password', () => {
    for (const text of [
      'redis://blue:secret@a:1,b:2',
      'redis://blue:sec/ret@a:1',
      'redis://blue:sec?ret@a:1',
      'redis://blue:sec#ret@a:1',
      'redis:/blue:secret@a:1',
      'blue:secret@a:1',
      'redis://blue:secret%zz@a:1',
      'redis://blue:se@cret@a:1',
      'redis+cluster://blue:secret@a:1/7',
    ]) {
      expect(complaint(text))
        .to.match(/^store: expected /)
        .and.not.match(/se@?c/);
    }
    expect(withoutPassword('redis://blue:secret@store:6379/2')).to.equal('redis://***@store:6379/2');
    expect(withoutPassword('redis://store:6379')).to.equal('redis://store:6379');
  });
});
