import { expect } from 'chai';
import { RedisStore } from './redis.ts';
import type { RedisCommands, RedisLink } from './redis-link.ts';

const ALICE = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

/** A Redis that answers every command with this error. */
function refusing(message: string): RedisLink {
  const refuse = () => Promise.reject(new Error(message));
  const commands: RedisCommands = {
    sessionStart: refuse,
    sessionLookup: refuse,
    sessionAttach: refuse,
    sessionRenew: refuse,
    sessionFinish: refuse,
  };
  return { commands, open: () => undefined, close: () => undefined };
}

describe('the Redis store without memory', () => {
  const start = (message: string) => new RedisStore(refusing(message)).start(ALICE, 20, 42n, 1, 30_000);
  const OOM = "OOM command not allowed when used memory > 'maxmemory'.";

  it('is full, as Redis 7 and as Redis 6 say it', async () => {
    const wrapped = `ERR Error running script (call to f_0123): @user_script:8: @user_script: 8: -${OOM}`;
    for (const message of [OOM, wrapped]) expect(await start(message)).to.deep.equal({ kind: 'full' });
  });

  it('is not full for another reason', async () => {
    for (const message of ['ERR the script says OOM', 'LOADING Redis is loading the dataset in memory']) {
      const outcome = await start(message).catch((error: unknown) => String(error));
      expect(outcome).to.equal(`Error: ${message}`);
    }
  });
});
