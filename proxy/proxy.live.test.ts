/** Every fault over real sockets, and what both ends see of it. */
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { parseRandomFaults } from './grammar.ts';
import { type FaultProxy, type ProxyEvent, type ProxyOptions, startProxy } from './proxy.ts';

/** One end of a connection and what has happened to it. */
class End {
  readonly socket: net.Socket;
  text = '';
  state: 'open' | 'ended' | 'reset' = 'open';
  /** When the latest bytes came. */
  heardMs = 0;
  endedMs = 0;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.text += chunk.toString();
      this.heardMs = performance.now();
    });
    socket.on('end', () => this.#over('ended'));
    socket.on('error', () => this.#over('reset'));
  }

  #over(state: 'ended' | 'reset'): void {
    this.state = state;
    this.endedMs = performance.now();
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await sleep(5);
  }
}

describe('the fault proxy on real sockets', function () {
  this.timeout(15_000);
  let proxy: FaultProxy | undefined;
  const servers: net.Server[] = [];
  const accepted: End[] = [];
  const dialled: End[] = [];
  const events: ProxyEvent[] = [];

  afterEach(async () => {
    for (const { socket } of [...accepted.splice(0), ...dialled.splice(0)]) socket.destroy();
    await proxy?.close();
    for (const server of servers.splice(0)) server.close();
    events.length = 0;
  });

  async function start(options: Partial<ProxyOptions> = {}): Promise<FaultProxy> {
    const listening = net.createServer({ allowHalfOpen: true }, (socket) => accepted.push(new End(socket)));
    servers.push(listening);
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const address = listening.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    proxy = await startProxy({ to: { host: '127.0.0.1', port }, log: (event) => events.push(event), ...options });
    return proxy;
  }

  function dial(host = '127.0.0.1'): End {
    const end = new End(net.connect({ host, port: proxy?.port ?? 0, allowHalfOpen: true }));
    dialled.push(end);
    return end;
  }

  /** A connection over which one byte has gone each way. */
  async function connect(
    options: Partial<ProxyOptions> = {},
  ): Promise<{ client: End; server: End; proxy: FaultProxy }> {
    const running = await start(options);
    const client = dial();
    client.socket.write('x');
    await until(() => accepted[0]?.text === 'x', 'the first byte');
    const [other] = accepted;
    if (other === undefined) throw new Error('not accepted');
    other.socket.write('y');
    await until(() => client.text === 'y', 'the answer');
    return { client, server: other, proxy: running };
  }

  it('passes bytes both ways, and the end of each way by itself', async () => {
    const { client, server: other } = await connect();
    client.socket.end('last');
    await until(() => other.state === 'ended', 'the end of the client');
    expect(other.text).to.equal('xlast');
    other.socket.end('answer');
    await until(() => client.state === 'ended', 'the end of the server');
    expect(client.text).to.equal('yanswer');
    await until(() => proxy?.connections === 0, 'the end of the connection');
    expect(events.at(-1)).to.deep.include({
      event: 'closed',
      up: { bytes: 5, messages: 0 },
      down: { bytes: 7, messages: 0 },
    });
  });

  it('listens on one address, or on both loopback addresses', async () => {
    await start({ listen: { host: '127.0.0.1', port: 0 } });
    const client = dial('::1');
    await until(() => client.state === 'reset', 'a refusal by the system');
    await proxy?.close();
    await start();
    dial('::1').socket.write('x');
    await until(() => accepted[0]?.text === 'x', 'a byte over IPv6');
  });

  it('passes a reset on', async () => {
    const { client, server: other } = await connect();
    client.socket.resetAndDestroy();
    await until(() => other.state === 'reset', 'the reset');
  });

  it('resets the client when the server cannot be reached', async () => {
    await start({ to: { host: '127.0.0.1', port: 1 } });
    const client = dial();
    await until(() => client.state === 'reset', 'the reset');
    expect(events.map(({ event }) => event)).to.include('unreachable');
  });

  it('makes a fast writer as slow as the reader, with little memory', async () => {
    const { client, server: other } = await connect();
    other.socket.pause();
    let written = 0;
    const chunk = Buffer.alloc(65_536);
    const isStuck = async (): Promise<boolean> => {
      const before = written;
      while (client.socket.write(chunk)) written += chunk.length;
      await Promise.race([new Promise((resolve) => client.socket.once('drain', resolve)), sleep(300)]);
      return written === before && client.socket.writableNeedDrain;
    };
    while (!(await isStuck())) expect(written).to.be.lessThan(64 * 1_024 * 1_024);
    const before = other.text.length;
    other.socket.resume();
    await until(() => other.text.length > before + 65_536, 'the rest');
  });

  it('latency: an answer takes both delays', async () => {
    const { client, server: other } = await connect({ faults: ['up:latency=50ms', 'down:latency=100ms'] });
    const sentMs = performance.now();
    client.socket.write('?');
    await until(() => other.text === 'x?', 'the question');
    other.socket.write('!');
    await until(() => client.text === 'y!', 'the answer');
    expect(client.heardMs - sentMs).to.be.within(149, 2_000);
  });

  it('bandwidth: bytes arrive at the rate', async () => {
    const { client, server: other } = await connect();
    proxy?.apply('down:bandwidth=100KBps');
    const sentMs = performance.now();
    other.socket.write('z'.repeat(50_000));
    await until(() => client.text.length === 50_001, 'all bytes');
    expect(client.heardMs - sentMs).to.be.within(440, 3_000);
  });

  it('bandwidth of the whole proxy: two connections share it', async () => {
    await start({ faults: ['up:bandwidth=100KBps,per=proxy'] });
    const sentMs = performance.now();
    for (let k = 0; k < 2; k++) dial().socket.write('z'.repeat(25_000));
    await until(() => accepted.length === 2 && accepted.every(({ text }) => text.length === 25_000), 'all bytes');
    expect(performance.now() - sentMs).to.be.within(440, 3_000);
  });

  it('slicer: bytes arrive in small pieces', async () => {
    const { client, server: other } = await connect();
    proxy?.apply('down:slicer=10B,delay=5ms');
    const pieces: number[] = [];
    client.socket.on('data', (chunk) => pieces.push(chunk.length));
    other.socket.write('z'.repeat(200));
    await until(() => client.text.length === 201, 'all bytes');
    expect(pieces.length).to.be.at.least(10);
  });

  it('limit_data: both ends hear an end behind exactly so many bytes', async () => {
    const { client, server: other } = await connect({ faults: ['down:limit_data=11B'] });
    other.socket.write('0123456789abcdef');
    await until(() => client.state === 'ended' && other.state === 'ended', 'the ends');
    expect(client.text).to.equal('y0123456789');
  });

  it('reset_peer: both ends are reset, or one is and the other hears nothing', async () => {
    const both = await connect({ faults: ['reset_peer=50ms,after=1B'] });
    await until(() => both.client.state === 'reset' && both.server.state === 'reset', 'two resets');
    await both.proxy.close();
    accepted.length = 0;
    const one = await connect({ faults: ['down:reset_peer,after=1B,at=20ms'] });
    await until(() => one.client.state === 'reset', 'the reset of the client');
    one.server.socket.write('?');
    await sleep(50);
    expect(one.server.state).to.equal('open');
  });

  it('timeout: silence, and then all of it', async () => {
    const { client, server: other } = await connect();
    const sentMs = performance.now();
    proxy?.apply('timeout=0,for=150ms');
    other.socket.end('held');
    await sleep(75);
    expect(client).to.include({ text: 'y', state: 'open' });
    await until(() => client.state === 'ended', 'the end');
    expect(client.text).to.equal('yheld');
    expect(client.heardMs - sentMs).to.be.within(149, 2_000);
  });

  it('timeout with a time: both ends hear an end', async () => {
    const { client, server: other } = await connect({ faults: ['timeout=1s,after=1B'] });
    await until(() => client.state === 'ended' && other.state === 'ended', 'the ends');
  });

  it('slow_close: the end is told later', async () => {
    const { client, server: other } = await connect({ faults: ['slow_close=100ms'] });
    const sentMs = performance.now();
    client.socket.end();
    await until(() => other.state === 'ended', 'the end');
    expect(other.endedMs - sentMs).to.be.within(99, 2_000);
  });

  it('refuse: new connections are reset, those that are up live on', async () => {
    const { client, server: other } = await connect();
    proxy?.apply('refuse,for=100ms');
    const refused = dial();
    await until(() => refused.state === 'reset', 'the refusal');
    other.socket.write('!');
    await until(() => client.text === 'y!', 'a byte');
    await sleep(110);
    dial().socket.write('x');
    await until(() => accepted.length === 2, 'another connection');
  });

  it('a cut cable: nothing passes, new connections neither, until it is healed', async () => {
    const { client, server: other, proxy: running } = await connect();
    running.hold(true);
    other.socket.write('1');
    const late = dial();
    late.socket.write('2');
    const left = dial();
    left.socket.end('never');
    await sleep(80);
    expect([client.text, client.state, late.state, accepted.length]).to.deep.equal(['y', 'open', 'open', 1]);
    running.hold(false);
    await until(() => client.text === 'y1' && accepted[1]?.text === '2', 'what was under way');
    await sleep(30);
    expect(accepted.map(({ text }) => text)).to.deep.equal(['x', '2']);
  });

  for (const [kind, seen] of [
    ['rst', 'reset'],
    ['fin', 'ended'],
    ['blackhole', 'open'],
  ] as const) {
    it(`a cut by hand, ${kind}: both ends are ${seen}`, async () => {
      const { client, server: other, proxy: running } = await connect();
      running.cut(kind);
      if (kind === 'rst') await until(() => client.state === 'reset' && other.state === 'reset', 'two resets');
      client.socket.write('lost');
      other.socket.write('lost');
      await sleep(50);
      expect([client.state, other.state, client.text, other.text]).to.deep.equal([seen, seen, 'y', 'x']);
    });
  }

  it('notices that an end of a dead connection closes, and tells the other one nothing', async () => {
    const { client, server: other, proxy: running } = await connect();
    running.cut('blackhole');
    other.socket.end();
    await until(() => events.some(({ event }) => event === 'server-closed'), 'the end of the server');
    expect(client.state).to.equal('open');
  });

  it('hurts each connection by chance, the same for the same seed', async () => {
    const seen: (string | undefined)[][] = [];
    for (let round = 0; round < 2; round++) {
      await start({
        seed: 11,
        random: { faults: parseRandomFaults('latency|bandwidth|slicer'), meanMs: 20, per: 'connection' },
      });
      dial();
      await until(
        () => events.filter(({ event, direction }) => event === 'fault-on' && direction === 'up').length > 5,
        'faults',
      );
      seen.push(
        events
          .flatMap(({ event, direction, fault }) => (event === 'fault-on' && direction === 'up' ? [fault] : []))
          .slice(0, 5),
      );
      await proxy?.close();
      events.length = 0;
    }
    expect(seen[0]).to.deep.equal(seen[1]);
  });
});
