/**
 * The promise of the project with real processes and real sockets: whatever is killed, stopped or cut in the middle of a
 * run, the result is right, with no item lost or twice. Expected sums follow from `a`, expected checksums from FINAL and the
 * client's own count; the state file shows that each index was accepted once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { exactSum } from '../conformance/oracle/doubling.ts';
import { type FaultProxy, startProxy } from '../proxy/proxy.ts';
import { hasRedis, type RedisProcess, startRedis } from '../reference-server/testing/redis-process.ts';

const COUNT = 30;
const INTERVAL = '100ms';
/** About a third of a run. */
const MIDDLE_MS = 1_200;

interface Result {
  readonly result: string;
  readonly received: number;
  readonly reconnects: number;
  readonly sum?: string;
  readonly a?: number;
  readonly checksum?: string;
  readonly expectedChecksum?: string;
}

/** One `reseq` process. */
class Program {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  #out = '';

  constructor(words: readonly string[]) {
    this.child = spawn('node', ['--import', 'tsx', 'bin/reseq.ts', ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString();
    });
    this.exited = new Promise((resolve) => this.child.once('close', resolve));
  }

  get result(): Result {
    return JSON.parse(this.#out);
  }

  async says(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 500; tries++) {
      const match = pattern.exec(this.#out);
      if (match !== null) return match[1] ?? '';
      await sleep(20);
    }
    throw new Error(`not printed: ${pattern}`);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

describe('a run whose parts fail', function () {
  this.timeout(60_000);
  const running: Program[] = [];
  let folder = '';
  let proxy: FaultProxy | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reseq-survival-'));
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    await Promise.all(running.splice(0).map((program) => program.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  function launch(words: readonly string[]): Program {
    const program = new Program(words);
    running.push(program);
    return program;
  }

  async function serve(words: readonly string[] = [], port = '0'): Promise<{ server: Program; port: string }> {
    const server = launch(['server', '--port', port, '--interval', INTERVAL, ...words]);
    return { server, port: await server.says(/:(\d+)\n/) };
  }

  /** @returns the port of a proxy in front of a server, to be cut by the test */
  async function proxyTo(port: string): Promise<number> {
    proxy = await startProxy({ to: { host: '127.0.0.1', port: Number(port) } });
    return proxy.port;
  }

  /** Until a third of a run has come through the proxy. */
  async function middle(): Promise<void> {
    while (proxy !== undefined && proxy.totals.down.messages < COUNT / 3) await sleep(20);
  }

  function receive(port: string | number, profile: string): Program {
    const state = join(folder, 'run.jsonl');
    const words = ['--server', `127.0.0.1:${port}`, '--profile', profile, '--count', String(COUNT), '--state', state];
    return launch(['client', ...words]);
  }

  /** Right result, and each index on record exactly once, in order. */
  async function expectWhole(client: Program): Promise<Result> {
    expect(await client.exited).to.equal(0);
    const { result } = client;
    expect(result).to.include({ result: 'complete', received: COUNT });
    if (result.sum === undefined) expect(result.checksum).to.equal(result.expectedChecksum);
    else expect(result.sum).to.equal(String(exactSum(result.a ?? 0, 2, COUNT)));
    const lines = readFileSync(join(folder, 'run.jsonl'), 'utf8').trim().split('\n');
    const indexes = lines.map((line): { index?: number } => JSON.parse(line)).flatMap(({ index }) => index ?? []);
    expect(indexes).to.deep.equal(Array.from({ length: COUNT }, (_, k) => k));
    return result;
  }

  for (const profile of ['stateless', 'stateful']) {
    it(`completes a ${profile} run when the client is killed and started again`, async () => {
      const { port } = await serve();
      const first = receive(port, profile);
      await sleep(MIDDLE_MS);
      await first.kill();
      await expectWhole(receive(port, profile));
    });

    it(`completes a ${profile} run when the TCP connection is reset`, async () => {
      const { port } = await serve();
      const client = receive(await proxyTo(port), profile);
      await middle();
      proxy?.cut('rst');
      expect((await expectWhole(client)).reconnects).to.equal(1);
    });

    it(`completes a ${profile} run when the TCP connection goes dead without a sign`, async () => {
      const { port } = await serve();
      const client = receive(await proxyTo(port), profile);
      await middle();
      proxy?.cut('blackhole');
      expect((await expectWhole(client)).reconnects).to.equal(1);
    });

    it(`completes a ${profile} run when the server is frozen for a while`, async () => {
      const { server, port } = await serve();
      const client = receive(port, profile);
      await sleep(MIDDLE_MS);
      server.child.kill('SIGSTOP');
      await sleep(3_000);
      server.child.kill('SIGCONT');
      await expectWhole(client);
    });
  }

  it('completes a stateless run when the server is killed and started again', async () => {
    const { server, port } = await serve();
    const client = receive(port, 'stateless');
    await sleep(MIDDLE_MS);
    await server.kill();
    await serve([], port);
    expect((await expectWhole(client)).reconnects).to.be.at.least(1);
  });

  (hasRedis() ? it : it.skip)(
    'completes a stateful run on Redis when the server is killed and started again',
    async () => {
      const redis: RedisProcess = await startRedis();
      try {
        const store = ['--store', `redis://127.0.0.1:${redis.port}`];
        const { server, port } = await serve(store);
        const client = receive(port, 'stateful');
        await sleep(MIDDLE_MS);
        await server.kill();
        await serve(store, port);
        expect((await expectWhole(client)).reconnects).to.be.at.least(1);
      } finally {
        await redis.stop();
      }
    },
  );
});
