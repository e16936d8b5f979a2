import { expect } from 'chai';
import { CLIENT_ID, SEED } from './testing/rig.ts';
import { DEMO, DEMO_CHECKSUM, hex, RESUME_KEY, resume, script, start } from './testing/stateful-rig.ts';

describe('stateful session', () => {
  describe('START', () => {
    it('does not believe an answer that lay unread while its process was stopped, and detaches', () => {
      const rig = start({ script: () => undefined });
      const result = { kind: 'created', n: 6, seed: SEED, attempt: 1 } as const;
      const effects = rig.session.handle({ kind: 'started', atMs: 0, result }, 1_001);
      expect(effects.map(({ kind }) => kind)).to.deep.equal(['close', 'store']);
      expect(rig.session.state).to.equal('closed');
    });

    it('sends OPENED and the first item at once, then one item each interval', () => {
      const rig = start().advance(4_500);
      expect(rig.sent[0]?.message.kind).to.equal('opened');
      const [first, second, third] = rig.itemTimes;
      expect(first).to.equal(0);
      expect(second).to.be.within(1_000, 1_100);
      expect((third ?? 0) - (second ?? 0)).to.equal(1_000);
    });

    it('sends the numbers of the published demo, the last one with the checksum', () => {
      const rig = start().advance(10_000);
      expect(rig.items.map(({ index, value }) => [index, value])).to.deep.equal(
        DEMO.slice(0, 5).map((value, index) => [index, value]),
      );
      expect(rig.final).to.include({ kind: 'final', index: 5, value: DEMO[5] });
      expect(hex(rig.final?.checksum)).to.equal(DEMO_CHECKSUM);
      expect(rig.end).to.equal('ok');
    });

    it('tells n, retention, attempt and the resume key', () => {
      const { sequence, ...opened } = start({ attempt: 7 }).opened ?? { sequence: undefined };
      expect(opened).to.deep.equal({
        kind: 'opened',
        protocolVersion: 1,
        intervalMs: 1_000,
        nextIndex: 0,
        extensions: [],
      });
      if (sequence?.profile !== 'stateful') throw new Error('expected the stateful profile');
      expect(sequence).to.include({ n: 6, retentionMs: 30_000, attempt: 7, prefixChecksum: undefined });
      expect(hex(sequence.resumeKey)).to.equal(RESUME_KEY);
    });

    it('asks the store for the retention plus one interval', () => {
      expect(start({ attempt: 7 }).operations[0]).to.deep.equal({
        kind: 'start',
        atMs: 0,
        clientId: CLIENT_ID,
        n: 6,
        seed: SEED,
        attempt: 7,
        ttlMs: 31_000,
      });
    });

    it('announces that it holds the session before it sends anything', () => {
      const rig = start();
      expect(rig.log.slice(0, 3)).to.deep.equal(['start', 'hold', 'send']);
      expect(rig.holdings).to.deep.equal([{ clientId: CLIENT_ID, seed: SEED, attempt: 1 }]);
    });

    it('attaches to an existing session with the seed of that session', () => {
      const existing = script({
        start: ({ atMs }) => ({ kind: 'started', atMs, result: { kind: 'attached', n: 6, seed: 43n, attempt: 9 } }),
      });
      const rig = start({ attempt: undefined, script: existing });
      expect(rig.items[0]?.value).not.to.equal(DEMO[0]);
      expect(rig.holdings).to.deep.equal([{ clientId: CLIENT_ID, seed: 43n, attempt: 9 }]);
    });

    for (const [result, error] of [
      [{ kind: 'conflict', n: 20 }, 'SESSION_CONFLICT'],
      [{ kind: 'stale', attempt: 5 }, 'STALE_ATTEMPT'],
      [{ kind: 'full' }, 'OVERLOADED'],
    ] as const) {
      it(`is refused with ${error} when the store says ${result.kind}, and touches nothing`, () => {
        const rig = start({ script: script({ start: ({ atMs }) => ({ kind: 'started', atMs, result }) }) });
        expect(rig.end).to.equal(error);
        expect(rig.log).to.deep.equal(['start', 'close']);
      });
    }

    it('names field, expected and got in its refusals', () => {
      const conflict = script({
        start: ({ atMs }) => ({ kind: 'started', atMs, result: { kind: 'conflict', n: 20 } }),
      });
      expect(start({ script: conflict }).closed?.error?.detail).to.match(/^n: expected 20 .*, got 6$/);
      const stale = script({ start: ({ atMs }) => ({ kind: 'started', atMs, result: { kind: 'stale', attempt: 5 } }) });
      expect(start({ attempt: 4, script: stale }).closed?.error?.detail).to.equal(
        'attempt: expected more than 5, got 4',
      );
    });

    it('serves a sequence of one number with FINAL alone', () => {
      const rig = start({ n: 1 });
      expect(rig.sent.map(({ message }) => message.kind)).to.deep.equal(['opened', 'final']);
      expect(hex(rig.final?.checksum)).to.equal('c7cd28835f28561e60a4bd9051c7ebbb1b247c01722ed9bd4df0502b2d0d2f0b');
    });
  });

  describe('RESUME', () => {
    it('goes on at next_index without a gap in the numbers', () => {
      const rig = resume({ nextIndex: 3 }).advance(5_000);
      expect(rig.opened?.nextIndex).to.equal(3);
      expect(rig.items.map(({ index, value }) => [index, value])).to.deep.equal([
        [3, DEMO[3]],
        [4, DEMO[4]],
      ]);
      expect(hex(rig.final?.checksum)).to.equal(DEMO_CHECKSUM);
    });

    it('attaches under the seed that it has found', () => {
      const [lookup, attach] = resume({ attempt: 8 }).operations;
      expect(lookup).to.deep.equal({ kind: 'lookup', atMs: 0, clientId: CLIENT_ID });
      expect(attach).to.deep.equal({
        kind: 'attach',
        atMs: 0,
        clientId: CLIENT_ID,
        seed: SEED,
        attempt: 8,
        ttlMs: 31_000,
      });
    });

    it('refuses an unknown session and a wrong key with the same text', () => {
      const unknown = resume({
        script: script({ lookup: ({ atMs }) => ({ kind: 'found', atMs, record: undefined }) }),
      });
      const wrong = resume({ resumeKey: '3b5051690769775ee29de3eef00223de' });
      expect([unknown.end, wrong.end]).to.deep.equal(['SESSION_NOT_FOUND', 'SESSION_NOT_FOUND']);
      expect(wrong.closed?.error?.detail).to.equal(unknown.closed?.error?.detail);
      expect(wrong.log).to.deep.equal(['lookup', 'close']);
    });

    it('refuses next_index beyond the sequence before the attempt is judged', () => {
      const rig = resume({ nextIndex: 6 });
      expect(rig.end).to.equal('OFFSET_OUT_OF_RANGE');
      expect(rig.closed?.error?.detail).to.equal('next_index: expected 0..5, got 6');
      expect(rig.log).to.deep.equal(['lookup', 'close']);
    });

    it('reports a session that vanished or was made anew after it was looked up', () => {
      const gone = script({ attach: ({ atMs }) => ({ kind: 'attached', atMs, result: { kind: 'missing' } }) });
      expect(resume({ script: gone }).end).to.equal('SESSION_NOT_FOUND');
    });

    it('refuses a stale attempt', () => {
      const stale = script({
        attach: ({ atMs }) => ({ kind: 'attached', atMs, result: { kind: 'stale', attempt: 9 } }),
      });
      expect(resume({ script: stale }).end).to.equal('STALE_ATTEMPT');
    });

    it('carries the checksum of the accepted items when prefix-checksum is asked for', () => {
      const sequence = resume({ nextIndex: 2, extensions: ['prefix-checksum'] }).opened?.sequence;
      if (sequence?.profile !== 'stateful') throw new Error('expected the stateful profile');
      expect(sequence.prefixChecksum?.count).to.equal(2);
      expect(hex(sequence.prefixChecksum?.sha256)).to.equal(
        '7bd62787ea338e93af200bb3d82bdf5bb6fe73b3babd28ba753835e367403c56',
      );
    });

    it('carries the checksum of nothing at next_index 0', () => {
      const sequence = resume({ nextIndex: 0, extensions: ['prefix-checksum'] }).opened?.sequence;
      if (sequence?.profile !== 'stateful') throw new Error('expected the stateful profile');
      expect(sequence.prefixChecksum?.count).to.equal(0);
      expect(hex(sequence.prefixChecksum?.sha256)).to.equal(
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      );
    });
  });

  describe('extensions', () => {
    it('grants what it knows and was asked for, and ignores the rest', () => {
      const asked = ['example.com.thing', 'confirm-final', 'prefix-checksum'];
      expect(start({ extensions: asked }).opened?.extensions).to.deep.equal(['confirm-final', 'prefix-checksum']);
      expect(start({ extensions: [] }).opened?.extensions).to.deep.equal([]);
    });

    it('does not grant what is switched off', () => {
      const rig = resume({ extensions: ['confirm-final', 'prefix-checksum'], changes: { extensions: [] } });
      expect(rig.opened?.extensions).to.deep.equal([]);
      expect(rig.opened?.sequence).to.include({ prefixChecksum: undefined });
    });

    it('sends no prefix checksum on a START', () => {
      expect(start({ extensions: ['prefix-checksum'] }).opened?.sequence).to.include({ prefixChecksum: undefined });
    });
  });
});
