import { expect } from 'chai';
import { refusal } from '../protocol/errors.ts';
import {
  CHECKSUM_42_6,
  CLIENT_ID,
  DROPPED,
  type Drive,
  kinds,
  RESUME_KEY,
  STATEFUL_6,
  started,
  streaming,
} from './testing/drive.ts';

/** Drops, waits, dials and opens again. */
function reconnect(drive: Drive): void {
  drive.end();
  drive.ring();
  drive.open();
}

describe('client session in time', () => {
  describe('time', () => {
    it('redials 5 s after a dial that nothing answers', () => {
      const drive = started(STATEFUL_6);
      expect(drive.alarmAtMs).to.equal(5_000);
      drive.ring();
      expect(drive.session.state).to.equal('waiting');
    });

    it('takes three intervals of silence, and at least 5 s, for the end of a connection', () => {
      const drive = started(STATEFUL_6);
      drive.now = 100;
      drive.open({ intervalMs: 1_000 });
      expect(drive.alarmAtMs).to.equal(5_100);
      const slow = started(STATEFUL_6);
      slow.open({ intervalMs: 4_000 });
      expect(slow.alarmAtMs).to.equal(12_000);
      slow.ring();
      expect(slow.session.state).to.equal('waiting');
    });

    it('doubles the back-off up to 5 s and starts anew only after a new item', () => {
      const drive = streaming(STATEFUL_6);
      const gaps: number[] = [];
      for (let round = 0; round < 7; round += 1) {
        const from = drive.now;
        reconnect(drive);
        gaps.push(drive.now - from);
      }
      expect(gaps).to.deep.equal([187.5, 375, 750, 1_500, 3_000, 3_750, 3_750]);
      drive.item(0);
      const from = drive.now;
      reconnect(drive);
      expect(drive.now - from).to.equal(187.5);
    });

    it('waits as long as the server asks instead, and counts it as a retry', () => {
      const drive = streaming(STATEFUL_6);
      drive.end(refusal('OVERLOADED', 'full', { origin: 'remote', retryAfterMs: 2_000 }));
      drive.ring();
      expect(drive.now).to.equal(2_250);
      drive.end();
      drive.ring();
      expect(drive.now).to.equal(2_250 + 375);
    });

    it('takes at most a minute of what the server asks', () => {
      const drive = streaming(STATEFUL_6);
      drive.end(refusal('OVERLOADED', 'full', { origin: 'remote', retryAfterMs: 3_600_000 }));
      expect(drive.alarmAtMs).to.equal(67_500);
    });

    it('does not spin when the server asks for 0 ms', () => {
      const drive = streaming(STATEFUL_6);
      drive.end(refusal('OVERLOADED', 'full', { origin: 'remote', retryAfterMs: 0 }));
      expect(drive.alarmAtMs).to.equal(187.5);
    });

    it('waits no less than its own shortest wait when the server asks for 1 ms', () => {
      const drive = streaming(STATEFUL_6);
      drive.end(refusal('OVERLOADED', 'full', { origin: 'remote', retryAfterMs: 1 }));
      // 125 ms and half of a quarter.
      expect(drive.alarmAtMs).to.equal(140.625);
    });

    it('is unreachable after the given number of dials when none was ever opened', () => {
      const drive = started(STATEFUL_6, { connectAttempts: 5 });
      for (let dial = 1; dial < 5; dial += 1) {
        drive.end();
        drive.ring();
      }
      expect(drive.outcome).to.equal(undefined);
      drive.end();
      expect(drive.outcome).to.deep.equal({ result: 'unreachable', error: DROPPED });
      expect(drive.dials).to.have.length(5);
    });

    it('is unreachable when the next dial lies beyond the patience', () => {
      const drive = streaming(STATEFUL_6, { giveUpMs: 10_000 });
      for (drive.end(); drive.outcome === undefined; drive.end()) {
        drive.ring();
        drive.open();
      }
      expect(drive.outcome).to.have.property('result', 'unreachable');
      expect(drive.now).to.be.within(7_000, 11_000);
    });

    it('tries once more after an outage of its own, however long', () => {
      const drive = streaming(STATEFUL_6, { giveUpMs: 10_000 });
      drive.now = 3_600_000;
      drive.end();
      drive.ring();
      expect(drive.dials).to.have.length(2);
    });

    it('is patient for four intervals of a slow server behind the one that was due, unless told otherwise', () => {
      const outcomeAt = (nowMs: number): string | undefined => {
        const drive = started(STATEFUL_6, { giveUpMs: undefined });
        drive.open({ intervalMs: 100_000 });
        drive.item(0);
        drive.end();
        drive.ring();
        drive.open({ intervalMs: 100_000 });
        drive.now = nowMs;
        drive.end();
        return drive.outcome?.result;
      };
      expect(outcomeAt(499_000)).to.equal(undefined);
      expect(outcomeAt(500_000)).to.equal('unreachable');
    });

    it('does not give up while a slow server is on time', () => {
      const drive = started(STATEFUL_6, { giveUpMs: 60_000 });
      drive.open({ intervalMs: 600_000 });
      drive.item(0);
      drive.now = 590_000;
      drive.end();
      drive.ring();
      drive.open({ intervalMs: 600_000 });
      drive.end();
      expect(drive.outcome).to.equal(undefined);
    });
  });

  describe('confirm-final', () => {
    const EXTENSIONS = ['confirm-final'];

    function finished(granted: readonly string[]): Drive {
      const drive = started(STATEFUL_6, { extensions: EXTENSIONS });
      drive.open({ extensions: granted });
      for (let index = 0; index < 5; index += 1) drive.item(index);
      drive.final(5, CHECKSUM_42_6);
      return drive;
    }

    it('confirms with key and attempt of the connection that delivered final', () => {
      const drive = finished(EXTENSIONS);
      const confirm = drive.log.find((effect) => effect.kind === 'confirm');
      expect(confirm).to.deep.equal({
        kind: 'confirm',
        connection: 1,
        confirm: { clientId: CLIENT_ID, resumeKey: RESUME_KEY, attempt: 1 },
      });
      expect(drive.live).to.equal(1);
      drive.send({ kind: 'confirmed', error: undefined });
      expect(drive.outcome?.result).to.equal('complete');
      expect(drive.live).to.equal(undefined);
    });

    it('confirms nothing when it was not granted', () => {
      const drive = finished([]);
      expect(kinds(drive.log)).not.to.include('confirm');
      expect(drive.outcome?.result).to.equal('complete');
    });

    it('confirms nothing that is wrong', () => {
      const drive = started(STATEFUL_6, { extensions: EXTENSIONS });
      drive.open({ extensions: EXTENSIONS });
      for (let index = 0; index < 5; index += 1) drive.item(index);
      drive.final(5, '00'.repeat(32));
      expect(kinds(drive.log)).not.to.include('confirm');
    });

    it('takes a session that is gone for confirmed', () => {
      const drive = finished(EXTENSIONS);
      drive.send({ kind: 'confirmed', error: refusal('SESSION_NOT_FOUND', 'gone') });
      expect(drive.outcome).to.deep.equal({ result: 'complete', error: undefined });
    });

    it('repeats an unanswered confirm on new connections for 5 s and completes all the same', () => {
      const drive = finished(EXTENSIONS);
      while (drive.outcome === undefined) drive.ring();
      expect(drive.outcome).to.deep.equal({ result: 'complete', error: undefined });
      expect(drive.now).to.be.within(3_000, 5_000);
      const connections = drive.log.flatMap((effect) => (effect.kind === 'confirm' ? [effect.connection] : []));
      expect(connections).to.deep.equal([1, 2, 3]);
    });

    it('completes when it is interrupted while confirming', () => {
      const drive = finished(EXTENSIONS);
      drive.send({ kind: 'interrupted' });
      expect(drive.outcome?.result).to.equal('complete');
    });

    it('confirms after a restart what was verified before it', () => {
      const before = finished(EXTENSIONS);
      const after = started(STATEFUL_6, { snapshot: before.journal, extensions: EXTENSIONS });
      expect(after.dials).to.deep.equal([]);
      expect(kinds(after.log)).to.include('confirm');
    });
  });

  describe('a reader that falls behind', () => {
    it('pauses the connection and lets silence pass until the reader has caught up', () => {
      const drive = streaming(STATEFUL_6);
      expect(drive.send({ kind: 'full' })).to.deep.equal([{ kind: 'pause' }, { kind: 'alarm', atMs: undefined }]);
      drive.now = 60_000;
      expect(drive.send({ kind: 'drained' })).to.deep.equal([{ kind: 'resume' }, { kind: 'alarm', atMs: 65_000 }]);
    });

    it('pauses a new connection behind its opened', () => {
      const drive = streaming(STATEFUL_6);
      drive.send({ kind: 'full' });
      drive.end();
      drive.ring();
      expect(kinds(drive.open())).to.include('pause');
    });
  });

  describe('interruption', () => {
    for (const [state, reach] of [
      ['connecting', () => started(STATEFUL_6)],
      ['streaming', () => streaming(STATEFUL_6)],
      [
        'waiting',
        () => {
          const drive = streaming(STATEFUL_6);
          drive.end();
          return drive;
        },
      ],
    ] as const) {
      it(`hangs up and leaves the run resumable while ${state}`, () => {
        const drive = reach();
        drive.send({ kind: 'interrupted' });
        expect(drive.outcome).to.deep.equal({ result: 'interrupted', error: undefined });
        expect(drive.live).to.equal(undefined);
        expect(drive.journal.ended).to.equal(undefined);
      });
    }
  });
});
