import { expect } from 'chai';
import { ReseqError, refusal } from '../protocol/errors.ts';
import {
  CHECKSUM_42_6,
  CLIENT_ID,
  Drive,
  kinds,
  NUMBERS_42,
  openedFor,
  RESUME_KEY,
  STATEFUL_6,
  started,
  streaming,
} from './testing/drive.ts';

const STATELESS_3 = { profile: 'stateless', count: 3, ratio: 2 } as const;

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

    it('keeps the resume key of the first opened, and has it on record once', () => {
      const drive = streaming(STATEFUL_6);
      drive.end();
      drive.ring();
      drive.open();
      const records = drive.log.flatMap((effect) => (effect.kind === 'persist' ? [effect.record.kind] : []));
      expect(records).to.deep.equal(['attempt', 'opened', 'attempt']);
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

    it('drops an old item that has no value, and an old final, for what is old is never a fault', () => {
      const drive = streaming(STATEFUL_6);
      drive.item(0);
      drive.now = 1_000;
      const error = refusal('PROTOCOL_ERROR', 'value: expected one of number, integer, got nothing');
      expect(drive.send({ kind: 'malformed', error, index: 0 })).to.deep.equal([{ kind: 'alarm', atMs: 6_000 }]);
      expect(drive.final(0, '00'.repeat(32))).to.deep.equal([{ kind: 'alarm', atMs: 6_000 }]);
      drive.send({ kind: 'malformed', error, index: 1 });
      expect(drive.session.state).to.equal('waiting');
    });

    it('drops an old final of a stateless sequence, and redials after a new one', () => {
      const drive = streaming(STATELESS_3);
      drive.item(0, 23n);
      expect(drive.final(0, CHECKSUM_42_6)).to.deep.equal([{ kind: 'alarm', atMs: 5_000 }]);
      drive.final(1, CHECKSUM_42_6);
      expect(drive.session.state).to.equal('waiting');
      const notice = drive.log.findLast((effect) => effect.kind === 'notify');
      expect(notice).to.have.nested.property('notice.error.detail').that.includes('stateless sequences have no final');
    });

    it('drops an old item before opened, without taking it for an answer', () => {
      const drive = streaming(STATEFUL_6);
      drive.item(0);
      drive.end();
      drive.ring();
      expect(drive.item(0)).to.deep.equal([]);
      expect(drive.send({ kind: 'malformed', error: refusal('PROTOCOL_ERROR', 'value'), index: 0 })).to.deep.equal([]);
      drive.item(1);
      expect(drive.session.state).to.equal('waiting');
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

    it('ignores a prefix checksum that it has not asked for', () => {
      const drive = streaming(STATEFUL_6, { extensions: ['confirm-final'] });
      drive.item(0);
      drive.end();
      drive.ring();
      const { sequence } = openedFor(drive.dial.open);
      if (sequence.profile !== 'stateful') throw new Error('a stateful run');
      drive.open({ sequence: { ...sequence, prefixChecksum: { count: 5, sha256: new Uint8Array(3) } } });
      expect(drive.session.state).to.equal('streaming');
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

  it('repeats the ending of a run that has ended', () => {
    const before = streaming(STATEFUL_6);
    before.end(refusal('SESSION_TAKEN_OVER', 'by another'));
    const after = started(STATEFUL_6, { snapshot: before.journal });
    expect(after.outcome).to.have.property('result', 'rejected');
    expect(after.outcome).to.have.nested.property('error.code', 105);
    expect(after.dials).to.deep.equal([]);
  });
});
