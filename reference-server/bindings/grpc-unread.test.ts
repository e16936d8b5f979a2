import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { expect } from 'chai';
import { createGrpcBinding, createServer, type ReseqServer } from '../index.ts';
import { Caller } from '../testing/caller.ts';

const UNREAD_MS = 40;
const CANCEL = 8;

/** A gRPC frame. */
const frame = (hex: string): Buffer => {
  const message = Buffer.from(hex, 'hex');
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
};

describe('a client that does not read', () => {
  let server: ReseqServer;
  let session: ClientHttp2Session;

  beforeEach(async () => {
    const binding = createGrpcBinding({ unreadMs: UNREAD_MS, requestMs: UNREAD_MS });
    server = createServer({ intervalMs: 5, blockedMs: UNREAD_MS, binding });
    await server.listen();
    // Nobody may send a byte of a message to this client.
    session = connect(`http://127.0.0.1:${server.port}`, { settings: { initialWindowSize: 0 } });
    session.on('error', () => undefined);
  });
  afterEach(async () => {
    session.destroy();
    await server.close();
  });

  function ask(path: string, ...messages: readonly Buffer[]): ClientHttp2Stream {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => undefined).resume();
    stream.end(Buffer.concat(messages));
    return stream;
  }

  for (const [what, path, request] of [
    ['a description', '/reseq.v1.SequenceService/Describe', ''],
    ['a sequence', '/reseq.v1.SequenceService/Open', '08011a00'],
    ['the answer of another service', '/grpc.health.v1.Health/Check', ''],
  ] as const) {
    it(`keeps nothing of ${what}`, async () => {
      const stream = ask(path, frame(request));
      await once(stream, 'close');
      expect(stream.rstCode).to.equal(CANCEL);
      expect(server.stats.connections.stateless).to.equal(0);
    });
  }

  it('gets the answers to so many requests of one call and no more', async () => {
    const listing = Array.from({ length: 65 }, () => frame('3a00'));
    const stream = ask('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', ...listing);
    await once(stream, 'close');
    expect(server.stats.errors.get(201)).to.equal(1);
  });
});

describe('health of the server', () => {
  let server: ReseqServer;
  let caller: Caller;

  beforeEach(async () => {
    server = createServer({ intervalMs: 5 });
    await server.listen();
    caller = new Caller(`127.0.0.1:${server.port}`);
  });
  afterEach(async () => {
    caller.close();
    await server.close();
  });

  function ask(method: string, request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = caller.client.makeServerStreamRequest(
        `/grpc.health.v1.Health/${method}`,
        (bytes: Uint8Array) => Buffer.from(bytes),
        (bytes: Buffer) => bytes.toString('hex'),
        Buffer.from(request, 'hex'),
      );
      call.on('data', (answer: string) => {
        resolve(answer);
        call.cancel();
      });
      call.on('error', reject);
    });
  }

  const SERVICE = `0a18${Buffer.from('reseq.v1.SequenceService').toString('hex')}`;

  it('is told of the server and of its service', async () => {
    expect(await ask('Check', '')).to.equal('0801');
    expect(await ask('Check', SERVICE)).to.equal('0801');
    expect(await ask('Watch', SERVICE)).to.equal('0801');
    expect(await ask('List', '')).to.contain(SERVICE.slice(4));
  });

  it('is not told of other services', async () => {
    const error = await ask('Check', '0a0178').catch((reason: unknown) => reason);
    expect(error).to.include({ code: 5 });
    // SERVICE_UNKNOWN
    expect(await ask('Watch', '0a0178')).to.equal('0803');
  });
});
