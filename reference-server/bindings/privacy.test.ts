import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createServer, type Log, type ReseqServer } from '../index.ts';
import { Caller } from '../testing/caller.ts';

const RETENTION_MS = 20;
const id = (k: number): string => `0c0ffee0-0000-4000-8000-00000000000${k}`;

describe('what others learn of a session', () => {
  let server: ReseqServer;
  let caller: Caller;
  let lines: string[];

  beforeEach(async () => {
    lines = [];
    const write = (fields: object, message: string): void => {
      lines.push(`${message} ${JSON.stringify(fields)}`);
    };
    const log: Log = { debug: write, info: write, warn: write, error: write };
    server = createServer({ intervalMs: 5, retentionMs: RETENTION_MS, log });
    await server.listen();
    caller = new Caller(`127.0.0.1:${server.port}`);
  });
  afterEach(async () => {
    caller.close();
    await server.close();
  });

  it('is one answer, whether it never was, has expired, is complete or has another key', async () => {
    const resume = (clientId: string, resumeKey: Uint8Array) =>
      caller.open({ statefulResume: { clientId, nextIndex: 0, resumeKey, attempt: 9 } }).ended;

    const complete = caller.open({ statefulStart: { clientId: id(1), n: 2, attempt: 1 } });
    await complete.ended;
    const dropped = await caller.open({ statefulStart: { clientId: id(2), n: 100, attempt: 1 } }).received(1);
    dropped.cancel();
    const live = await caller.open({ statefulStart: { clientId: id(3), n: 10_000, attempt: 1 } }).received(1);
    while (server.stats.drops === 0) await delay(1);
    await delay(1.5 * RETENTION_MS);

    const answers = [
      await resume(id(1), complete.resumeKey),
      await resume(id(2), dropped.resumeKey),
      await resume(id(3), Buffer.alloc(16, 1)),
      await resume(id(4), Buffer.alloc(16, 1)),
      await caller.confirm({ clientId: id(4), resumeKey: Buffer.alloc(16, 1), attempt: 1 }),
    ];
    live.cancel();
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).to.equal(1);
    expect(answers[0]).to.include({ status: 'NOT_FOUND', code: '102' });
  });

  it('is nothing in the log that names it or lets anybody resume it', async () => {
    const first = await caller.open({ statefulStart: { clientId: id(5), n: 10_000, attempt: 1 } }).received(1);
    const key = first.resumeKey;
    const start = (attempt: number, n = 10_000) => caller.open({ statefulStart: { clientId: id(5), n, attempt } });
    await start(1).ended;
    await start(2, 7).ended;
    const second = await start(3).received(1);
    await caller.confirm({ clientId: id(5), resumeKey: Buffer.alloc(16), attempt: 3 });
    await caller.confirm({ clientId: id(5), resumeKey: key, attempt: 3 });
    await second.ended;
    await caller.open({ statefulStart: { clientId: `${id(5)}x`, n: 1 } }).ended;

    const text = lines.join('\n').toLowerCase();
    expect(lines.length).to.be.at.least(4);
    expect(text).to.contain('session attached');
    for (const secret of [
      id(5),
      id(5).replaceAll('-', ''),
      Buffer.from(key).toString('hex'),
      Buffer.from(key).toString('base64').toLowerCase(),
    ]) {
      expect(text).to.not.contain(secret);
    }
  });
});
