import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials, Metadata } from '@grpc/grpc-js';
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
import { CA_CERT, CLIENT_CERT, CLIENT_KEY, SERVER_CERT, SERVER_KEY } from '../testing/certificates.ts';

/** Its first 8 bytes are 42, the seed of the generator's published demo. */
const CLIENT_ID = '00000000-0000-002a-8000-000000000001';
const OTHER_ID = '00000000-0000-002b-8000-000000000001';
const DEMO = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e];
const DEMO_CHECKSUM = '25684b8d9203e764b3ffc98d182e2d16e84223561e4de30e87e959b05577e223';
const OPEN = '/reseq.v1.SequenceService/Open';

const start = (n: number, attempt = 1, clientId = CLIENT_ID): OpenRequestWire => ({
  statefulStart: { clientId, n, attempt },
});
const resume = (nextIndex: number, attempt: number, resumeKey: Uint8Array): OpenRequestWire => ({
  statefulResume: { clientId: CLIENT_ID, nextIndex, resumeKey, attempt },
});

describe('gRPC binding', () => {
  const closing: (() => Promise<void> | void)[] = [];

  async function listen(settings: ServerSettings = {}, binding: GrpcBindingOptions = {}): Promise<ReseqServer> {
    const server = createServer({
      intervalMs: 5,
      seedFromClientId: true,
      binding: createGrpcBinding(binding),
      ...settings,
    });
    await server.listen();
    closing.push(() => server.close());
    return server;
  }

  function call(server: ReseqServer, host = '127.0.0.1', security = credentials.createInsecure()): Caller {
    const caller = new Caller(`${host}:${server.port}`, security);
    closing.push(() => caller.close());
    return caller;
  }

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('serves the published demo with its checksum and ends with OK', async () => {
    const stream = call(await listen()).open(start(6));
    expect((await stream.ended).status).to.equal('OK');
    expect(stream.messages[0]?.opened).to.deep.include({ protocolVersion: 1, intervalMs: 5, nextIndex: 0 });
    expect(stream.numbers).to.deep.equal(DEMO);
    expect(stream.indexes).to.deep.equal([0, 1, 2, 3, 4, 5]);
    const checksum = stream.messages.at(-1)?.final?.checksum ?? new Uint8Array();
    expect(Buffer.from(checksum).toString('hex')).to.equal(DEMO_CHECKSUM);
  });

  it('listens on both loopback addresses with one port', async () => {
    const server = await listen();
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      expect((await call(server, host).describe()).protocolVersions).to.deep.equal([1]);
    }
  });

  it('rejects a port that is taken', async () => {
    const server = await listen();
    const second = createServer({ binding: createGrpcBinding({ port: server.port }) });
    const error = await second.listen().catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'EADDRINUSE' });
  });

  it('goes on with a dropped sequence, in another case of the client id as well', async () => {
    const server = await listen();
    const first = call(server).open(start(6));
    await first.received(4);
    first.cancel();
    const accepted = first.messages.length - 1;
    const request = resume(accepted, 2, first.resumeKey);
    const clientId = CLIENT_ID.toUpperCase();
    const second = call(server).open({ statefulResume: { ...request.statefulResume, clientId } });
    expect((await second.ended).status).to.equal('OK');
    expect([...first.numbers, ...second.numbers]).to.deep.equal(DEMO);
  });

  it('gives a session to the newer connection and tells the older one', async () => {
    const server = await listen();
    const older = await call(server).open(start(1_000)).received(2);
    const newer = await call(server)
      .open(resume(1, 2, older.resumeKey))
      .received(2);
    expect(await older.ended).to.include({ status: 'ABORTED', code: '105' });
    expect(newer.numbers[0]).to.equal(DEMO[1]);
  });

  it('answers each refusal with its status and code, and the session goes on', async () => {
    const server = await listen();
    const caller = call(server);
    const stream = await caller.open(start(60, 5)).received(2);
    const key = stream.resumeKey;
    const wrongKey = Buffer.alloc(16, 1);
    for (const [request, status, code, details] of [
      [start(61, 9), 'ALREADY_EXISTS', '103', /^n: expected 60 .*, got 61$/],
      [start(60, 5), 'FAILED_PRECONDITION', '106', /^attempt: expected more than 5, got 5$/],
      [resume(60, 6, key), 'OUT_OF_RANGE', '104', /^next_index: expected 0\.\.59, got 60$/],
      [resume(1, 5, key), 'FAILED_PRECONDITION', '106', /^attempt: /],
      [resume(1, 6, wrongKey), 'NOT_FOUND', '102', /^client_id: /],
      [start(0, 6), 'INVALID_ARGUMENT', '100', /^n: expected 1\.\.65535, got 0$/],
      [start(5, 6, 'nonsense'), 'INVALID_ARGUMENT', '100', /^client_id: expected UUID text/],
      [{}, 'INVALID_ARGUMENT', '100', /^request: expected one of/],
      [{ ...start(5), protocolVersion: 7 }, 'UNIMPLEMENTED', '101', /^protocol_version: expected 1, got 7$/],
      [{ statelessResume: { a: 0, nextIndex: 1 } }, 'INVALID_ARGUMENT', '100', /^a: expected 1\.\.255, got 0$/],
      [{ statelessResume: { a: 1, nextIndex: 65_535 } }, 'OUT_OF_RANGE', '104', /^next_index: /],
    ] as const) {
      const ended = await caller.open(request).ended;
      expect(ended).to.include({ status, code });
      expect(ended.details).to.match(details);
    }
    expect((await stream.ended).status).to.equal('OK');
    expect(stream.indexes).to.deep.equal(Array.from({ length: 60 }, (_value, index) => index));
  });

  it('discards a session with its FINAL unless confirm-final was asked for', async () => {
    const caller = call(await listen());
    const literal = caller.open(start(2));
    await literal.ended;
    expect(await caller.open(resume(1, 2, literal.resumeKey)).ended).to.include({ status: 'NOT_FOUND', code: '102' });

    const confirmed = caller.open({ ...start(2), extensions: ['confirm-final'] });
    await confirmed.ended;
    expect(confirmed.messages[0]?.opened?.extensions).to.deep.equal(['confirm-final']);
    const again = caller.open(resume(1, 2, confirmed.resumeKey));
    expect((await again.ended).status).to.equal('OK');
    expect(again.numbers).to.deep.equal([DEMO[1]]);
  });

  it('discards a session on Confirm', async () => {
    const caller = call(await listen());
    const stream = caller.open({ ...start(2), extensions: ['confirm-final'] });
    await stream.ended;
    const confirm = { clientId: CLIENT_ID, resumeKey: stream.resumeKey, attempt: 1 };
    expect(await caller.confirm({ ...confirm, attempt: 2 })).to.include({ status: 'FAILED_PRECONDITION', code: '106' });
    expect(await caller.confirm({ ...confirm, attempt: 0 })).to.include({ status: 'INVALID_ARGUMENT', code: '100' });
    expect((await caller.confirm(confirm)).status).to.equal('OK');
    expect(await caller.confirm(confirm)).to.include({ status: 'NOT_FOUND', code: '102' });
    expect(await caller.open(resume(1, 2, stream.resumeKey)).ended).to.include({ code: '102' });
  });

  it('forgets a session when the retention has passed', async () => {
    const caller = call(await listen({ retentionMs: 20 }));
    const stream = await caller.open(start(1_000)).received(2);
    stream.cancel();
    await delay(45);
    expect(await caller.open(resume(1, 2, stream.resumeKey)).ended).to.include({ status: 'NOT_FOUND', code: '102' });
  });

  it('doubles exactly beyond 64 bits', async () => {
    const caller = call(await listen());
    const stream = await caller.open({ statelessResume: { a: 23, nextIndex: 70 } }).received(3);
    stream.cancel();
    const values = stream.messages
      .slice(1, 3)
      .map(({ item }) => BigInt(`0x${Buffer.from(item?.integer ?? []).toString('hex')}`));
    expect(values).to.deep.equal([23n << 70n, 23n << 71n]);
    expect(stream.messages[0]?.opened?.stateless).to.deep.equal({ a: 23, ratio: 2 });
  });

  it('refuses what it cannot read with a code, and disturbs nobody', async () => {
    const server = await listen();
    const stream = await call(server).open(start(40)).received(2);
    const caller = call(server);
    const malformed = await caller.raw(OPEN, Uint8Array.of(0xff, 0xff, 0xff));
    expect(malformed).to.include({ status: 'INVALID_ARGUMENT', code: '100' });
    expect(malformed.details).to.equal(`request: expected a protobuf message for ${OPEN}, got 3 bytes`);
    const large = await caller.raw(OPEN, new Uint8Array(5_000));
    expect(large).to.include({ code: '100', details: 'request: expected at most 4096 bytes, got 5000 bytes' });
    expect((await caller.raw(OPEN, new Uint8Array(100_000))).status).to.equal('RESOURCE_EXHAUSTED');
    expect((await caller.raw('/reseq.v1.SequenceService/Nothing', Uint8Array.of())).status).to.equal('UNIMPLEMENTED');
    const metadata = new Metadata();
    metadata.set('x-large', 'x'.repeat(9_000));
    const verbose = await caller.open(start(5), metadata).ended;
    expect(verbose).to.include({ status: 'INVALID_ARGUMENT', code: '100' });
    expect(verbose.details).to.match(/^request: expected at most 8192 bytes of metadata, got \d+$/);
    expect((await caller.describe(metadata)).protocolVersions).to.deep.equal([1]);
    expect((await stream.ended).status).to.equal('OK');
    expect(stream.indexes).to.have.length(40);
  });

  it('survives peers that do not speak HTTP/2', async () => {
    const server = await listen();
    const stream = await call(server).open(start(20)).received(2);
    for (const bytes of ['GET / HTTP/1.1\r\nhost: x\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', '\0'.repeat(2_000)]) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    expect((await stream.ended).status).to.equal('OK');
  });

  it('describes itself', async () => {
    const description = await call(await listen({ intervalMs: 20, retentionMs: 500, maxSessions: 7 })).describe();
    expect(description).to.deep.include({
      profiles: ['stateless', 'stateful'],
      extensions: ['confirm-final', 'prefix-checksum'],
      intervalMs: 20,
      retentionMs: 500,
      dropDetectionMs: 10_000,
      limits: { maxCount: 65_535, maxSessions: 7, maxRequestBytes: 4_096 },
    });
  });

  describe('limits', () => {
    it('answers OVERLOADED with a time to wait when there are too many sessions', async () => {
      const caller = call(await listen({ maxSessions: 1 }));
      await caller.open(start(1_000)).received(2);
      const refused = await caller.open(start(5, 1, OTHER_ID)).ended;
      expect(refused).to.include({ status: 'RESOURCE_EXHAUSTED', code: '201', retryAfter: '500' });
    });

    it('closes connections beyond its limit and leaves the others alone', async () => {
      const server = await listen({}, { maxConnections: 1 });
      const stream = await call(server).open(start(30)).received(2);
      expect((await call(server).open(start(5, 1, OTHER_ID)).ended).status).to.equal('UNAVAILABLE');
      expect((await stream.ended).status).to.equal('OK');
    });

    it('closes connections on which nothing is asked', async () => {
      const server = await listen({}, { idleMs: 20 });
      const socket = connect(server.port, '127.0.0.1');
      socket.resume();
      await once(socket, 'close');
      expect(socket.destroyed).to.equal(true);
    });
  });

  describe('TLS', () => {
    const tls = { cert: SERVER_CERT, key: SERVER_KEY };

    it('serves clients that trust its certificate, and no plain text', async () => {
      const server = await listen({}, { tls });
      const secure = call(server, 'localhost', credentials.createSsl(CA_CERT));
      expect((await secure.open(start(2)).ended).status).to.equal('OK');
      expect((await call(server).open(start(2, 1, OTHER_ID)).ended).status).to.equal('UNAVAILABLE');
    });

    it('refuses clients without a certificate when it has been given an authority', async () => {
      const server = await listen({}, { tls: { ...tls, ca: CA_CERT } });
      const known = call(server, 'localhost', credentials.createSsl(CA_CERT, CLIENT_KEY, CLIENT_CERT));
      expect((await known.open(start(2)).ended).status).to.equal('OK');
      const unknown = call(server, 'localhost', credentials.createSsl(CA_CERT));
      expect((await unknown.open(start(2, 1, OTHER_ID)).ended).status).to.equal('UNAVAILABLE');
    });
  });

  it('drains: every stream and every new open gets UNAVAILABLE and a time to wait', async () => {
    const server = await listen({ retentionMs: 1_000 });
    const caller = call(server);
    const stream = await caller.open(start(1_000)).received(2);
    const begun = performance.now();
    const drained = server.drain();
    const late = caller.open(start(5, 1, OTHER_ID));
    expect(await stream.ended).to.include({ status: 'UNAVAILABLE', code: '200', retryAfter: '500' });
    expect((await late.ended).status).to.equal('UNAVAILABLE');
    await drained;
    expect(performance.now() - begun).to.be.below(1_000);
  });
});
