/**
 * Any schedule of drops, gaps, duplicates, rubbish, silence and late messages of older connections:
 * what the client hands out is the sequence, in order, each item once.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { backoffBoundsMs } from '../protocol/backoff.ts';
import { refusal } from '../protocol/errors.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import { seededRandom } from '../protocol/testing/seeded-random.ts';
import { CHECKSUM_42_6, Drive, NUMBERS_42, openedFor, STATEFUL_6 } from './testing/drive.ts';

/** What the server's side does next; each means something only where it can happen. */
const STEPS = [
  'opened',
  'next',
  'next',
  'next',
  'duplicate',
  'gap',
  'malformed',
  'late',
  'drop',
  'asks-to-wait',
  'silence',
  'wait',
] as const;
type Step = (typeof STEPS)[number];

const COUNT = NUMBERS_42.length;

function numberAt(index: number): ServerMessage {
  const value = NUMBERS_42[index] ?? 0;
  if (index < COUNT - 1) return { kind: 'item', index, value };
  return { kind: 'final', index, value, checksum: Buffer.from(CHECKSUM_42_6, 'hex') };
}

/** The server's side of one schedule, with a belief of its own about what it has sent. */
class Peer {
  readonly drive: Drive;
  /** Index of the next item on the newest connection, undefined before its OPENED. */
  #nextIndex: number | undefined;
  #servedDials = 0;

  constructor(drive: Drive) {
    this.drive = drive;
  }

  step(step: Step): void {
    const { drive } = this;
    if (drive.live === undefined) {
      if (drive.session.state === 'waiting') drive.ring();
      return;
    }
    if (this.#servedDials < drive.dials.length) {
      this.#servedDials = drive.dials.length;
      this.#nextIndex = undefined;
    }
    this.#act(step);
  }

  #act(step: Step): void {
    const { drive } = this;
    switch (step) {
      case 'opened':
      case 'next':
        this.#sendNext();
        return;
      case 'duplicate':
        if (this.#nextIndex !== undefined && this.#nextIndex > 0) this.#send(numberAt(this.#nextIndex - 1));
        return;
      case 'gap':
        if (this.#nextIndex !== undefined && this.#nextIndex + 1 < COUNT) this.#send(numberAt(this.#nextIndex + 1));
        return;
      case 'malformed':
        drive.send({ kind: 'malformed', error: refusal('PROTOCOL_ERROR', 'rubbish') });
        return;
      case 'late':
        this.#sendLate();
        return;
      case 'drop':
        drive.end();
        return;
      case 'asks-to-wait':
        drive.end(refusal('OVERLOADED', 'full', { origin: 'remote', retryAfterMs: 700 }));
        return;
      case 'silence':
        drive.ring();
        return;
      case 'wait':
        drive.now += 10;
    }
  }

  #sendNext(): void {
    if (this.#nextIndex === undefined) {
      const opened = openedFor(this.drive.dial.open);
      this.#nextIndex = opened.nextIndex;
      this.#send(opened);
    } else {
      const message = numberAt(this.#nextIndex);
      this.#nextIndex += 1;
      this.#send(message);
    }
  }

  /** Everything that older connections may still say: how they ended, and items in whatever order. */
  #sendLate(): void {
    const { drive } = this;
    for (let connection = 1; connection < drive.dials.length; connection += 1) {
      drive.send({ kind: 'ended', connection, error: refusal('SESSION_TAKEN_OVER', 'by your own next connection') });
      for (let index = 0; index < COUNT; index += 1) this.#send(numberAt(index), connection);
    }
  }

  #send(message: ServerMessage, connection = this.drive.dial.connection): void {
    // One event per kind of message: the three members of the union differ in nothing else.
    if (message.kind === 'opened') this.drive.send({ kind: 'opened', connection, message });
    else if (message.kind === 'item') this.drive.send({ kind: 'item', connection, message });
    else this.drive.send({ kind: 'final', connection, message });
  }
}

/** Plays the schedule, then a server without faults until the run ends. */
function play(seed: number, schedule: readonly Step[]): Drive {
  const drive = new Drive(STATEFUL_6, { random: seededRandom(seed), giveUpMs: 10 ** 9, connectAttempts: 10 ** 6 });
  const peer = new Peer(drive);
  drive.send({ kind: 'started' });
  for (const step of schedule) peer.step(step);
  for (let left = 100; drive.outcome === undefined && left > 0; left -= 1) peer.step('next');
  return drive;
}

const schedules = fc.array(fc.constantFrom(...STEPS), { maxLength: 60, size: 'max' });

function forEverySchedule(check: (drive: Drive) => void): void {
  fc.assert(
    fc.property(fc.nat(), schedules, (seed, schedule) => check(play(seed, schedule))),
    { numRuns: 2_000 },
  );
}

/** Five faults in a row with nothing new between them are the one lawful way to fail here. */
function longestRunOfFaults(drive: Drive): number {
  let run = 0;
  let longest = 0;
  for (const effect of drive.log) {
    if (effect.kind === 'deliver') run = 0;
    const isWaiting = effect.kind === 'notify' && effect.notice.kind === 'waiting';
    if (isWaiting && effect.notice.error.registryName === 'PROTOCOL_ERROR') run += 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

describe('client session under any schedule', () => {
  it('hands out exactly the sequence, in order, each item once', () => {
    let completed = 0;
    forEverySchedule((drive) => {
      expect(drive.delivered).to.deep.equal(NUMBERS_42.slice(0, drive.delivered.length));
      if (drive.outcome?.result === 'complete') {
        completed += 1;
        expect(drive.delivered).to.have.length(COUNT);
      } else {
        expect(drive.outcome?.result).to.equal('mismatch');
        expect(longestRunOfFaults(drive)).to.equal(4);
      }
    });
    expect(completed).to.be.above(1_000);
  });

  it('numbers its requests upwards and sends START only before the first opened', () => {
    forEverySchedule((drive) => {
      let opened = false;
      let attempt = 0;
      for (const effect of drive.log) {
        if (effect.kind === 'notify' && effect.notice.kind === 'opened') opened = true;
        if (effect.kind !== 'dial') continue;
        const { request } = effect.open;
        expect(request.kind).to.equal(opened ? 'stateful-resume' : 'stateful-start');
        const next = 'attempt' in request ? request.attempt : undefined;
        expect(next).to.equal(attempt + 1);
        attempt += 1;
      }
    });
  });

  it('waits within the bounds of the back-off, and as long as asked', () => {
    forEverySchedule((drive) => {
      let k = 0;
      for (const effect of drive.log) {
        if (effect.kind === 'deliver') k = 0;
        if (effect.kind !== 'notify' || effect.notice.kind !== 'waiting') continue;
        const { delayMs, error } = effect.notice;
        const asked = error.retryAfterMs;
        const bounds = asked === undefined ? backoffBoundsMs(k) : { min: asked, max: 1.25 * asked };
        expect(delayMs).to.be.within(bounds.min, bounds.max);
        k += 1;
      }
    });
  });

  it('dials when the wait is over, not before, and never beside a live connection', () => {
    // Drive throws on a second live connection.
    forEverySchedule((drive) => {
      let dueMs = 0;
      let dials = 0;
      for (const effect of drive.log) {
        if (effect.kind === 'alarm' && effect.atMs !== undefined) dueMs = effect.atMs;
        if (effect.kind === 'dial') {
          expect(drive.dials[dials]?.atMs).to.be.at.least(dials === 0 ? 0 : dueMs);
          dials += 1;
        }
      }
      expect(drive.dials).to.have.length(dials);
    });
  });
});
