import { once } from 'node:events';
import { type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createGrpcBinding, createServer, type ReseqServer } from '../index.ts';
import { Caller } from '../testing/caller.ts';

const REQUEST_MS = 30;
const SERVICE = '/reseq.v1.SequenceService';
/** A gRPC frame with an empty message. */
const EMPTY = Uint8Array.of(0, 0, 0, 0, 0);

describe('a request that is not completed', () => {
  let server: ReseqServer;
  const closing: (() => void)[] = [];

  beforeEach(async () => {
    server = createServer({ intervalMs: 5, binding: createGrpcBinding({ requestMs: REQUEST_MS }) });
    await server.listen();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await server.close();
  });

  /** A call of which the headers have been sent, and nothing else. */
  function begin(path: string, more: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const session = connect(`http://127.0.0.1:${server.port}`);
    session.on('error', () => undefined);
    closing.push(() => session.destroy());
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...more };
    const stream = session.request(headers, { endStream: false });
    stream.on('error', () => undefined);
    stream.resume();
    return stream;
  }

  async function answer(stream: ClientHttp2Stream): Promise<unknown> {
    const [headers] = await once(stream, 'response');
    return { status: headers['grpc-status'], code: headers['reseq-code'] };
  }

  const UNAVAILABLE = { status: '14', code: '200' };

  for (const method of ['Open', 'Confirm', 'Describe']) {
    it(`is refused after its time and counted: ${method}`, async () => {
      expect(await answer(begin(`${SERVICE}/${method}`))).to.deep.equal(UNAVAILABLE);
      expect(server.stats.errors.get(200)).to.equal(1);
    });
  }

  it('takes no room on its connection any longer', async () => {
    const stream = begin(`${SERVICE}/Open`);
    expect(await answer(stream)).to.deep.equal(UNAVAILABLE);
    await once(stream, 'close');
    expect(stream.rstCode).to.equal(0);
  });

  it('is refused when its message is there and its end is not, and opens nothing when that comes late', async () => {
    const stream = begin(`${SERVICE}/Open`);
    stream.write(EMPTY);
    expect(await answer(stream)).to.deep.equal(UNAVAILABLE);
    stream.end();
    await delay(10);
    expect(Object.values(server.stats.opens)).to.deep.equal([0, 0, 0, 0]);
    expect([...server.stats.errors]).to.deep.equal([[200, 1]]);
  });

  it('is not refused a second time when the library has refused it, and takes no room any longer', async () => {
    const stream = begin(`${SERVICE}/Open`, { 'grpc-encoding': 'unheard-of' });
    const compressed = Uint8Array.of(1, 0, 0, 0, 0);
    stream.write(compressed);
    expect(await answer(stream)).to.deep.equal({ status: '12', code: undefined });
    await once(stream, 'close');
    expect(server.stats.errors.size).to.equal(0);
  });

  it('is no matter when its client takes it back in time', async () => {
    const stream = begin(`${SERVICE}/Open`);
    await delay(REQUEST_MS / 3);
    stream.close(8);
    await delay(REQUEST_MS);
    expect(server.stats.errors.size).to.equal(0);
  });

  it('is none when it ends in time, however long the answer takes', async () => {
    const caller = new Caller(`127.0.0.1:${server.port}`);
    closing.push(() => caller.close());
    const clientId = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
    expect((await caller.open({ statefulStart: { clientId, n: 10 } }).ended).status).to.equal('OK');
  });

  it('is none where a method takes a stream of requests', async () => {
    const stream = begin('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo');
    await delay(1.5 * REQUEST_MS);
    expect(stream.closed).to.equal(false);
    expect(server.stats.errors.size).to.equal(0);
  });
});
