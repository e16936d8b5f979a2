/** Faults in one direction under a clock that moves only when told. */
import { expect } from 'chai';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import type { Direction } from './fault.ts';
import { parseFault } from './grammar.ts';
import { type End, Lane } from './lane.ts';
import { drawsOf } from './random.ts';
import { Rule } from './rule.ts';

class Rig {
  readonly clock = new FakeClock(1_000);
  readonly lane: Lane;
  /** What has passed, with the milliseconds since the beginning. */
  readonly seen: [number, string][] = [];
  readonly changes: [number, boolean][] = [];
  isFlowing = true;
  wantsMore = true;

  constructor(faults: readonly string[], { bufferBytes = 100, direction = 'down' as Direction } = {}) {
    this.lane = new Lane({
      direction,
      clock: this.clock,
      bufferBytes,
      write: (bytes) => {
        this.seen.push([this.clock.now() - 1_000, Buffer.from(bytes).toString()]);
        return this.wantsMore;
      },
      end: (end: End) => this.seen.push([this.clock.now() - 1_000, `<${end}>`]),
      flow: (isOpen) => {
        this.isFlowing = isOpen;
      },
      strike: ({ what }) => {
        this.seen.push([this.clock.now() - 1_000, `<${what}>`]);
        this.lane.stop();
      },
    });
    for (const [k, text] of faults.entries()) this.add(text, k);
  }

  add(text: string, k = 0): void {
    const fault = parseFault(text);
    const now = this.clock.now();
    this.lane.add(
      new Rule({
        fault,
        direction: 'down',
        bornMs: now,
        originMs: now,
        atMs: fault.at.min,
        forMs: fault.for?.min,
        draw: drawsOf(7, `rule ${k}`),
        changed: (isOn) => this.changes.push([this.clock.now() - 1_000, isOn]),
      }),
    );
  }

  push(text: string): this {
    this.lane.push(Buffer.from(text));
    return this;
  }
}

describe('a lane', () => {
  it('passes everything at once when nothing hurts it', () => {
    const rig = new Rig([]).push('abc').push('de');
    rig.lane.pushEnd('fin');
    expect(rig.seen).to.deep.equal([
      [0, 'abc'],
      [0, 'de'],
      [0, '<fin>'],
    ]);
    expect(rig.lane.passed.bytes).to.equal(5);
    expect(rig.clock.pending).to.equal(0);
  });

  it('pauses the source while the sink is full', () => {
    const rig = new Rig([]);
    rig.wantsMore = false;
    rig.push('a');
    expect(rig.isFlowing).to.equal(true);
    rig.push('b');
    expect(rig.isFlowing).to.equal(false);
    rig.wantsMore = true;
    rig.lane.drained();
    expect(rig.seen.map(([, text]) => text)).to.deep.equal(['a', 'b']);
    expect(rig.isFlowing).to.equal(true);
  });

  it('pauses the source when as many bytes wait as may', () => {
    const rig = new Rig(['timeout=0,for=1s'], { bufferBytes: 4 }).push('abc');
    expect(rig.isFlowing).to.equal(true);
    rig.push('d');
    expect(rig.isFlowing).to.equal(false);
    rig.clock.advance(1_000);
    expect(rig.isFlowing).to.equal(true);
    expect(rig.lane.waiting).to.equal(0);
  });

  it('lets a reset overtake what waits', () => {
    const rig = new Rig([]);
    rig.wantsMore = false;
    rig.push('a').push('never');
    rig.lane.pushEnd('rst');
    expect(rig.seen).to.deep.equal([
      [0, 'a'],
      [0, '<rst>'],
    ]);
  });

  it('is held and let go by hand', () => {
    const rig = new Rig([]);
    rig.lane.isHeld = true;
    rig.push('a');
    rig.lane.pushEnd('fin');
    expect(rig.seen).to.deep.equal([]);
    expect(rig.lane.isShut).to.equal(true);
    rig.lane.isHeld = false;
    expect(rig.seen).to.deep.equal([
      [0, 'a'],
      [0, '<fin>'],
    ]);
  });
});

describe('a fault in a lane', () => {
  it('latency: bytes and the end arrive later, in order', () => {
    const rig = new Rig(['latency=200ms']).push('a');
    rig.clock.advance(50);
    rig.push('b');
    rig.lane.pushEnd('fin');
    rig.clock.advance(1_000);
    expect(rig.seen).to.deep.equal([
      [200, 'a'],
      [250, 'b'],
      [250, '<fin>'],
    ]);
  });

  it('latency with jitter: within its bounds, never out of order', () => {
    const rig = new Rig(['latency=100ms,jitter=50ms'], { bufferBytes: 1_000 });
    for (let k = 0; k < 50; k++) rig.push(String.fromCharCode(65 + k));
    rig.clock.advance(500);
    const times = rig.seen.map(([ms]) => ms);
    expect(rig.seen.map(([, text]) => text).join('')).to.equal(
      Array.from({ length: 50 }, (_, k) => String.fromCharCode(65 + k)).join(''),
    );
    expect(Math.min(...times)).to.be.within(50, 150);
    expect(Math.max(...times)).to.be.within(100, 150);
    expect(new Set(times).size).to.be.greaterThan(1);
  });

  it('bandwidth: as many bytes in a second as it says', () => {
    const rig = new Rig(['bandwidth=1KBps'], { bufferBytes: 10_000 }).push('x'.repeat(3_000));
    rig.clock.advance(1_000);
    expect(rig.lane.passed.bytes).to.be.within(980, 1_040);
    rig.clock.advance(1_000);
    expect(rig.lane.passed.bytes).to.be.within(1_960, 2_040);
  });

  it('bandwidth: an idle time is not saved up', () => {
    const rig = new Rig(['bandwidth=1KBps'], { bufferBytes: 10_000 });
    rig.clock.advance(5_000);
    rig.push('x'.repeat(3_000));
    rig.clock.advance(100);
    expect(rig.lane.passed.bytes).to.be.within(80, 160);
  });

  it('slicer: pieces of its sizes with its pause between them', () => {
    const rig = new Rig(['slicer=2..4B,delay=10ms']).push('abcdefghijklmnopqrst');
    rig.clock.advance(500);
    expect(rig.seen.map(([, text]) => text).join('')).to.equal('abcdefghijklmnopqrst');
    for (const [k, [ms, text]] of rig.seen.entries()) {
      expect(ms).to.equal(10 * k);
      if (k < rig.seen.length - 1) expect(text.length).to.be.within(2, 4);
    }
  });

  it('limit_data: the connection ends exactly behind so many bytes', () => {
    const rig = new Rig(['limit_data=5B']).push('abc').push('defg');
    expect(rig.seen).to.deep.equal([
      [0, 'abc'],
      [0, 'de'],
      [0, '<close>'],
    ]);
  });

  it('reset_peer: after its time, though nothing passes', () => {
    const rig = new Rig(['reset_peer=2s']).push('a');
    rig.clock.advance(5_000);
    expect(rig.seen).to.deep.equal([
      [0, 'a'],
      [2_000, '<reset>'],
    ]);
  });

  it('timeout: nothing passes until its window ends, and nothing is lost', () => {
    const rig = new Rig(['timeout=0,at=1s,for=3s']).push('a');
    rig.clock.advance(1_500);
    expect(rig.lane.isShut).to.equal(true);
    rig.push('b');
    rig.lane.pushEnd('fin');
    rig.clock.advance(5_000);
    expect(rig.seen).to.deep.equal([
      [0, 'a'],
      [4_000, 'b'],
      [4_000, '<fin>'],
    ]);
    expect(rig.changes).to.deep.equal([
      [1_000, true],
      [4_000, false],
    ]);
  });

  it('timeout with a time: the connection ends then', () => {
    const rig = new Rig(['timeout=5s']).push('a');
    rig.clock.advance(10_000);
    expect(rig.seen).to.deep.equal([[5_000, '<close>']]);
  });

  it('slow_close: bytes pass, the end is told later', () => {
    const rig = new Rig(['slow_close=1s']).push('a');
    rig.lane.pushEnd('fin');
    rig.clock.advance(5_000);
    expect(rig.seen).to.deep.equal([
      [0, 'a'],
      [1_000, '<fin>'],
    ]);
  });

  it('begins at an offset of bytes, exactly', () => {
    const rig = new Rig(['timeout=0,after=3B,for=1s']).push('ab').push('cdef');
    rig.clock.advance(2_000);
    expect(rig.seen).to.deep.equal([
      [0, 'ab'],
      [0, 'c'],
      [1_000, 'def'],
    ]);
  });

  it('begins at an offset of messages, behind the last byte of that message', () => {
    const settings = '000000040000000000';
    const item = `00000700000000000100000000026161`;
    const rig = new Rig(['reset_peer,after=2messages']);
    const bytes = Buffer.from(settings + item.repeat(3), 'hex');
    rig.lane.push(bytes);
    expect(rig.lane.passed).to.deep.equal({ bytes: 9 + 16 * 2, messages: 2 });
    expect(rig.seen.at(-1)).to.deep.equal([0, '<reset>']);
  });

  it('comes again every so often', () => {
    const rig = new Rig(['timeout=0,at=100ms,for=100ms,every=1s']);
    for (const ms of [150, 900, 100]) {
      rig.clock.advance(ms);
      rig.push(String(ms));
    }
    rig.clock.advance(1_000);
    expect(rig.seen).to.deep.equal([
      [200, '150'],
      [1_050, '900'],
      [1_200, '100'],
    ]);
  });

  it('adds up with others', () => {
    const rig = new Rig(['latency=100ms', 'latency=50ms', 'slicer=1B,delay=10ms']).push('abc');
    rig.clock.advance(1_000);
    expect(rig.seen).to.deep.equal([
      [150, 'a'],
      [160, 'b'],
      [170, 'c'],
    ]);
  });
});

describe('a moment that comes again', () => {
  it('spares connections that begin after it', () => {
    const clock = new FakeClock(0);
    const strikes: number[] = [];
    const fault = parseFault('reset_peer,at=1s,every=10s,per=proxy');
    clock.advanceTo(4_000);
    const lane: Lane = new Lane({
      direction: 'up',
      clock,
      bufferBytes: 10,
      write: () => true,
      end: () => undefined,
      flow: () => undefined,
      strike: () => {
        strikes.push(clock.now());
        lane.stop();
      },
    });
    const timing = { bornMs: 4_000, originMs: 0, atMs: 1_000, forMs: undefined };
    lane.add(new Rule({ fault, direction: 'up', ...timing, draw: () => 0, changed: () => undefined }));
    clock.advanceTo(30_000);
    expect(strikes).to.deep.equal([11_000]);
  });
});
