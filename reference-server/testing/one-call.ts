/** A call of grpc-js with bytes as messages, from a real server to a real client. */
import {
  Client,
  credentials,
  type handleServerStreamingCall,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type StatusObject,
} from '@grpc/grpc-js';

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

/** What a client receives of one call to the handler, messages in hexadecimal, then the status. */
export async function receive(
  open: handleServerStreamingCall<Buffer, Buffer>,
  interceptors: ServerInterceptor[] = [],
): Promise<readonly string[]> {
  const server = new Server({ interceptors });
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
      call.on('data', (bytes: Buffer) => received.push(bytes.toString('hex')));
      call.on('error', () => undefined);
      call.on('status', ({ code, details }: StatusObject) => resolve([...received, `${code} ${details}`]));
    });
  } finally {
    client.close();
    server.forceShutdown();
  }
}
