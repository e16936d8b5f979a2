import { expect } from 'chai';
import { FAULT_KINDS } from './faults/index.ts';
import { parseFault, parseRandomFaults } from './grammar.ts';

describe('grammar of faults', () => {
  it('reads name, amounts, direction, schedule, offset and chance', () => {
    const fault = parseFault('down:latency=200ms,jitter=50ms,at=5s,for=1s..3s,every=10s,chance=30%');
    expect(fault.kind.name).to.equal('latency');
    expect(fault).to.deep.include({
      directions: ['down'],
      amounts: { value: { min: 200, max: 200 }, jitter: { min: 50, max: 50 } },
      at: { min: 5_000, max: 5_000 },
      for: { min: 1_000, max: 3_000 },
      everyMs: 10_000,
      chance: 0.3,
      per: 'connection',
    });
  });

  it('reads offsets in bytes and in messages', () => {
    expect(parseFault('timeout=0,after=1234B').after).to.deep.equal({ unit: 'bytes', amount: 1_234 });
    expect(parseFault('timeout=0,after=3messages').after).to.deep.equal({ unit: 'messages', amount: 3 });
    expect(parseFault('timeout, after=1 message').after).to.deep.equal({ unit: 'messages', amount: 1 });
  });

  it('means both directions and each connection unless told otherwise', () => {
    expect(parseFault('reset_peer')).to.deep.include({ directions: ['up', 'down'], per: 'connection', chance: 1 });
    expect(parseFault('both:slicer=5B').directions).to.deep.equal(['up', 'down']);
    expect(parseFault('bandwidth=1KBps,per=proxy').per).to.equal('proxy');
    expect(parseFault('refuse').per).to.equal('proxy');
  });

  const wrong: readonly [string, RegExp][] = [
    ['', /--fault: expected \[up:\|down:\]NAME=VALUE with one of latency, .*refuse, got ""/],
    ['lag=5s', /NAME=VALUE with one of .*got "lag=5s"/],
    ['sideways:latency=5s', /got "sideways:latency=5s"/],
    ['latency', /--fault latency: expected a duration such as .*got "latency"/],
    ['latency=5', /--fault latency: expected a duration such as .*got "latency=5"/],
    ['latency=5s,jitter=fast', /expected a duration .*got "jitter=fast"/],
    ['latency=5s,delay=1s', /KEY=VALUE with one of jitter, at, for, every, after, chance, per, got "delay=1s"/],
    ['latency=5s,at', /KEY=VALUE .*got "at"/],
    ['latency=5s,value=6s', /KEY=VALUE .*got "value=6s"/],
    ['latency=5s,at=1s,at=2s', /expected at once/],
    ['latency=5s,at=soon', /expected a duration .*got "at=soon"/],
    ['latency=5s,every=10s', /expected for=DURATION beside every/],
    ['latency=5s,every=0,for=1s', /every with one duration above 0/],
    ['limit_data=4', /expected a size .*got "limit_data=4"/],
    ['timeout=0,after=3', /after=1234B or after=3messages, got "after=3"/],
    ['timeout=0,after=3messages,per=proxy', /after with per=connection/],
    ['timeout=0,per=host', /per=connection or per=proxy/],
    ['timeout=0,chance=2', /chance=0%\.\.100%, got "chance=2"/],
    ['timeout=0,chance=101%', /chance=0%\.\.100%/],
    ['refuse=1s', /--fault refuse: expected no value/],
    ['up:refuse', /no direction/],
    ['refuse,after=1B', /no after/],
    ['refuse,per=connection', /per=proxy, since/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses "${text}" with a message that says what was expected`, () => {
      expect(() => parseFault(text))
        .to.throw(message)
        .with.property('name', 'UsageError');
    });
  }

  it('gives a bare name in a random list amounts of its own', () => {
    const faults = parseRandomFaults('reset_peer | timeout|down:latency|bandwidth=5KBps,for=1s');
    expect(faults.map(({ kind }) => kind.name)).to.deep.equal(['reset_peer', 'timeout', 'latency', 'bandwidth']);
    expect(faults.map(({ directions }) => directions.length)).to.deep.equal([2, 2, 1, 2]);
    expect(faults[1]?.for).to.deep.equal({ min: 500, max: 3_000 });
    for (const kind of FAULT_KINDS) expect(parseRandomFaults(kind.name)[0]?.kind).to.equal(kind);
  });

  it('refuses a schedule in a random list', () => {
    for (const text of ['latency=5ms,at=1s', 'latency=5ms,every=5s,for=1s', 'timeout=0,after=5B', 'nothing', '']) {
      expect(() => parseRandomFaults(text), text).to.throw(/--random/);
    }
  });
});
