/**
 * Executors of the examples of stores/redis.md. The scripts are those that the store contract runs on a real Redis
 * (reference-server/store/redis.live.test.ts), so equal text is executed text.
 */
import { expect } from 'chai';
import { SCRIPT_TEXTS } from '../../../reference-server/store/redis-scripts.ts';
import type { Executor } from './executor.ts';

function scriptNamed(name: keyof typeof SCRIPT_TEXTS): Executor {
  return ({ text }) => expect(text).to.equal(SCRIPT_TEXTS[name]);
}

export const REDIS_EXECUTORS: Readonly<Record<string, Executor>> = {
  'redis-start': scriptNamed('start'),
  'redis-lookup': scriptNamed('lookup'),
  'redis-attach': scriptNamed('attach'),
  'redis-renew': scriptNamed('renew'),
  'redis-finish': scriptNamed('finish'),
  'redis-record': ({ text }) => {
    const [command, ...reply] = text.split('\n');
    expect(command).to.match(/^> HGETALL reseq:1:\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/);
    const words = reply.map((line) => /^\d\) "(.*)"$/.exec(line)?.[1]);
    expect(words).to.deep.equal(['n', '20', 'seed', '000000000000002a', 'attempt', '1']);
  },
};
