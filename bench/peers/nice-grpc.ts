/**
 * What a user of nice-grpc writes: a generator for each call that yields objects and sleeps. Arguments: interval in
 * milliseconds; calls at one time on one connection.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallContext, createServer } from 'nice-grpc';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import type { OpenRequestWire, OpenResponseWire } from '../../protocol/bindings/grpc/wire.ts';

const [interval = '1000', streams = '100'] = process.argv.slice(2);
const intervalMs = Number(interval);

async function* open(_request: OpenRequestWire, { signal }: CallContext): AsyncGenerator<OpenResponseWire> {
  for (let index = 0; ; index++) {
    if (index > 1) await sleep(intervalMs, undefined, { signal });
    yield { item: { index, number: index } };
  }
}

function unimplemented(): never {
  throw new Error('not here');
}

const server = createServer({ 'grpc.max_concurrent_streams': Number(streams) });
// A definition that was loaded does not tell its types which of its methods stream.
server.add(loadService().definition, { Open: open, Describe: unimplemented, Confirm: unimplemented } as never);
process.stdout.write(`${JSON.stringify({ port: await server.listen('127.0.0.1:0') })}\n`);
