import net from 'node:net';
import { expect } from 'chai';
import { Recorder } from '../recorder.ts';
import type { RunContext } from '../scenario.ts';
import { Link } from './dial.ts';

const CONTEXT: RunContext = {
  now: () => 0,
  sleep: () => Promise.resolve(),
  signal: new AbortController().signal,
  lagSince: () => ({ maxMs: 0, meanMs: 0 }),
  seed: 0,
};

/** A TCP listener that does this with each connection. */
async function listener(serve: (socket: net.Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function statusFrom(serve: (socket: net.Socket) => void): Promise<string | undefined> {
  const peer = await listener(serve);
  const call = new Link(new Recorder(CONTEXT, 's', 'c'), { host: '127.0.0.1', port: peer.port }).open({
    kind: 'stateless-start',
  });
  await call.until((c) => c.over, 1_000);
  peer.close();
  return call.status?.grpc;
}

describe('a link of a case that is cut short', () => {
  it('is closed with its calls, also when it is opened only then', async () => {
    const peer = await listener(() => undefined);
    const recorder = new Recorder(CONTEXT, 's', 'c');
    const open = () => new Link(recorder, { host: '127.0.0.1', port: peer.port }).open({ kind: 'stateless-start' });
    const before = open();
    recorder.cut();
    expect(await before.until((call) => call.over, 1_000)).to.equal(true);
    expect(await open().until((call) => call.over, 1_000)).to.equal(true);
    peer.close();
  });
});

describe('calls to peers that are no servers', () => {
  it('end without a status when the peer closes, resets or talks nonsense', async () => {
    expect(await statusFrom((socket) => socket.end())).to.equal('NONE');
    expect(await statusFrom((socket) => socket.resetAndDestroy())).to.equal('NONE');
    expect(await statusFrom((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).to.equal('NONE');
  });

  it('end without a status when nothing listens', async () => {
    const peer = await listener(() => undefined);
    peer.close();
    const call = new Link(new Recorder(CONTEXT, 's', 'c'), { host: '127.0.0.1', port: peer.port }).open({
      kind: 'stateless-start',
    });
    expect(await call.until((c) => c.over, 1_000)).to.equal(true);
    expect(call.status?.detail).to.match(/ECONNREFUSED/);
  });

  it('are still running when the peer is silent', async () => {
    expect(await statusFromSilence()).to.equal(undefined);
  });
});

async function statusFromSilence(): Promise<string | undefined> {
  const peer = await listener(() => undefined);
  const call = new Link(new Recorder(CONTEXT, 's', 'c'), { host: '127.0.0.1', port: peer.port }).open({
    kind: 'stateless-start',
  });
  await call.until((c) => c.over, 30);
  const { status } = call;
  call.drop('rst');
  peer.close();
  return status?.grpc;
}
