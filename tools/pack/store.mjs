/**
 * A user's own session store, judged by the contract suite of the package under another runner than mocha.
 */
import { afterEach, beforeEach, describe, it } from 'node:test';
import { describeStoreContract } from 'reseq/store-contract';
import { OwnStore } from './own-store.mjs';

Object.assign(globalThis, { describe, it, beforeEach, afterEach });

describeStoreContract('own store', async () => {
  let now = 0;
  return {
    store: new OwnStore(() => now),
    advance: async (ms) => {
      now += ms;
    },
    unitMs: 1_000,
    close: async () => {},
  };
});
