/**
 * A server whose sessions live in a Redis Cluster of three nodes. Spec: stores/redis.md.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { receive } from './testing/receiver.ts';
import { hasRedis, type RedisClusterProcesses, startRedisCluster } from './testing/redis-process.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';

const COUNT = 30;

(hasRedis() ? describe : describe.skip)('two servers on a Redis Cluster', function () {
  this.timeout(60_000);
  let cluster: RedisClusterProcesses;
  let servers: ServerProcess[];

  before(async () => {
    cluster = await startRedisCluster();
    const [first, ...others] = cluster.ports.map((port) => `127.0.0.1:${port}`);
    // Every node may be named, one is enough.
    const stores = [`redis+cluster://${first},${others}`, `redis+cluster://${others[0]}`];
    const flags = ['--port', '0', '--interval', '50ms', '--retention', '10s', '--store'];
    servers = await Promise.all(stores.map((store) => startServer([...flags, store])));
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await cluster.stop();
  });

  const addresses = (k: number): string[] => {
    const all = servers.map(({ port }) => `127.0.0.1:${port}`);
    return [...all.slice(k % 2), ...all.slice(0, k % 2)];
  };
  async function expectWhole(runs: readonly ReturnType<typeof receive>[]): Promise<number> {
    let reconnects = 0;
    for (const received of await Promise.all(runs)) {
      expect(received.indexes).to.deep.equal(Array.from({ length: COUNT }, (_item, k) => k));
      expect(received.checksum).to.equal(received.expectedChecksum);
      reconnects += received.reconnects;
    }
    return reconnects;
  }
  const run = (count: number) => Array.from({ length: count }, (_run, k) => receive(addresses(k), randomUUID(), COUNT));

  it('complete sessions of all nodes', async () => {
    expect(await expectWhole(run(30))).to.equal(0);
  });

  it('complete sessions although one node is paused', async () => {
    const runs = run(30);
    await sleep(300);
    cluster.nodes[1]?.process.kill('SIGSTOP');
    await sleep(1_500);
    cluster.nodes[1]?.process.kill('SIGCONT');
    await expectWhole(runs);
  });

  it('complete sessions although all nodes are paused for longer than they trust each other', async () => {
    const runs = run(30);
    await sleep(300);
    for (const { process } of cluster.nodes) process.kill('SIGSTOP');
    await sleep(4_000);
    for (const { process } of cluster.nodes) process.kill('SIGCONT');
    const sinceMs = performance.now();
    await expectWhole(run(4));
    expect(performance.now() - sinceMs).to.be.below(5_000 + COUNT * 55);
    await expectWhole(runs);
  });

  it('hand sessions over when one of the servers is killed', async () => {
    const runs = run(30);
    await sleep(500);
    await servers[0]?.kill();
    expect(await expectWhole(runs)).to.be.at.least(15);
  });
});
