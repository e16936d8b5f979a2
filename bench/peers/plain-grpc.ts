/**
 * What a user of grpc-js writes after its tutorial: a generated service, objects as messages, a timer for each call.
 * Arguments: interval in milliseconds, 0 = as fast as the stream takes them; calls at one time on one connection.
 */
import { Server, ServerCredentials, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import type { OpenRequestWire, OpenResponseWire } from '../../protocol/bindings/grpc/wire.ts';
import { FLOOD_AFTER_MS } from './item.ts';

const [interval = '1000', streams = '100'] = process.argv.slice(2);
const intervalMs = Number(interval);

function open(call: ServerWritableStream<OpenRequestWire, OpenResponseWire>): void {
  let index = 0;
  const send = (): boolean => {
    const item = { index, number: index };
    index++;
    return call.write({ item });
  };
  send();
  send();
  if (intervalMs > 0) {
    const timer = setInterval(send, intervalMs);
    call.on('cancelled', () => clearInterval(timer));
    return;
  }
  let isOver = false;
  const flood = (): void => {
    while (!isOver && send());
  };
  call.on('drain', flood);
  call.on('cancelled', () => {
    isOver = true;
  });
  setTimeout(flood, FLOOD_AFTER_MS);
}

function unimplemented<Response>(_call: unknown, callback: sendUnaryData<Response>): void {
  callback(new Error('not here'));
}

const server = new Server({ 'grpc.max_concurrent_streams': Number(streams) });
server.addService(loadService().definition, { Open: open, Describe: unimplemented, Confirm: unimplemented });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
