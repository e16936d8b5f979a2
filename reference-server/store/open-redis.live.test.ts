import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { CA_CERT, CLIENT_CERT, SERVER_CERT, SERVER_KEY } from '../testing/certificates.ts';
import { command, freePort, hasRedis, type RedisProcess, startRedis } from '../testing/redis-process.ts';
import { createRedisStore, type RedisStoreOptions } from './open-redis.ts';

const ALICE = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const KEY = `reseq:1:{${ALICE}}`;
/** The access list of stores/redis.md. */
const RIGHTS = '~reseq:1:* +evalsha +eval +script|load +hmget +hset +pexpire +del +exists';

(hasRedis() ? describe : describe.skip)('a store by its URL', function () {
  this.timeout(10_000);
  const closing: (() => Promise<void> | void)[] = [];
  const lines: string[] = [];
  const write = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: write, warn: write, error: write };

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    lines.length = 0;
  });

  async function redis(flags: readonly string[] = []): Promise<RedisProcess> {
    const started = await startRedis(flags);
    closing.push(() => started.stop());
    return started;
  }

  /** Whether all operations succeed within a second; what is wrong otherwise. */
  async function use(url: string, options: RedisStoreOptions = {}): Promise<string> {
    const store = await createRedisStore(url, { log, ...options });
    closing.push(() => store.close());
    let wrong = '';
    for (let tries = 0; tries < 20; tries++) {
      try {
        await store.start(ALICE, 20, 42n, undefined, 30_000);
        const { attempt } = (await store.lookup(ALICE)) ?? { attempt: 0 };
        await store.attach(ALICE, 42n, attempt + 1, 30_000);
        return await store.renew(ALICE, 42n, attempt + 1, 30_000);
      } catch (error) {
        wrong = String(error);
      }
      await sleep(50);
    }
    return wrong;
  }

  it('uses database and prefix', async () => {
    const { port } = await redis();
    expect(await use(`redis://localhost:${port}/3?prefix=blue%3A`)).to.equal('ok');
    expect(await command(port, ['KEYS', '*'])).to.deep.equal([]);
    expect(await command(port, ['EVAL', "redis.call('SELECT', 3) return redis.call('KEYS', '*')", '0'])).to.deep.equal([
      `blue:${KEY}`,
    ]);
  });

  it('says its password, the one of the URL first', async () => {
    const { port } = await redis();
    await command(port, ['CONFIG', 'SET', 'requirepass', 'secret']);
    expect(await use(`redis://:secret@localhost:${port}`)).to.equal('ok');
    expect(await use(`redis://localhost:${port}`, { password: 'secret' })).to.equal('ok');
    expect(await use(`redis://:secret@localhost:${port}`, { password: 'other' })).to.equal('ok');
    expect(lines).to.deep.equal([]);
  });

  it('never becomes ready with a wrong password, and does not tell it', async () => {
    const { port } = await redis();
    await command(port, ['CONFIG', 'SET', 'requirepass', 'secret']);
    expect(await use(`redis://:guessed@localhost:${port}`)).to.match(/Error/);
    expect(lines).to.have.length(1);
    expect(lines[0])
      .to.match(/^no connection to Redis.*WRONGPASS/)
      .and.not.contain('guessed');
  });

  it('needs no rights beyond those of the specification', async () => {
    const { port } = await redis();
    await command(port, ['ACL', 'SETUSER', 'blue', 'on', '>secret', ...RIGHTS.split(' ')]);
    expect(await use(`redis://blue:secret@localhost:${port}`)).to.equal('ok');
    await sleep(1_200);
    expect(lines).to.deep.equal([]);
  });

  it('talks TLS to servers of its certificate authorities only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reseq-tls-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = (name: string, text: string | Buffer): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const port = await freePort();
    const certificate = ['--tls-cert-file', file('cert', SERVER_CERT), '--tls-key-file', file('key', SERVER_KEY)];
    const clients = ['--tls-ca-cert-file', file('ca', CA_CERT), '--tls-auth-clients', 'no'];
    await redis(['--tls-port', String(port), ...certificate, ...clients]);
    const url = `rediss://localhost:${port}`;
    expect(await use(url, { ca: Buffer.from(CA_CERT) })).to.equal('ok');
    expect(await use(url, { ca: Buffer.from(CLIENT_CERT) })).to.match(/Error/);
    expect(await use(url)).to.match(/Error/);
    expect(await use(`redis://localhost:${port}`)).to.match(/Error/);
  });
});
