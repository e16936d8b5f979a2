import { expect } from 'chai';
import fc from 'fast-check';
import type { SessionEvent, StoreOperation } from './session.ts';
import type { Outcome } from './store/store.ts';
import { ALARM, CLIENT_ID, type Rig, SEED, willing } from './testing/rig.ts';
import { failing, renewing, resume, script, silent, start } from './testing/stateful-rig.ts';

describe('stateful session that is served', () => {
  describe('the end', () => {
    it('renews, sends FINAL, ends without error and only then discards the session', () => {
      const rig = start({ n: 2 }).advance(2_000);
      expect(rig.log.slice(-4)).to.deep.equal(['renew', 'send', 'close', 'finish']);
      expect(rig.operations.at(-1)).to.include({ kind: 'finish', seed: SEED, attempt: 1 });
    });

    it('keeps the session for the retention instead when confirm-final is granted', () => {
      const rig = start({ n: 2, extensions: ['confirm-final'] }).advance(2_000);
      expect(rig.log.slice(-4)).to.deep.equal(['renew', 'send', 'close', 'renew']);
      expect(rig.operations.at(-1)).to.include({ kind: 'renew', ttlMs: 30_000 });
    });

    it('keeps FINAL back until the renewal has succeeded', () => {
      const rig = start({ n: 1, script: script({ renew: silent }) });
      expect(rig.final).to.equal(undefined);
      const operation = rig.operations.at(-1);
      if (operation?.kind !== 'renew') throw new Error('expected a renewal');
      rig.tell({ kind: 'renewed', atMs: operation.atMs, ttlMs: operation.ttlMs, outcome: 'ok' });
      expect(rig.final?.index).to.equal(0);
    });

    it('asks once more when its process was stopped while the answer lay unread', () => {
      for (const [lateMs, expected] of [
        [2_000, ['send', 'close', 'store']],
        [2_001, ['store', 'alarm']],
      ] as const) {
        const rig = start({ n: 1, script: script({ renew: silent }) });
        const operation = rig.operations.at(-1);
        if (operation?.kind !== 'renew') throw new Error('expected a renewal');
        const { atMs, ttlMs } = operation;
        const effects = rig.session.handle({ kind: 'renewed', atMs, ttlMs, outcome: 'ok' }, atMs + lateMs);
        expect(effects.map(({ kind }) => kind)).to.deep.equal(expected);
      }
    });

    for (const [title, renew] of [
      ['fails', failing],
      ['is not answered in time', silent],
    ] as const) {
      it(`ends with UNAVAILABLE instead of FINAL when the renewal ${title}, and detaches`, () => {
        const rig = start({ n: 1, script: script({ renew }) }).advance(1_000);
        expect(rig.final).to.equal(undefined);
        expect(rig.end).to.equal('UNAVAILABLE');
        expect(rig.closed?.error?.retryAfterMs).to.equal(500);
        expect(rig.operations.at(-1)).to.include({ kind: 'renew', ttlMs: 30_000 });
      });
    }

    it('does not send FINAL when another connection holds the session, nor touches it', () => {
      const rig = start({ n: 1, script: script({ renew: renewing('superseded') }) });
      expect(rig.log.slice(-2)).to.deep.equal(['renew', 'close']);
      expect(rig.end).to.equal('SESSION_TAKEN_OVER');
    });

    it('does not send FINAL for a session that is gone', () => {
      const rig = start({ n: 1, script: script({ renew: renewing('missing') }) });
      expect(rig.final).to.equal(undefined);
      expect(rig.end).to.equal('SESSION_NOT_FOUND');
    });
  });

  describe('the lease', () => {
    for (const [intervalMs, periodMs] of [
      [20, 1_000],
      [1_000, 1_000],
      [3_000, 3_000],
      [60_000, 5_000],
    ] as const) {
      it(`is renewed at least every ${periodMs} ms at an interval of ${intervalMs} ms`, () => {
        const rig = start({ n: 10_000, changes: { intervalMs } }).advance(60_000);
        const times = rig.operations.map(({ atMs }) => atMs);
        const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        expect(gaps.length).to.be.at.least(Math.floor(60_000 / periodMs) - 1);
        expect(Math.max(...gaps)).to.be.at.most(periodMs);
        expect(gaps.length).to.be.at.most(Math.ceil(60_000 / periodMs) + 2);
        for (const operation of rig.operations) {
          expect(operation).to.include({ ttlMs: 30_000 + periodMs });
        }
      });
    }

    it('carries the stream through an outage that is shorter', () => {
      const rig = start({ n: 60 }).advance(500);
      rig.script = failing;
      rig.advance(29_000);
      rig.script = willing();
      rig.advance(60_000);
      expect(rig.end).to.equal('ok');
      expect(rig.items).to.have.length(59);
      expect(Math.max(...rig.itemTimes.slice(1).map((time, index) => time - (rig.itemTimes[index] ?? 0)))).to.be.below(
        1_101,
      );
    });

    for (const [title, outage] of [
      ['fails', failing],
      ['does not answer', silent],
    ] as const) {
      it(`ends the stream with UNAVAILABLE when the store ${title} until it has run out`, () => {
        const rig = start({ n: 60 }).advance(5_500);
        const lastRenewal = rig.operations.at(-1)?.atMs ?? 0;
        rig.script = outage;
        rig.advance(60_000);
        expect(rig.end).to.equal('UNAVAILABLE');
        expect(rig.closed?.atMs).to.equal(lastRenewal + 31_000);
        expect(rig.items.length).to.be.within(35, 37);
      });
    }

    it('is retried a quarter of a second after a failure', () => {
      const rig = start({ n: 60 }).advance(5_500);
      rig.script = failing;
      rig.advance(3_000);
      const failed = rig.operations.slice(-8).map(({ atMs }) => atMs);
      expect(failed.slice(1).map((time, index) => time - (failed[index] ?? 0))).to.include(250);
      expect(rig.operations.length).to.be.below(25);
    });

    it('is not believed by a process that was stopped for longer', () => {
      const rig = start({ n: 60 }).advance(1_500);
      rig.operations.length = 0;
      const items = rig.items.length;
      // All alarms of the pause ring late, at its end.
      rig.session.handle(ALARM, 45_000);
      expect(rig.session.state).to.equal('closed');
      expect(rig.operations).to.deep.equal([]);
      expect(rig.items).to.have.length(items);
    });

    describe('after a sleep of this process', () => {
      /** Alarms of the sleep ring late, at its end, 5 s after the start. */
      function wake(): { readonly rig: Rig; readonly kinds: string[]; readonly renewal: StoreOperation | undefined } {
        const rig = start({ n: 60 }).advance(1_500);
        const effects = rig.session.handle(ALARM, 5_000);
        const renewal = effects.flatMap((effect) => (effect.kind === 'store' ? [effect.operation] : []))[0];
        return { rig, kinds: effects.map(({ kind }) => kind), renewal };
      }
      const answer = (outcome: Outcome): SessionEvent => ({ kind: 'renewed', atMs: 5_000, ttlMs: 31_000, outcome });
      const sends = (rig: Rig, event: SessionEvent, now: number): string[] =>
        rig.session.handle(event, now).flatMap((effect) => (effect.kind === 'send' ? [effect.message.kind] : []));

      it('asks the store before it sends anything', () => {
        const { rig, kinds, renewal } = wake();
        expect(kinds).to.deep.equal(['store', 'alarm']);
        expect(renewal).to.include({ kind: 'renew', atMs: 5_000, attempt: 1 });
        expect(sends(rig, ALARM, 5_100)).to.deep.equal([]);
      });

      for (const [outcome, name] of [
        ['superseded', 'SESSION_TAKEN_OVER'],
        ['missing', 'SESSION_NOT_FOUND'],
      ] as const) {
        it(`ends the stream with ${name} when the store says ${outcome}`, () => {
          const [effect] = wake().rig.session.handle(answer(outcome), 5_050);
          expect(effect?.kind === 'close' && effect.error?.registryName).to.equal(name);
        });
      }

      it('goes on when the session is still its own, with one item and not with those of the sleep', () => {
        const { rig } = wake();
        const [effect] = rig.session.handle(answer('ok'), 5_050);
        expect(effect?.kind === 'alarm' && effect.atMs).to.be.at.most(5_050);
        expect(sends(rig, ALARM, 5_051)).to.deep.equal(['item']);
        expect(sends(rig, ALARM, 5_900)).to.deep.equal([]);
      });

      it('takes a delay of an interval for a sleep when the interval is short', () => {
        for (const [lateMs, expected] of [
          [200, 'send'],
          [201, 'store'],
        ] as const) {
          const rig = start({ n: 60, changes: { intervalMs: 200 } }).advance(450);
          const renewalMs = rig.operations.at(0)?.atMs ?? 0;
          const [effect] = rig.session.handle(ALARM, renewalMs + 1_000 + lateMs);
          expect(effect?.kind).to.equal(expected);
        }
      });

      it('asks once more when its link to the store has not survived the sleep', () => {
        const { rig } = wake();
        rig.session.handle({ kind: 'store-failed', atMs: 5_000 }, 5_010);
        const again = rig.session.handle(ALARM, 5_260).map(({ kind }) => kind);
        expect(again).to.deep.equal(['store', 'alarm']);
        const [effect] = rig.session.handle({ ...answer('superseded'), atMs: 5_260 } as SessionEvent, 5_270);
        expect(effect?.kind === 'close' && effect.error?.registryName).to.equal('SESSION_TAKEN_OVER');
      });

      it('goes on under its lease when the store does not answer within the deadline of an operation', () => {
        const { rig } = wake();
        rig.session.handle({ kind: 'store-failed', atMs: 5_000 }, 5_010);
        expect(sends(rig, ALARM, 5_260)).to.deep.equal([]);
        rig.session.handle({ kind: 'store-failed', atMs: 5_260 }, 5_990);
        expect(sends(rig, ALARM, 6_240)).to.deep.equal(['item']);
      });

      it('asks anew when an operation from before the sleep fails first', () => {
        const rig = start({ n: 60 }).advance(500);
        rig.script = silent;
        rig.advance(600);
        const before = rig.operations.at(-1)?.atMs ?? 0;
        const effects = rig.session.handle({ kind: 'store-failed', atMs: before }, 5_000);
        expect(effects.map(({ kind }) => kind)).to.deep.equal(['store', 'alarm']);
        expect(sends(rig, ALARM, 5_001)).to.deep.equal([]);
      });

      it('takes an answer from before the sleep for no proof', () => {
        const { rig } = wake();
        rig.session.handle({ ...answer('ok'), atMs: 1_000 } as SessionEvent, 5_050);
        expect(sends(rig, ALARM, 5_051)).to.deep.equal([]);
      });
    });

    it('ends the stream when another instance has taken the session', () => {
      const rig = start({ n: 60 }).advance(1_500);
      rig.script = renewing('superseded');
      rig.advance(1_000);
      expect(rig.end).to.equal('SESSION_TAKEN_OVER');
      expect(rig.log.slice(-2)).to.deep.equal(['renew', 'close']);
    });

    it('takes an answer that comes after its time for what it is worth', () => {
      const rig = start({ n: 60, script: script({ renew: silent }) }).advance(20_000);
      const late = rig.operations.findLast(({ kind }) => kind === 'renew');
      if (late?.kind !== 'renew') throw new Error('expected a renewal');
      rig.advance(5_000).tell({ kind: 'renewed', atMs: late.atMs, ttlMs: late.ttlMs, outcome: 'ok' });
      rig.advance(20_000);
      expect(rig.closed).to.equal(undefined);
      rig.advance(10_000);
      expect(rig.closed?.atMs).to.equal(late.atMs + 31_000);
    });
  });

  describe('a store that does not answer an opening request', () => {
    for (const open of [start, resume]) {
      it(`makes ${open.name} UNAVAILABLE after a second, never SESSION_NOT_FOUND`, () => {
        const rig = open({ script: silent }).advance(5_000);
        expect(rig.end).to.equal('UNAVAILABLE');
        expect(rig.closed?.atMs).to.equal(1_000);
      });

      it(`makes ${open.name} UNAVAILABLE when it fails`, () => {
        expect(open({ script: failing }).end).to.equal('UNAVAILABLE');
      });
    }

    it('has its late success detached, so that the retention begins', () => {
      const rig = start({ script: silent }).advance(5_000);
      rig.script = willing();
      const [operation] = rig.operations;
      if (operation === undefined) throw new Error('expected an operation');
      const answer = willing()(operation);
      if (answer === undefined) throw new Error('expected an answer');
      rig.tell(answer);
      expect(rig.operations.at(-1)).to.include({ kind: 'renew', seed: SEED, attempt: 1, ttlMs: 30_000 });
      expect(rig.session.state).to.equal('closed');
    });
  });

  describe('a connection that is gone', () => {
    it('detaches the session: a renewal to exactly the retention', () => {
      const rig = start({ n: 60 }).advance(3_300).tell({ kind: 'dropped' });
      expect(rig.operations.at(-1)).to.deep.equal({
        kind: 'renew',
        atMs: 3_300,
        clientId: CLIENT_ID,
        seed: SEED,
        attempt: 1,
        ttlMs: 30_000,
      });
      const count = rig.operations.length;
      rig.advance(60_000);
      expect(rig.operations).to.have.length(count);
    });

    it('detaches what was attached after it went', () => {
      const rig = start({ script: silent }).tell({ kind: 'dropped' });
      expect(rig.session.state).to.equal('abandoned');
      rig.script = willing();
      rig.tell({ kind: 'started', atMs: 0, result: { kind: 'attached', n: 6, seed: 43n, attempt: 4 } });
      expect(rig.operations.at(-1)).to.include({ kind: 'renew', seed: 43n, attempt: 4, ttlMs: 30_000 });
      expect(rig.sent).to.deep.equal([]);
    });

    it('leaves nothing behind when the store refused it in the meantime', () => {
      const rig = start({ script: silent }).tell({ kind: 'dropped' });
      rig.tell({ kind: 'started', atMs: 0, result: { kind: 'stale', attempt: 4 } });
      expect(rig.log).to.deep.equal(['start']);
      expect(rig.session.state).to.equal('closed');
    });

    it('detaches before FINAL, too', () => {
      const rig = start({ n: 1, script: script({ renew: silent }) }).tell({ kind: 'dropped' });
      expect(rig.operations.at(-1)).to.include({ kind: 'renew', ttlMs: 30_000 });
      rig.tell({ kind: 'renewed', atMs: 0, ttlMs: 31_000, outcome: 'ok' });
      expect(rig.final).to.equal(undefined);
    });
  });

  describe('other events', () => {
    it('yields to a newer connection without touching the session', () => {
      const rig = start({ n: 60 }).advance(1_500);
      const count = rig.operations.length;
      rig.tell({ kind: 'taken-over' }).advance(60_000);
      expect(rig.end).to.equal('SESSION_TAKEN_OVER');
      expect(rig.operations).to.have.length(count);
    });

    it('ends with SESSION_NOT_FOUND when a CONFIRM has discarded the session', () => {
      const rig = start({ n: 60 }).tell({ kind: 'discarded' });
      expect(rig.end).to.equal('SESSION_NOT_FOUND');
    });

    it('detaches and asks to come back when the server shuts down', () => {
      const rig = start({ n: 60 }).tell({ kind: 'drain' });
      expect(rig.end).to.equal('UNAVAILABLE');
      expect(rig.closed?.error?.retryAfterMs).to.equal(500);
      expect(rig.operations.at(-1)).to.include({ kind: 'renew', ttlMs: 30_000 });
    });

    it('skips items while its peer does not read, and detaches after the time set', () => {
      const rig = start({ n: 600 }).advance(500);
      rig.flushes = false;
      rig.advance(20_000);
      expect(rig.items).to.have.length(2);
      rig.advance(15_000);
      expect(rig.end).to.equal('UNAVAILABLE');
      expect(rig.operations.at(-1)).to.include({ kind: 'renew', ttlMs: 30_000 });
    });
  });

  it('keeps its promises whatever happens around it', () => {
    const outcomes = fc.constantFrom<Outcome | 'fails' | 'silent'>(
      'ok',
      'ok',
      'ok',
      'ok',
      'fails',
      'silent',
      'superseded',
      'missing',
    );
    const steps = fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 9_000 }), renewals: outcomes }) },
        { weight: 2, arbitrary: fc.record({ flushes: fc.boolean() }) },
        { weight: 1, arbitrary: fc.record({ event: fc.constantFrom('dropped', 'drain', 'taken-over', 'discarded') }) },
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.boolean(), steps, (n, confirms, schedule) => {
        const rig = start({ n, extensions: confirms ? ['confirm-final'] : [] });
        let endedAt: number | undefined;
        for (const step of schedule) {
          if ('advance' in step) {
            rig.script = (operation) => answerTo(operation, step.renewals);
            rig.advance(step.advance);
          } else if ('flushes' in step) {
            if (step.flushes) rig.flush();
            rig.flushes = step.flushes;
          } else {
            rig.tell({ kind: step.event } as SessionEvent);
          }
          if (rig.session.state === 'closed') endedAt ??= rig.operations.length;
          if (endedAt !== undefined) expect(rig.operations).to.have.length(endedAt);
        }
        expect(rig.items.map(({ index }) => index)).to.deep.equal(rig.items.map((_item, index) => index));
        const gaps = rig.itemTimes.slice(1).map((time, index) => time - (rig.itemTimes[index] ?? 0));
        for (const gap of gaps) expect(gap).to.be.at.least(900);
        if (rig.final !== undefined) expect(rig.log[rig.log.lastIndexOf('send') - 1]).to.equal('renew');
        if (rig.log.includes('finish')) expect(rig.log.indexOf('finish')).to.be.above(rig.log.lastIndexOf('send'));
        if (rig.end === 'SESSION_TAKEN_OVER') expect(rig.log.at(-1)).to.equal('close');
      }),
      { numRuns: 300 },
    );
  });
});

function answerTo(operation: StoreOperation, outcome: Outcome | 'fails' | 'silent'): SessionEvent | undefined {
  if (outcome === 'silent') return undefined;
  if (outcome === 'fails') return { kind: 'store-failed', atMs: operation.atMs };
  return operation.kind === 'renew' ? renewing(outcome)(operation) : willing()(operation);
}
