/**
 * What a user of connect-node writes: a generator for each call that yields messages and sleeps. Descriptors made by buf spare
 * the generated code. Arguments: interval in milliseconds; calls at one time on one connection.
 */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { HandlerContext } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { SERVICE_NAME } from '../../protocol/bindings/grpc/service.ts';

const [interval = '1000', streams = '100'] = process.argv.slice(2);
const intervalMs = Number(interval);

async function* open(_request: unknown, { signal }: HandlerContext): AsyncGenerator<object> {
  for (let index = 0; ; index++) {
    if (index > 1) await sleep(intervalMs, undefined, { signal });
    yield { message: { case: 'item', value: { index, value: { case: 'number', value: index } } } };
  }
}

const { status, stdout, stderr } = spawnSync('npx', ['buf', 'build', 'spec/proto', '--output', '-']);
if (status !== 0) throw new Error(`buf build: ${stderr}`);
const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout)).getService(SERVICE_NAME);
if (service === undefined) throw new Error(`${SERVICE_NAME}: not in the .proto`);

// Descriptors that are not generated tell no types of their methods.
const handler = connectNodeAdapter({ routes: (router) => router.service(service, { open } as never) });
const server = createServer({ settings: { maxConcurrentStreams: Number(streams) } }, handler);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
