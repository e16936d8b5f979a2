/**
 * The client as a program of its user has it: an async iterable that survives a cut connection.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import { openSequence } from 'reseq/client';
import { createServer } from 'reseq/server';

const COUNT = 12;

const server = createServer({ intervalMs: 20 });
const { port } = await server.listen();

const sockets = new Set();
const relay = createTcpServer((inbound) => {
  const outbound = connect(port, '127.0.0.1');
  for (const [socket, other] of [
    [inbound, outbound],
    [outbound, inbound],
  ]) {
    sockets.add(socket);
    socket.pipe(other);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  }
}).listen(0, '127.0.0.1');
await once(relay, 'listening');

const indexes = [];
const sequence = openSequence({
  server: { host: '127.0.0.1', port: relay.address().port },
  profile: 'stateful',
  count: COUNT,
});
for await (const { index, value } of sequence) {
  indexes.push(index);
  assert.ok(Number.isInteger(value) && value >= 0 && value < 2 ** 32);
  if (index === 4) for (const socket of sockets) socket.resetAndDestroy();
}
const result = await sequence.result;
assert.deepEqual(
  indexes,
  Array.from({ length: COUNT }, (_, index) => index),
);
assert.equal(result.result, 'complete');
assert.ok(result.reconnects >= 1, 'the cut was noticed');

relay.close();
await server.close();
