import { expect } from 'chai';
import type { SequenceRequest } from '../protocol/messages.ts';
import { resumeKeyOf } from '../protocol/resume-key.ts';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import { createServer, type ServerSettings } from './index.ts';
import type { Service } from './service.ts';
import { Peer } from './testing/peer.ts';
import { CLIENT_ID } from './testing/rig.ts';

describe('settings of a server', () => {
  for (const name of ['intervalMs', 'retentionMs', 'storeDeadlineMs', 'blockedMs'] satisfies (keyof ServerSettings)[]) {
    it(`takes ${name} within 1..2147483647 and nothing else`, () => {
      for (const value of [1, 2_147_483_647]) expect(() => createServer({ [name]: value })).not.to.throw();
      for (const value of [0, 2_147_483_648, 1.5, Number.NaN]) {
        expect(() => createServer({ [name]: value })).to.throw(
          RangeError,
          `${name}: expected 1..2147483647, got ${value}`,
        );
      }
    });
  }
});

describe('a session of the embedded store', () => {
  const SEED = 0x6ba7_b810_9dad_11d1n;

  it('is kept as long as it is attached, and for the retention after that', async () => {
    const clock = new FakeClock();
    let service: Service | undefined;
    const server = createServer({
      clock,
      intervalMs: 1_000,
      retentionMs: 3_000,
      random: { uniform: () => 0, bytes: () => Buffer.from(SEED.toString(16), 'hex') },
      binding: {
        listen: async (offered) => {
          service = offered;
          return { host: 'localhost', port: 1 };
        },
        announceShutdown: () => undefined,
        close: async () => undefined,
      },
    });
    await server.listen();
    const open = async (request: SequenceRequest): Promise<Peer> => {
      if (service === undefined) throw new Error('the server listens');
      const peer = new Peer(service, { extensions: [], request });
      await clock.advanceAsync(0);
      return peer;
    };
    const resume = (nextIndex: number, attempt: number): Promise<Peer> => {
      const resumeKey = resumeKeyOf(CLIENT_ID, SEED);
      return open({ kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex, resumeKey, attempt });
    };

    const first = await open({ kind: 'stateful-start', clientId: CLIENT_ID, n: 60_000, attempt: 1 });
    await clock.advanceAsync(400_000);
    expect([first.items.length, first.result, server.sessions]).to.deep.equal([401, undefined, 1]);
    first.inlet.dropped();
    await clock.advanceAsync(2_999);
    const second = await resume(401, 2);
    expect(second.items).to.deep.equal([401]);
    second.inlet.dropped();
    await clock.advanceAsync(3_001);
    expect((await resume(402, 3)).result).to.equal('SESSION_NOT_FOUND');
    await clock.advanceAsync(1_000);
    expect([server.sessions, clock.pending]).to.deep.equal([0, 0]);
  });
});
