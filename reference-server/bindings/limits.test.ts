import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { expect } from 'chai';
import type { OpenRequestWire } from '../../protocol/bindings/grpc/wire.ts';
import {
  createGrpcBinding,
  createServer,
  type GrpcBindingOptions,
  type ReseqServer,
  type ServerSettings,
} from '../index.ts';
import { Caller } from '../testing/caller.ts';
import { SERVER_CERT, SERVER_KEY } from '../testing/certificates.ts';

const CLIENT_ID = '00000000-0000-002a-8000-000000000001';
const HANDSHAKE_MS = 25;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const STATELESS: OpenRequestWire = { statelessStart: {} };
const start = (attempt: number, clientId = CLIENT_ID): OpenRequestWire => ({
  statefulStart: { clientId, n: 100, attempt },
});

describe('limits of the server', () => {
  const closing: (() => Promise<void> | void)[] = [];

  async function listen(binding: GrpcBindingOptions, settings: ServerSettings = {}): Promise<ReseqServer> {
    const server = createServer({ intervalMs: 5, binding: createGrpcBinding(binding), ...settings });
    await server.listen();
    closing.push(() => server.close());
    return server;
  }

  function call(server: ReseqServer): Caller {
    const caller = new Caller(`127.0.0.1:${server.port}`);
    closing.push(() => caller.close());
    return caller;
  }

  function dial(server: ReseqServer): Socket {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    closing.push(() => void socket.destroy());
    return socket;
  }

  /** Resolves when no more than so many connections are left; a client sees the end before the server does. */
  async function closed(server: ReseqServer, left = 0): Promise<void> {
    while (server.stats.sockets.open > left) await delay(1);
  }

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  describe('connections of one address', () => {
    it('beyond the limit are closed at once, and there is room again when one has gone', async () => {
      const server = await listen({ maxConnectionsPerAddress: 2, limitLoopback: true });
      const kept = [dial(server), dial(server)] as const;
      await Promise.all(kept.map((socket) => once(socket, 'connect')));
      await once(dial(server), 'close');
      expect(server.stats.sockets).to.deep.equal({ open: 2, refused: { connections: 0, address: 1, silent: 0 } });
      kept[0].destroy();
      await closed(server, 1);
      expect((await call(server).describe()).protocolVersions).to.deep.equal([1]);
    });

    it('do not count on loopback unless they are told to', async () => {
      const server = await listen({ maxConnectionsPerAddress: 1 });
      const sockets = [dial(server), dial(server)];
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      expect((await call(server).describe()).protocolVersions).to.deep.equal([1]);
      expect(server.stats.sockets.refused.address).to.equal(0);
    });
  });

  describe('a connection that never makes a call', () => {
    for (const [what, bytes, tls] of [
      ['says nothing', '', undefined],
      ['sends half a preface', PREFACE.slice(0, 11), undefined],
      ['shakes hands and stops', `${PREFACE}\0\0\0\x04\0\0\0\0\0`, undefined],
      ['says nothing to a server of TLS', '', { cert: SERVER_CERT, key: SERVER_KEY }],
      ['sends half of a hello over TLS', '\x16\x03\x01\x02\0\x01', { cert: SERVER_CERT, key: SERVER_KEY }],
    ] as const) {
      it(`and ${what} is closed`, async () => {
        const server = await listen({ handshakeMs: HANDSHAKE_MS, tls });
        const socket = dial(server);
        socket.write(bytes, 'latin1');
        await once(socket, 'close');
        await closed(server);
        expect(server.stats.sockets.refused.silent).to.equal(1);
      });
    }

    it('is told apart from one that does', async () => {
      const server = await listen({ handshakeMs: HANDSHAKE_MS });
      const stream = await call(server).open(start(1)).received(1);
      await delay(2 * HANDSHAKE_MS);
      expect(stream.messages.length).to.be.above(1);
      expect(server.stats.sockets).to.deep.include({ open: 1 });
    });
  });

  describe('requests of one address', () => {
    it('beyond the rate are refused with OVERLOADED and a wait', async () => {
      const server = await listen({ limitLoopback: true }, { openRate: 1 });
      const caller = call(server);
      for (let k = 0; k < 9; k++) (await caller.open(STATELESS).received(1)).cancel();
      expect(await caller.confirm({ clientId: CLIENT_ID, resumeKey: Buffer.alloc(16), attempt: 1 })).to.include({
        code: '102',
      });
      const refused = await caller.open(STATELESS).ended;
      expect(refused).to.include({ status: 'RESOURCE_EXHAUSTED', code: '201' });
      expect(Number(refused.retryAfter)).to.be.within(500, 1_000);
      const confirm = await caller.confirm({ clientId: CLIENT_ID, resumeKey: Buffer.alloc(16), attempt: 1 });
      expect(confirm).to.include({ status: 'RESOURCE_EXHAUSTED', code: '201' });
      expect((await caller.describe()).protocolVersions).to.deep.equal([1]);
    });

    it('that are wrong are told so first', async () => {
      const server = await listen({ limitLoopback: true }, { openRate: 1 });
      const caller = call(server);
      for (let k = 0; k < 11; k++) (await caller.open(STATELESS).received(1)).cancel();
      expect(await caller.open({}).ended).to.include({ code: '100' });
    });

    it('do not count on loopback unless they are told to', async () => {
      const caller = call(await listen({}, { openRate: 1 }));
      for (let k = 0; k < 12; k++) expect((await caller.open(STATELESS).received(1)).messages).to.have.length(1);
    });
  });

  describe('attaches of one session', () => {
    it('beyond the rate are refused with OVERLOADED and a wait, and the session goes on', async () => {
      const server = await listen({}, { resumeRate: 1, intervalMs: 20 });
      const caller = call(server);
      const first = await caller.open(start(1)).received(1);
      const resume = (attempt: number, resumeKey = first.resumeKey): OpenRequestWire => ({
        statefulResume: { clientId: CLIENT_ID, nextIndex: 0, resumeKey, attempt },
      });
      let last = first;
      for (let attempt = 2; attempt <= 5; attempt++) last = await caller.open(resume(attempt)).received(1);
      for (const request of [resume(6), start(6)]) {
        const refused = await caller.open(request).ended;
        expect(refused).to.include({ status: 'RESOURCE_EXHAUSTED', code: '201' });
        expect(Number(refused.retryAfter)).to.be.within(500, 1_000);
      }
      // Who does not have the key learns nothing.
      expect(await caller.open(resume(6, Buffer.alloc(16))).ended).to.include({ code: '102' });
      expect((await caller.open(start(1, CLIENT_ID.replace('2a', '2b'))).received(1)).messages).to.have.length(1);
      const before = last.messages.length;
      await last.received(before + 2);
      expect(last.messages.length).to.be.at.least(before + 2);
    });
  });

  describe('sizes of requests', () => {
    it('follow the limits that are set, and DESCRIBE tells the one of messages', async () => {
      const binding = { maxRequestBytes: 5_000, maxMetadataBytes: 100 };
      const caller = call(await listen(binding, { maxRequestBytes: 5_000 }));
      expect((await caller.describe()).limits?.maxRequestBytes).to.equal(5_000);
      // protocol_version 1, stateless_start, and an unknown field to the size.
      const open = (size: number): Uint8Array =>
        Buffer.concat([
          Buffer.from('08011a00', 'hex'),
          Buffer.from([0x7a, 0x80 | ((size - 7) % 128), (size - 7) >> 7]),
          Buffer.alloc(size - 7),
        ]);
      expect(await caller.raw('/reseq.v1.SequenceService/Open', open(5_001))).to.include({ code: '100' });
      const metadata = new Metadata();
      metadata.set('x', 'y'.repeat(100));
      const refused = await caller.open(STATELESS, metadata).ended;
      expect(refused).to.include({ status: 'INVALID_ARGUMENT', code: '100' });
      expect(refused.details).to.match(/^request: expected at most 100 bytes of metadata/);
    });
  });
});
