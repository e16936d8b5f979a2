/**
 * What clients see while Redis is killed, paused and started again under running streams.
 * Spec: state.md (RSQ-STO-6), stores/redis.md section 4.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createRedisStore, createServer, type RedisStore, type ReseqServer } from './index.ts';
import { Caller, type Ended } from './testing/caller.ts';
import { receive } from './testing/receiver.ts';
import { command, hasRedis, type RedisProcess, startRedis } from './testing/redis-process.ts';
import { startSwamp } from './testing/swamp.ts';

const RETENTION_MS = 2_000;
/** R is at least 1 s. */
const LEASE_MS = RETENTION_MS + 1_000;
const INTERVAL_MS = 50;
/** RSQ-RDS-10 */
const BACK_MS = 5_000;
const UNAVAILABLE = { status: 'UNAVAILABLE', code: '200', retryAfter: '500' };

(hasRedis() ? describe : describe.skip)('a server whose Redis fails', function () {
  this.timeout(30_000);
  const closing: (() => Promise<unknown> | unknown)[] = [];
  const lines: string[] = [];
  let folder: string;
  let redis: RedisProcess;
  let server: ReseqServer;
  let store: RedisStore;
  let clientId: string;

  beforeEach(async () => {
    clientId = randomUUID();
    folder = mkdtempSync(join(tmpdir(), 'reseq-outage-'));
    redis = await persistent();
    await serve(redis.port);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
    lines.length = 0;
  });

  /** Keeps what it is told, also over a SIGKILL. */
  function persistent(port?: number): Promise<RedisProcess> {
    return startRedis(['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'], port);
  }

  async function serve(port: number): Promise<void> {
    const write = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const log = { info: write, warn: write, error: write };
    store = await createRedisStore(`redis://127.0.0.1:${port}`, { log });
    server = createServer({ store, intervalMs: INTERVAL_MS, retentionMs: RETENTION_MS, log });
    await server.listen();
    closing.push(
      () => store.close(),
      () => server.close(),
    );
    await untilServing();
  }

  function call(): Caller {
    const caller = new Caller(`127.0.0.1:${server.port}`);
    closing.push(() => caller.close());
    return caller;
  }

  const start = (n: number, id = clientId) => call().open({ statefulStart: { clientId: id, n } });
  const resume = (nextIndex: number, resumeKey: Uint8Array) =>
    call().open({ statefulResume: { clientId, nextIndex, resumeKey } });

  /** How long it takes until a new session can be opened. */
  async function untilServing(): Promise<number> {
    const sinceMs = performance.now();
    for (;;) {
      const stream = await start(1, randomUUID()).received(1);
      if (stream.messages.length > 0) return performance.now() - sinceMs;
      expect(await stream.ended).to.include(UNAVAILABLE);
      if (performance.now() - sinceMs > 2 * BACK_MS) throw new Error('no session can be opened any more');
      await sleep(50);
    }
  }

  async function kill(): Promise<void> {
    const exited = new Promise((resolve) => redis.process.once('exit', resolve));
    redis.process.kill('SIGKILL');
    await exited;
  }

  /** Every way to ask for a session, new or old. */
  function askAll(resumeKey: Uint8Array): Promise<Ended[]> {
    return Promise.all([
      start(5, randomUUID()).ended,
      start(100).ended,
      resume(1, resumeKey).ended,
      resume(1, new Uint8Array(16)).ended,
      call().confirm({ clientId, resumeKey, attempt: 1 }),
    ]);
  }

  for (const [how, fail, mend] of [
    ['killed', kill, async () => (redis = await persistent(redis.port))],
    ['paused', async () => redis.process.kill('SIGSTOP'), async () => redis.process.kill('SIGCONT')],
  ] as const) {
    describe(`because it is ${how}`, () => {
      it('goes on as long as the lease lasts, then says UNAVAILABLE; the log has one line for each change', async () => {
        const stream = await start(1_000).received(3);
        await fail();
        const failedMs = performance.now();
        expect(await stream.ended).to.include(UNAVAILABLE);
        const lastedMs = performance.now() - failedMs;
        await mend();
        await untilServing();
        expect(lines.filter((line) => line.startsWith('no connection to Redis'))).to.have.length(1);
        expect(lines.filter((line) => line.startsWith('connected to Redis again'))).to.have.length(1);
        expect(lastedMs).to.be.within(LEASE_MS - 1_000 - 100, LEASE_MS + 200);
        expect(stream.indexes).to.deep.equal(Array.from(stream.indexes, (_index, k) => k));
        expect(stream.indexes.length).to.be.at.least((0.9 * lastedMs) / INTERVAL_MS);
      });

      it('refuses every request with UNAVAILABLE and a time to wait, and serves again when it is back', async () => {
        const stream = await start(1_000).received(3);
        await fail();
        const refusals = await askAll(stream.resumeKey);
        await mend();
        for (const refusal of refusals) expect(refusal).to.include(UNAVAILABLE);
        expect(await untilServing()).to.be.below(BACK_MS);
        stream.cancel();
      });

      it('sends no FINAL without a renewal, and sends it when it is back', async () => {
        const n = 20;
        const stream = await start(n).received(3);
        await fail();
        expect(await stream.ended).to.include(UNAVAILABLE);
        expect(stream.indexes).to.have.length(n - 1);
        await mend();
        await untilServing();
        const rest = resume(n - 1, stream.resumeKey);
        expect(await rest.ended).to.include({ status: 'OK' });
        expect(rest.messages.at(-1)?.final?.index).to.equal(n - 1);
      });

      it('lets clients finish when it is back, with no item lost or twice', async () => {
        // A renewal that gets lost with the link holds FINAL up for a second, and a session lasts 3 s from its last renewal.
        const n = 25;
        const runs = Array.from({ length: 20 }, () => receive(`127.0.0.1:${server.port}`, randomUUID(), n));
        await sleep(500);
        await fail();
        await sleep(1_000);
        await mend();
        for (const { indexes, checksum, expectedChecksum } of await Promise.all(runs)) {
          expect(indexes).to.deep.equal(Array.from({ length: n }, (_item, k) => k));
          expect(checksum).to.equal(expectedChecksum);
        }
      });
    });
  }

  it('keeps the session of a stream that goes through a short pause', async () => {
    const stream = await start(60).received(3);
    redis.process.kill('SIGSTOP');
    await sleep(1_500);
    redis.process.kill('SIGCONT');
    expect(await stream.ended).to.include({ status: 'OK' });
    expect(stream.indexes).to.have.length(60);
    expect(await command(redis.port, ['EXISTS', `reseq:1:{${clientId}}`])).to.equal(0);
  });

  it('tells the truth about sessions that an emptied Redis has lost', async () => {
    const stream = await start(1_000).received(3);
    await kill();
    rmSync(folder, { recursive: true, force: true });
    redis = await startRedis([], redis.port);
    expect(await stream.ended).to.include({ status: 'NOT_FOUND', code: '102' });
    expect(await resume(3, stream.resumeKey).ended).to.include({ status: 'NOT_FOUND', code: '102' });
    expect((await start(1).ended).status).to.equal('OK');
  });

  it('starts without Redis and serves as soon as it is there', async () => {
    await kill();
    await Promise.all(closing.splice(0).map((close) => close()));
    lines.length = 0;
    const late = sleep(1_000).then(() => persistent(redis.port));
    const servingMs = serve(redis.port).then(() => performance.now());
    const sinceMs = performance.now();
    redis = await late;
    const thereMs = performance.now();
    expect((await servingMs) - thereMs).to.be.below(BACK_MS);
    expect(thereMs - sinceMs).to.be.at.least(900);
    expect(lines.filter((line) => line.startsWith('no connection to Redis'))).to.have.length(1);
  });

  it('leaves a connection to Redis that has silently died', async () => {
    const swamp = await startSwamp(redis.port);
    closing.push(swamp.close);
    await serve(swamp.port);
    // Renewals keep being written into the dead connection all the time.
    const streams = await Promise.all(Array.from({ length: 5 }, () => start(1_000, randomUUID()).received(2)));
    swamp.swallow();
    expect(await untilServing()).to.be.below(BACK_MS);
    for (const stream of streams) stream.cancel();
  });

  it('can be closed while Redis is away', async () => {
    await kill();
    const away = await createRedisStore(`redis://127.0.0.1:${redis.port}`);
    away.close();
    await sleep(200);
    const later = await createRedisStore(`redis+cluster://127.0.0.1:${redis.port}`);
    await sleep(200);
    later.close();
  });
});
