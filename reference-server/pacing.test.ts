import { expect } from 'chai';
import fc from 'fast-check';
import { Pacing, type PacingSettings } from './pacing.ts';
import type { Flow } from './session.ts';

const INTERVAL = 1_000;

/** Nothing waits, and nothing was held up. */
const CLEAR: Flow = { unflushed: 0, flushedMs: Number.NEGATIVE_INFINITY };
/** `unflushed` messages wait, the last one before them has left at `flushedMs`. */
const waiting = (unflushed: number, flushedMs = Number.NEGATIVE_INFINITY): Flow => ({ unflushed, flushedMs });
const left = (flushedMs: number): Flow => ({ unflushed: 0, flushedMs });

function paced(uniform: number, changes: Partial<PacingSettings> = {}): Pacing {
  const random = { uniform: () => uniform, bytes: (count: number) => new Uint8Array(count) };
  const pacing = new Pacing({ intervalMs: INTERVAL, blockedMs: 30_000, random, ...changes });
  pacing.begin(0);
  return pacing;
}

/** Phase of the row of a connection that opens at `now`. */
function phaseAt(now: number, intervalMs: number): number {
  const pacing = paced(0, { intervalMs });
  pacing.begin(now);
  return pacing.dueMs % intervalMs;
}

describe('pacing', () => {
  it('makes the first gap longer by up to a tenth of the interval', () => {
    expect(paced(0).dueMs).to.equal(1_000);
    expect(paced(0.5).dueMs).to.equal(1_050);
    expect(paced(0.999).dueMs).to.equal(1_090);
  });

  it('begins rows at multiples of a step that divides the interval, at most a tenth of it and 10 ms', () => {
    const steps = { 1: 1, 7: 1, 20: 2, 90: 9, 100: 10, 1000: 10, 1001: 7, 1009: 1, 60000: 10 };
    for (const [interval, step] of Object.entries(steps)) {
      const intervalMs = Number(interval);
      const inSteps = fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (now, uniform) => {
          const pacing = paced(uniform, { intervalMs });
          pacing.begin(now);
          const { dueMs } = pacing;
          expect(dueMs % step).to.equal(0);
          expect(dueMs).to.be.within(now + intervalMs, now + intervalMs + Math.max(step, intervalMs / 10));
          pacing.tick(dueMs, CLEAR);
          expect(pacing.dueMs).to.equal(dueMs + intervalMs);
        },
      );
      fc.assert(inSteps, { numRuns: 50 });
      const phases = new Set(Array.from({ length: intervalMs }, (_, ms) => phaseAt(ms, intervalMs)));
      expect(phases.size, interval).to.equal(intervalMs / step);
    }
  });

  it('keeps absolute deadlines: small lateness does not add up', () => {
    const pacing = paced(0);
    for (let tick = 1; tick <= 1_000; tick++) {
      expect(pacing.dueMs).to.equal(tick * INTERVAL);
      expect(pacing.tick(tick * INTERVAL + 99, CLEAR)).to.equal('send');
    }
  });

  it('waits when it is asked too early', () => {
    const pacing = paced(0);
    expect(pacing.tick(999, CLEAR)).to.equal('wait');
    expect(pacing.dueMs).to.equal(1_000);
  });

  it('starts a new row of deadlines when an item is late by more than a tenth of the interval', () => {
    const pacing = paced(0);
    expect(pacing.tick(1_101, CLEAR)).to.equal('send');
    expect(pacing.dueMs).to.equal(2_110);
  });

  it('spreads anew what fell due while the process stood still', () => {
    const dueAfter = (uniform: number, now: number): number => {
      const pacing = paced(uniform);
      pacing.tick(now, CLEAR);
      return pacing.dueMs;
    };
    expect(dueAfter(0.5, 1_050 + 400)).to.equal(1_450 + 1_000 + 200);
    expect(dueAfter(0.5, 60_000)).to.equal(60_000 + 1_000 + 500);

    const heldUp = paced(0.5);
    expect(heldUp.tick(1_050, left(550))).to.equal('wait');
    expect(heldUp.dueMs).to.equal(550 + 900 + 200);
  });

  it('does not make up for a stall', () => {
    const pacing = paced(0);
    expect(pacing.tick(60_000, CLEAR)).to.equal('send');
    expect(pacing.tick(60_001, CLEAR)).to.equal('wait');
    expect(pacing.dueMs).to.equal(61_000);
  });

  it('skips a tick while a message waits to be flushed, and stays in the row', () => {
    const pacing = paced(0);
    expect(pacing.tick(1_000, waiting(1))).to.equal('wait');
    expect(pacing.dueMs).to.equal(2_000);
    expect(pacing.tick(2_000, left(1_050))).to.equal('send');
  });

  it('waits for all messages that were written', () => {
    expect(paced(0).tick(1_000, waiting(1, 1))).to.equal('wait');
  });

  it('counts the gap from the flush, so that a message which was held up is not followed by the next at once', () => {
    const pacing = paced(0);
    expect(pacing.tick(1_000, left(990))).to.equal('wait');
    expect(pacing.dueMs).to.equal(1_890);
    expect(pacing.tick(1_890, left(990))).to.equal('send');
  });

  it('gives a peer up that does not read for the time set, and not one that reads slowly', () => {
    const pacing = paced(0, { blockedMs: 3_000 });
    expect([1_000, 2_000, 3_000, 4_000].map((now) => pacing.tick(now, waiting(1)))).to.deep.equal([
      'wait',
      'wait',
      'wait',
      'blocked',
    ]);

    const slow = paced(0, { blockedMs: 3_000 });
    expect([1_000, 2_000, 3_000].map((now) => slow.tick(now, waiting(2)))).to.deep.equal(['wait', 'wait', 'wait']);
    expect([4_000, 5_000, 6_000].map((now) => slow.tick(now, waiting(1, 3_500)))).to.deep.equal([
      'wait',
      'wait',
      'wait',
    ]);
    expect(slow.tick(7_000, left(6_100))).to.equal('send');
    expect([8_000, 9_000, 10_000].map((now) => slow.tick(now, waiting(1, 6_100)))).to.deep.equal([
      'wait',
      'wait',
      'wait',
    ]);
    expect(slow.tick(11_000, waiting(1, 6_100))).to.equal('blocked');
  });

  it('never lets two items come closer than 0.9 intervals, however late it is asked', () => {
    const lateness = fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), lateness, (uniform, delays) => {
        const pacing = paced(uniform);
        let last = 0;
        let now = 0;
        for (const delay of delays) {
          now = Math.max(now, pacing.dueMs) + delay;
          if (pacing.tick(now, CLEAR) !== 'send') continue;
          expect(now - last).to.be.at.least(0.9 * INTERVAL - 1e-6);
          last = now;
        }
      }),
    );
  });
});
