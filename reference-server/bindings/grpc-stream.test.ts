import {
  Client,
  credentials,
  type handleServerStreamingCall,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type StatusObject,
} from '@grpc/grpc-js';
import { expect } from 'chai';
import { prefixed } from './grpc-items.ts';
import { sender, streamOf } from './grpc-stream.ts';

const same = (bytes: Buffer): Buffer => bytes;
const METHOD = {
  path: '/test.Echo/Open',
  requestStream: false,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
} as const;

/** What a client receives of one call to the handler, which stands behind an interceptor as those of the server do. */
async function receive(open: handleServerStreamingCall<Buffer, Buffer>): Promise<readonly string[]> {
  const server = new Server({ interceptors: [(_method, call) => new ServerInterceptingCall(call)] });
  server.addService({ Open: METHOD }, { Open: open });
  const port = await new Promise<number>((resolve, reject) => {
    const ready = (error: Error | null, bound: number): void => (error ? reject(error) : resolve(bound));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), ready);
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    return await new Promise((resolve) => {
      const received: string[] = [];
      const call = client.makeServerStreamRequest(METHOD.path, same, same, Buffer.from('x'));
      call.on('data', (bytes: Buffer) => received.push(bytes.toString()));
      call.on('error', () => undefined);
      call.on('status', ({ code, details }: StatusObject) => resolve([...received, `${code} ${details}`]));
    });
  } finally {
    client.close();
    server.forceShutdown();
  }
}

describe('the stream under a call', () => {
  it('is where grpc-js keeps it', async () => {
    const found: unknown[] = [];
    await receive((call) => {
      found.push(Reflect.get(streamOf(call) ?? {}, 'id'));
      call.end();
    });
    expect(found).to.deep.equal([1]);
  });

  it('is unknown when grpc-js keeps it elsewhere', () => {
    expect(streamOf({})).to.equal(undefined);
    expect(streamOf({ call: { nextCall: { stream: { close: () => undefined } } } })).to.equal(undefined);
  });
});

describe('sender', () => {
  for (const [how, find] of [
    ['over the stream', streamOf],
    ['over the call, when the stream is unknown', () => undefined],
  ] as const) {
    it(`delivers messages and the status behind them ${how}, and tells of each that it has left`, async () => {
      let flushed = 0;
      const got = await receive((call) => {
        const send = sender(call, find);
        for (const text of ['one', 'two']) {
          send(prefixed(Buffer.from(text)), (error) => {
            if (!error) flushed++;
          });
        }
        call.emit('error', { code: 14, details: 'that was all' });
      });
      expect(got).to.deep.equal(['one', 'two', '14 that was all']);
      expect(flushed).to.equal(2);
    });
  }

  it('sends nothing after the end', async () => {
    const got = await receive((call) => {
      const send = sender(call);
      send(prefixed(Buffer.from('one')), () => undefined);
      call.end();
      setImmediate(() => send(prefixed(Buffer.from('two')), () => undefined));
    });
    expect(got).to.deep.equal(['one', '0 OK']);
  });
});
