import { expect } from 'chai';
import { Command } from 'commander';
import fc from 'fast-check';
import { durationText, parseDuration, parseHostPort, parseIntIn, UsageError } from './cli.ts';
import { MAX_DURATION_MS } from './limits.ts';

describe('command line words', () => {
  it('turns durations into milliseconds', () => {
    expect(['0ms', '500ms', '1s', '1.5s', '2m', '0.25m'].map(parseDuration)).to.deep.equal([
      0, 500, 1_000, 1_500, 120_000, 15_000,
    ]);
  });

  it('refuses durations without a unit, with a sign, or beyond a timer', () => {
    for (const text of ['1000', '', 's', '-1s', '+1s', '1 s', '1h', '1S', '1e3ms', '.5s', '99999999m']) {
      expect(() => parseDuration(text), text).to.throw(UsageError, /^duration: expected a number with its unit/);
    }
  });

  it('writes durations as they are typed', () => {
    expect([0, 50, 1_000, 1_500, 30_000].map(durationText)).to.deep.equal(['0ms', '50ms', '1s', '1.5s', '30s']);
    fc.assert(fc.property(fc.nat({ max: MAX_DURATION_MS }), (ms) => parseDuration(durationText(ms)) === ms));
  });

  it('reads integers inside their range only', () => {
    const parseCount = parseIntIn('count', 1, 65_535);
    expect([parseCount('1'), parseCount('65535')]).to.deep.equal([1, 65_535]);
    expect(() => parseCount('0')).to.throw(UsageError, 'count: expected 1..65535, got "0"');
    for (const text of ['65536', '-1', '1.5', '01', '1e3', '0x10', ' 1', '', '1_000', '99999999999999999999']) {
      expect(() => parseCount(text), text).to.throw(UsageError, /^count: expected 1\.\.65535, got "/);
    }
  });

  it('reads back every integer of a range', () => {
    const parse = parseIntIn('value', 0, Number.MAX_SAFE_INTEGER);
    fc.assert(fc.property(fc.maxSafeNat(), (value) => parse(String(value)) === value));
  });

  it('splits addresses, IPv6 in brackets', () => {
    expect(parseHostPort('localhost:9000')).to.deep.equal({ host: 'localhost', port: 9_000 });
    expect(parseHostPort('127.0.0.1:1')).to.deep.equal({ host: '127.0.0.1', port: 1 });
    expect(parseHostPort('[::1]:65535')).to.deep.equal({ host: '::1', port: 65_535 });
  });

  it('refuses addresses without host or port', () => {
    for (const text of [':9000', 'localhost', 'localhost:', '::1:9000', '[]:9000', 'http://a:1', 'a b:1', '']) {
      expect(() => parseHostPort(text), text).to.throw(UsageError, /^address: expected HOST:PORT/);
    }
    expect(() => parseHostPort('localhost:0')).to.throw(UsageError, 'port: expected 1..65535, got "0"');
    expect(() => parseHostPort('localhost:65536')).to.throw(UsageError, 'port: expected 1..65535, got "65536"');
  });

  it('makes commander print one line for a refused word', () => {
    const lines: string[] = [];
    const program = new Command()
      .exitOverride()
      .configureOutput({ writeErr: (text) => lines.push(text) })
      .option('--count <n>', 'items', parseIntIn('count', 1, 65_535));
    expect(() => program.parse(['--count', '0'], { from: 'user' })).to.throw();
    expect(lines).to.deep.equal([
      `error: option '--count <n>' argument '0' is invalid. count: expected 1..65535, got "0"\n`,
    ]);
  });
});
