import { expect } from 'chai';
import { createServer, type ReseqServer } from '../index.ts';
import { Caller } from '../testing/caller.ts';

const LIST_SERVICES = Uint8Array.of(0x3a, 0x00);

describe('what operators ask a server', () => {
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

  for (const version of ['v1', 'v1alpha']) {
    it(`lists its service by reflection ${version}`, async () => {
      const answer = await new Promise<Buffer>((resolve, reject) => {
        const call = caller.client.makeBidiStreamRequest(
          `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
          (bytes: Uint8Array) => Buffer.from(bytes),
          (bytes: Buffer) => bytes,
        );
        call.on('data', resolve);
        call.on('error', reject);
        call.end(LIST_SERVICES);
      });
      expect(answer.toString('latin1')).to.contain('reseq.v1.SequenceService');
    });
  }

  it('reports its health, and that it is going away while it drains', async () => {
    const statuses: string[] = [];
    const watch = caller.client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes.toString('hex'),
      new Uint8Array(),
    );
    watch.on('data', (status: string) => statuses.push(status));
    watch.on('error', () => undefined);
    await new Promise((resolve) => watch.once('data', resolve));
    await server.drain();
    // HealthCheckResponse{status}: SERVING, NOT_SERVING.
    expect(statuses).to.deep.equal(['0801', '0802']);
  });
});
