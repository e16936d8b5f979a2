import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { ReseqError } from '../protocol/errors.ts';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import { openSequence, SequenceError, type StatefulOptions, type StatelessOptions } from './index.ts';
import { CHECKSUM_42_6, CLIENT_ID, NUMBERS_42, STEADY } from './testing/drive.ts';
import { FakeBinding, type FakeBindingOptions } from './testing/fake-binding.ts';
import { jumpOverWaits } from './testing/running.ts';

function surroundings(options: FakeBindingOptions = {}) {
  const clock = new FakeClock();
  const binding = new FakeBinding(options);
  return { server: 'localhost:1', binding, clock, random: STEADY, notify: jumpOverWaits(clock) };
}

function stateful(options: FakeBindingOptions = {}): StatefulOptions & { binding: FakeBinding } {
  return { ...surroundings(options), count: 6, clientId: CLIENT_ID };
}

function stateless(count: number): StatelessOptions & { binding: FakeBinding } {
  return { ...surroundings(), profile: 'stateless', count };
}

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await turn();
}

describe('openSequence', () => {
  it('iterates a stateful sequence and tells its checksum', async () => {
    const sequence = openSequence(stateful());
    const values: number[] = [];
    for await (const { index, value } of sequence) {
      expect(index).to.equal(values.length);
      values.push(value);
    }
    expect(values).to.deep.equal([...NUMBERS_42]);
    expect(await sequence.result).to.include({
      result: 'complete',
      checksum: CHECKSUM_42_6,
      expectedChecksum: CHECKSUM_42_6,
    });
  });

  it('iterates a stateless sequence and tells its exact sum', async () => {
    const sequence = openSequence(stateless(10));
    const values: bigint[] = [];
    for await (const { value } of sequence) values.push(value);
    expect(values).to.deep.equal([23n, 46n, 92n, 184n, 368n, 736n, 1_472n, 2_944n, 5_888n, 11_776n]);
    expect(await sequence.result).to.include({ result: 'complete', sum: 23_529n });
  });

  it('hides drops from the loop', async () => {
    const sequence = openSequence(stateful({ dropAfter: 1 }));
    const values: number[] = [];
    for await (const { value } of sequence) values.push(value);
    expect(values).to.deep.equal([...NUMBERS_42]);
    expect(await sequence.result).to.include({ result: 'complete', reconnects: 5 });
  });

  it('throws from the loop when the sequence does not complete', async () => {
    const sequence = openSequence(stateful({ refuse: 'SESSION_CONFLICT' }));
    const failure: unknown = await sequence[Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(SequenceError);
    expect(failure).to.have.property('message').that.includes('rejected after 0 of 6 items: [session_conflict]');
    expect(await sequence.result).to.have.property('result', 'rejected');
  });

  it('throws what its onlooker throws from the loop, without a stray rejection beside it', async () => {
    const strays: unknown[] = [];
    const onStray = (reason: unknown): void => {
      strays.push(reason);
    };
    process.on('unhandledRejection', onStray);
    const notify = (): never => {
      throw new Error('the display is gone');
    };
    const failure: unknown = await openSequence({ ...stateful(), notify })
      [Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    await turns(3);
    process.off('unhandledRejection', onStray);
    expect(failure).to.have.property('message', 'the display is gone');
    expect(strays).to.deep.equal([]);
  });

  it('stops reading at the capacity of its buffer and loses nothing', async () => {
    const options = stateless(100);
    const sequence = openSequence({ ...options, buffer: 8 });
    await turns(40);
    const [link] = options.binding.links;
    expect(link).to.include({ isPaused: true, sent: 9 });
    let expected = 23n;
    for await (const { value } of sequence) {
      expect(value).to.equal(expected);
      expected *= 2n;
    }
    expect(await sequence.result).to.include({ result: 'complete', received: 100, reconnects: 0 });
  });

  it('gives the result to who does not want the items', async () => {
    const result = await openSequence({ ...stateless(100), buffer: 8 }).drain();
    expect(result).to.include({ result: 'complete', received: 100 });
  });

  it('ends as interrupted when its signal is aborted', async () => {
    const abort = new AbortController();
    const sequence = openSequence({ ...stateless(100), signal: abort.signal });
    const iterator = sequence[Symbol.asyncIterator]();
    await iterator.next();
    abort.abort();
    expect(await sequence.drain()).to.have.property('result', 'interrupted');
  });

  it('ends at once when its signal was aborted before', async () => {
    const sequence = openSequence({ ...stateless(100), signal: AbortSignal.abort() });
    expect(await sequence.result).to.include({ result: 'interrupted', received: 0 });
  });

  it('hangs up when the loop is left early', async () => {
    const options = stateless(100);
    const sequence = openSequence(options);
    for await (const { index } of sequence) if (index === 3) break;
    expect(await sequence.result).to.have.property('result', 'interrupted');
    expect(options.binding.links.map((link) => link.isClosed)).to.deep.equal([true]);
  });

  it('makes a client id and a count of its own', async () => {
    const { clientId: _, count: __, ...options } = stateful();
    const random = { ...STEADY, bytes: (count: number) => new Uint8Array(count).fill(0xff) };
    const result = await openSequence({ ...options, random, signal: AbortSignal.abort() }).result;
    expect(result).to.include({ clientId: 'ffffffff-ffff-4fff-bfff-ffffffffffff', count: 65_535 });
  });

  it('refuses a count and a client id out of range', () => {
    for (const count of [0, 65_536, 1.5, Number.NaN]) {
      expect(() => openSequence({ ...stateful(), count }), String(count)).to.throw(
        ReseqError,
        'count: expected 1..65535',
      );
    }
    expect(() => openSequence({ ...stateful(), clientId: 'me' })).to.throw(ReseqError, 'client_id: expected');
  });
});
