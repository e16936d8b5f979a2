import { expect } from 'chai';
import { ReseqError, refusal } from '../protocol/errors.ts';
import type { ClientEffect } from './events.ts';
import {
  CHECKSUM_42_6,
  CLIENT_ID,
  DROPPED,
  Drive,
  NUMBERS_42,
  openedFor,
  RESUME_KEY,
  STATEFUL_6,
} from './testing/drive.ts';

const STATELESS_3 = { profile: 'stateless', count: 3, ratio: 2 } as const;

function started(...args: ConstructorParameters<typeof Drive>): Drive {
  const drive = new Drive(...args);
  drive.send({ kind: 'started' });
  return drive;
}

function streaming(...args: ConstructorParameters<typeof Drive>): Drive {
  const drive = started(...args);
  drive.open();
  return drive;
}

function kinds(effects: readonly ClientEffect[]): string[] {
  return effects.map((effect) => effect.kind);
}

/** Drops, waits, dials and opens again. */
function reconnect(drive: Drive): void {
  drive.end();
  drive.ring();
  drive.open();
}

describe('client session', () => {
  describe('a run without trouble', () => {
    it('completes a stateful sequence when the checksum is right', () => {
      const drive = streaming(STATEFUL_6);
      for (let index = 0; index < 5; index += 1) drive.item(index);
      drive.final(5, CHECKSUM_42_6);
      expect(drive.outcome).to.deep.equal({ result: 'complete', error: undefined });
      expect(drive.delivered).to.deep.equal([...NUMBERS_42]);
      expect(drive.live).to.equal(undefined);
      expect(drive.alarmAtMs).to.equal(undefined);
    });

    it('completes a stateless sequence after n items and hangs up', () => {
      const drive = streaming(STATELESS_3);
      [23n, 46n, 92n].forEach((value, index) => {
        drive.item(index, value);
      });
      expect(drive.outcome?.result).to.equal('complete');
      expect(drive.delivered).to.deep.equal([23n, 46n, 92n]);
      expect(drive.live).to.equal(undefined);
    });

    it('puts the attempt on record before it dials', () => {
      const effects = new Drive(STATEFUL_6).send({ kind: 'started' });
      expect(kinds(effects)).to.deep.equal(['persist', 'notify', 'dial', 'alarm']);
      expect(effects[0]).to.deep.equal({ kind: 'persist', record: { kind: 'attempt', attempt: 1 } });
    });

    it('puts an item on record before it hands it out', () => {
      expect(kinds(streaming(STATEFUL_6).item(0))).to.deep.equal(['persist', 'deliver', 'notify', 'alarm']);
    });

    it('ignores whatever comes after the end', () => {
      const drive = streaming({ ...STATELESS_3, count: 1 });
      drive.item(0, 23n);
      expect(drive.item(1, 46n)).to.deep.equal([]);
      expect(drive.end(refusal('INTERNAL', 'late'))).to.deep.equal([]);
      expect(drive.send({ kind: 'interrupted' })).to.deep.equal([]);
    });
  });

  describe('start and resume', () => {
    it('starts again, with the next attempt, until an opened has come', () => {
      const drive = started(STATEFUL_6);
      drive.end();
      drive.ring();
      expect(drive.dials.map((dial) => dial.open.request)).to.deep.equal([
        { kind: 'stateful-start', clientId: CLIENT_ID, n: 6, attempt: 1 },
        { kind: 'stateful-start', clientId: CLIENT_ID, n: 6, attempt: 2 },
      ]);
    });

    it('resumes at the first undelivered item once an opened has come', () => {
      const drive = streaming(STATEFUL_6);
      drive.end();
      drive.ring();
      drive.open();
      drive.item(0);
      drive.item(1);
      drive.end();
      drive.ring();
      expect(drive.dials.slice(1).map((dial) => dial.open.request)).to.deep.equal([
        { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex: 0, resumeKey: RESUME_KEY, attempt: 2 },
        { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex: 2, resumeKey: RESUME_KEY, attempt: 3 },
      ]);
    });

    it('resumes a stateless sequence by a, ratio and count', () => {
      const drive = streaming(STATELESS_3);
      drive.item(0, 23n);
      drive.end();
      drive.ring();
      expect(drive.dial.open.request).to.deep.equal({ kind: 'stateless-resume', a: 23, ratio: 2, nextIndex: 1 });
    });

    it('goes on where a journal ends, with a higher attempt', () => {
      const before = streaming(STATEFUL_6);
      before.item(0);
      const after = started(STATEFUL_6, { snapshot: before.journal });
      expect(after.dial.open.request).to.deep.equal({
        kind: 'stateful-resume',
        clientId: CLIENT_ID,
        nextIndex: 1,
        resumeKey: RESUME_KEY,
        attempt: 2,
      });
    });
  });

  describe('what it refuses to accept', () => {
    it('drops a lower index without effect but counts it as a sign of life', () => {
      const drive = streaming(STATEFUL_6);
      drive.item(0);
      drive.now = 4_000;
      expect(drive.item(0, 1)).to.deep.equal([{ kind: 'alarm', atMs: 9_000 }]);
    });

    const faults: readonly [string, (drive: Drive) => void, string][] = [
      ['a gap', (drive) => drive.item(1), 'item.index: expected 0, got 1 (a gap)'],
      ['an early final', (drive) => drive.final(5, CHECKSUM_42_6), 'final.index: expected 0, got 5 (a gap)'],
      ['a final with the wrong index', (drive) => drive.final(0, CHECKSUM_42_6), 'final.index: expected 5, got 0'],
      ['a second opened', (drive) => drive.open(), 'message: expected an item or final, got a second opened'],
      [
        'a value of the other profile',
        (drive) => drive.item(0, 7n),
        'item.value: expected a 32-bit number, got an integer in bytes',
      ],
      [
        'a message that cannot be decoded',
        (drive) => drive.send({ kind: 'malformed', error: refusal('PROTOCOL_ERROR', 'item: rubbish') }),
        'item: rubbish',
      ],
    ];
    for (const [name, commit, detail] of faults) {
      it(`redials after ${name}`, () => {
        const drive = streaming(STATEFUL_6);
        commit(drive);
        expect(drive.session.state).to.equal('waiting');
        expect(drive.live).to.equal(undefined);
        expect(drive.delivered).to.deep.equal([]);
        const notice = drive.log.findLast((effect) => effect.kind === 'notify');
        expect(notice).to.have.nested.property('notice.error.detail', detail);
      });
    }

    it('redials after an item with the index of the final', () => {
      const drive = streaming({ ...STATEFUL_6, count: 1 });
      drive.item(0);
      expect(drive.session.state).to.equal('waiting');
      expect(drive.delivered).to.deep.equal([]);
    });

    it('redials after an item before opened', () => {
      const drive = started(STATEFUL_6);
      drive.item(0);
      expect(drive.session.state).to.equal('waiting');
      expect(drive.delivered).to.deep.equal([]);
    });

    it('ends in mismatch at the fifth fault in a row without a new item', () => {
      const drive = streaming(STATEFUL_6);
      for (let fault = 1; fault < 5; fault += 1) {
        drive.item(3);
        drive.ring();
        drive.open();
      }
      expect(drive.outcome).to.equal(undefined);
      drive.item(3);
      expect(drive.outcome).to.have.property('result', 'mismatch');
      expect(drive.outcome).to.have.nested.property('error.registryName', 'PROTOCOL_ERROR');
    });

    it('forgets faults when a new item comes', () => {
      const drive = streaming(STATEFUL_6);
      for (let round = 0; round < 4; round += 1) {
        drive.item(5);
        drive.ring();
        drive.open();
      }
      drive.item(0);
      drive.item(5);
      expect(drive.session.state).to.equal('waiting');
    });

    const contradictions: readonly [string, Parameters<Drive['open']>[0]][] = [
      ['next_index', { nextIndex: 1 }],
      ['protocol_version', { protocolVersion: 2 }],
      ['profile', { sequence: { profile: 'stateless', a: 1, ratio: 2 } }],
      ['n', { sequence: { profile: 'stateful', n: 7, retentionMs: 1, resumeKey: RESUME_KEY, attempt: 1 } }],
      [
        'resume_key',
        { sequence: { profile: 'stateful', n: 6, retentionMs: 1, resumeKey: new Uint8Array(16), attempt: 1 } },
      ],
    ];
    for (const [field, over] of contradictions) {
      it(`ends in mismatch when opened contradicts ${field}`, () => {
        const drive = streaming(STATEFUL_6);
        drive.end();
        drive.ring();
        drive.open(over);
        expect(drive.outcome).to.have.property('result', 'mismatch');
        expect(drive.outcome)
          .to.have.nested.property('error.detail')
          .that.includes(`opened.${field}`.replace('opened.profile', 'profile'));
      });
    }

    for (const sequence of [
      { profile: 'stateless', a: 24, ratio: 2 },
      { profile: 'stateless', a: 23, ratio: 3 },
    ] as const) {
      it(`ends in mismatch when a resumed stateless sequence has a ${sequence.a}, ratio ${sequence.ratio}`, () => {
        const drive = streaming(STATELESS_3);
        drive.end();
        drive.ring();
        drive.open({ sequence });
        expect(drive.outcome).to.have.property('result', 'mismatch');
      });
    }

    it('ends in mismatch when a stateless value is not a * ratio^index', () => {
      const drive = streaming(STATELESS_3);
      drive.item(0, 23n);
      drive.item(1, 47n);
      expect(drive.outcome).to.have.nested.property('error.detail', 'item.value at index 1: expected 46, got 47');
      expect(drive.delivered).to.deep.equal([23n]);
    });

    it('ends in mismatch, without reconnecting, when the checksum of final is not its own', () => {
      const drive = streaming(STATEFUL_6);
      for (let index = 0; index < 5; index += 1) drive.item(index);
      drive.final(5, '00'.repeat(32));
      expect(drive.outcome).to.have.property('result', 'mismatch');
      expect(drive.dials).to.have.length(1);
    });

    it('ends in mismatch when the prefix checksum is not its own', () => {
      const drive = streaming(STATEFUL_6, { extensions: ['prefix-checksum'] });
      drive.item(0);
      drive.end();
      drive.ring();
      const { sequence } = openedFor(drive.dial.open);
      if (sequence.profile !== 'stateful') throw new Error('a stateful run');
      drive.open({ sequence: { ...sequence, prefixChecksum: { count: 1, sha256: new Uint8Array(32) } } });
      expect(drive.outcome).to.have.nested.property('error.detail').that.includes('prefix_checksum.sha256');
    });
  });

  describe('endings told by the server', () => {
    it('is incomplete when the session is gone after an opened', () => {
      const drive = streaming(STATEFUL_6);
      drive.end(refusal('SESSION_NOT_FOUND', 'no such session'));
      expect(drive.outcome?.result).to.equal('incomplete');
    });

    it('is rejected when a session is not found before any opened', () => {
      const drive = started(STATEFUL_6);
      drive.end(refusal('SESSION_NOT_FOUND', 'no such session'));
      expect(drive.outcome?.result).to.equal('rejected');
    });

    for (const code of [100, 101, 103, 104, 105, 106, 107, 199, 300]) {
      it(`is rejected by the terminal code ${code}`, () => {
        const drive = streaming(STATEFUL_6);
        drive.end(new ReseqError(code, 'no'));
        expect(drive.outcome?.result).to.equal('rejected');
        expect(drive.dials).to.have.length(1);
      });
    }

    for (const code of [200, 201, 202, 299]) {
      it(`reconnects after the retryable code ${code}`, () => {
        const drive = streaming(STATEFUL_6);
        drive.end(new ReseqError(code, 'later'));
        drive.ring();
        expect(drive.dials).to.have.length(2);
      });
    }
  });

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

  it('repeats the ending of a run that has ended', () => {
    const before = streaming(STATEFUL_6);
    before.end(refusal('SESSION_TAKEN_OVER', 'by another'));
    const after = started(STATEFUL_6, { snapshot: before.journal });
    expect(after.outcome).to.have.property('result', 'rejected');
    expect(after.outcome).to.have.nested.property('error.code', 105);
    expect(after.dials).to.deep.equal([]);
  });
});
