import { expect } from 'chai';
import { createServer, type ServerSettings } from './index.ts';

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
