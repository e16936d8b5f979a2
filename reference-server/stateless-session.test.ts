import { expect } from 'chai';
import type { Ratio } from '../protocol/messages.ts';
import { seededRandom } from '../protocol/testing/seeded-random.ts';
import { StatelessSession } from './stateless-session.ts';
import { Rig, settings } from './testing/rig.ts';

const start = (changes = {}): Rig =>
  new Rig(new StatelessSession(settings(changes), { kind: 'stateless-start', ratio: 2 })).open();

const resume = (a: number, ratio: Ratio, nextIndex: number): Rig =>
  new Rig(new StatelessSession(settings(), { kind: 'stateless-resume', a, ratio, nextIndex })).open();

describe('stateless session', () => {
  it('sends OPENED and the first item at once', () => {
    const rig = start();
    expect(rig.sent.map(({ atMs, message }) => [atMs, message.kind])).to.deep.equal([
      [0, 'opened'],
      [0, 'item'],
    ]);
    expect(rig.opened).to.include({ protocolVersion: 1, intervalMs: 1_000, nextIndex: 0 });
  });

  it('doubles the value that OPENED tells', () => {
    const rig = start().advance(5_500);
    const sequence = rig.opened?.sequence;
    const a = sequence?.profile === 'stateless' ? BigInt(sequence.a) : 0n;
    expect(rig.items.map(({ value }) => value)).to.deep.equal([1n, 2n, 4n, 8n, 16n, 32n].map((power) => a * power));
  });

  it('draws the first value from the whole of 1..255 and nothing else', () => {
    const drawn = new Set<number>();
    const random = seededRandom(7);
    for (let round = 0; round < 5_000; round++) {
      const sequence = start({ random }).opened?.sequence;
      if (sequence?.profile === 'stateless') drawn.add(sequence.a);
    }
    expect(drawn.size).to.equal(255);
    expect(Math.min(...drawn)).to.equal(1);
    expect(Math.max(...drawn)).to.equal(255);
  });

  it('draws again instead of taking a zero byte', () => {
    const bytes = [0, 0, 200];
    const random = { uniform: () => 0, bytes: () => Uint8Array.of(bytes.shift() ?? 0) };
    expect(start({ random }).opened?.sequence).to.deep.equal({ profile: 'stateless', a: 200, ratio: 2 });
  });

  it('goes on from any index, exactly', () => {
    const rig = resume(23, 2, 4);
    expect(rig.opened?.nextIndex).to.equal(4);
    expect(rig.items).to.deep.equal([{ kind: 'item', index: 4, value: 368n }]);
    // 255 * 2^54 is beyond what a double holds exactly; 3^40 as well.
    expect(resume(255, 2, 54).items[0]?.value).to.equal(4593671619917905920n);
    expect(resume(1, 3, 40).items[0]?.value).to.equal(12157665459056928801n);
  });

  it('ends without error right after index 65534', () => {
    const rig = resume(1, 2, 65_533).advance(2_000);
    expect(rig.items.map(({ index }) => index)).to.deep.equal([65_533, 65_534]);
    expect(rig.items[1]?.value).to.equal(1n << 65_534n);
    expect(rig.end).to.equal('ok');
    expect(rig.clock.pending).to.equal(0);
  });

  it('grants no extension', () => {
    expect(start().opened?.extensions).to.deep.equal([]);
  });

  it('stops when its connection is gone', () => {
    const rig = start().tell({ kind: 'dropped' }).advance(10_000);
    expect(rig.items).to.have.length(1);
    expect(rig.session.state).to.equal('closed');
  });

  it('ends with UNAVAILABLE and a retry hint when the server shuts down', () => {
    const rig = start().tell({ kind: 'drain' });
    expect(rig.end).to.equal('UNAVAILABLE');
    expect(rig.closed?.error?.retryAfterMs).to.equal(500);
  });

  it('sends nothing more to a peer that does not read, and gives it up after the time set', () => {
    const rig = start();
    rig.flushes = false;
    rig.advance(29_000);
    expect(rig.items).to.have.length(2);
    rig.advance(5_000);
    expect(rig.end).to.equal('UNAVAILABLE');
  });

  it('asks nothing of the store', () => {
    expect(start().advance(5_000).operations).to.deep.equal([]);
  });
});
