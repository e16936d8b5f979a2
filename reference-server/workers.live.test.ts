/**
 * `--workers` as it is run: real processes behind one port, killed while they serve.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Caller } from './testing/caller.ts';
import { receive } from './testing/receiver.ts';
import { hasRedis, type RedisProcess, startRedis } from './testing/redis-process.ts';
import { isRunning, type ServerProcess, startServer } from './testing/server-process.ts';

const LIMIT_MS = 5_000;

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + LIMIT_MS;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${LIMIT_MS} ms`);
    await sleep(20);
  }
}

(hasRedis() ? describe : describe.skip)('two workers behind one port', function () {
  this.timeout(30_000);
  let redis: RedisProcess;
  let server: ServerProcess;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());
  beforeEach(async () => {
    const store = `redis://127.0.0.1:${redis.port}`;
    const flags = ['--port', '0', '--interval', '50ms', '--retention', '5s', '--metrics-port', '0'];
    server = await startServer([...flags, '--workers', '2', '--store', store]);
  });
  afterEach(() => server.kill());

  const metrics = async (): Promise<string> => {
    const url = /"url":"([^"]+)"/.exec(server.log())?.[1] ?? '';
    return (await fetch(url)).text();
  };

  it('complete every session although one of them is killed, and it is replaced', async () => {
    const n = 60;
    const runs = Array.from({ length: 50 }, () => receive(`localhost:${server.port}`, randomUUID(), n));
    await sleep(1_000);
    const [first = 0, ...others] = server.workers();
    expect(others).to.have.length(1);
    process.kill(first, 'SIGKILL');
    const received = await Promise.all(runs);
    for (const { indexes, checksum, expectedChecksum } of received) {
      expect(indexes).to.deep.equal(Array.from({ length: n }, (_item, k) => k));
      expect(checksum).to.equal(expectedChecksum);
    }
    const moved = received.filter(({ reconnects }) => reconnects > 0);
    expect(moved.length).to.be.within(10, 40);
    await until(() => server.workers().length === 2);
    expect(server.workers()).to.include.members(others).and.not.include(first);
  });

  it('lose no client on its way to one that is stuck and then killed', async () => {
    const [stuck = 0] = server.workers();
    process.kill(stuck, 'SIGSTOP');
    const sockets = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => undefined).resume();
        await once(socket, 'connect');
        return socket;
      }),
    );
    await sleep(300);
    const closed = (): number => sockets.filter((socket) => socket.closed).length;
    expect(closed()).to.equal(0);
    process.kill(stuck, 'SIGKILL');
    // Well before connections without a call are closed for that.
    await until(() => closed() > 0);
    for (const socket of sockets) socket.destroy();
  });

  it('share out the connections of both loopback addresses, and their metrics are added up', async () => {
    for (const host of ['127.0.0.1', '[::1]']) {
      const runs = Array.from({ length: 4 }, () => receive(`${host}:${server.port}`, randomUUID(), 3));
      for (const { indexes } of await Promise.all(runs)) expect(indexes).to.deep.equal([0, 1, 2]);
    }
    const lines = (await metrics()).split('\n');
    expect(lines).to.include('reseq_opens_total{request="stateful-start"} 8').and.include('reseq_finals_total 8');
  });

  it('drain on SIGTERM and end with 0', async () => {
    const caller = new Caller(`localhost:${server.port}`);
    const other = new Caller(`localhost:${server.port}`);
    const start = () => ({ statefulStart: { clientId: randomUUID(), n: 1_000 } });
    const streams = [caller.open(start()), other.open(start())];
    for (const stream of streams) await stream.received(3);
    const workers = server.workers();
    const sinceMs = performance.now();
    server.process.kill('SIGTERM');
    const [code] = await once(server.process, 'exit');
    expect(performance.now() - sinceMs).to.be.below(1_500);
    expect(code).to.equal(0);
    for (const stream of streams) {
      expect(await stream.ended).to.include({ status: 'UNAVAILABLE', code: '200', retryAfter: '500' });
    }
    expect(workers.filter(isRunning)).to.deep.equal([]);
    caller.close();
    other.close();
  });

  it('drain also when Redis and one of them are stuck', async () => {
    const caller = new Caller(`localhost:${server.port}`);
    const stream = await caller.open({ statefulStart: { clientId: randomUUID(), n: 1_000 } }).received(3);
    const workers = server.workers();
    redis.process.kill('SIGSTOP');
    process.kill(workers[0] ?? 0, 'SIGSTOP');
    const sinceMs = performance.now();
    server.process.kill('SIGTERM');
    const [code] = await once(server.process, 'exit');
    redis.process.kill('SIGCONT');
    expect(performance.now() - sinceMs).to.be.below(1_700);
    expect(code).to.equal(0);
    expect(workers.filter(isRunning)).to.deep.equal([]);
    expect((await stream.ended).status).to.equal('UNAVAILABLE');
    caller.close();
  });

  it('end with their primary', async () => {
    const workers = server.workers();
    expect(workers).to.have.length(2);
    await server.kill();
    await until(() => !workers.some(isRunning));
  });

  it('end one at a time on a SIGTERM of their own, and are replaced', async () => {
    const [first = 0, second = 0] = server.workers();
    process.kill(first, 'SIGTERM');
    await until(() => !isRunning(first) && server.workers().length === 2);
    expect(server.workers()).to.include(second);
    expect((await receive(`localhost:${server.port}`, randomUUID(), 3)).indexes).to.deep.equal([0, 1, 2]);
  });
});
