/**
 * The floor: gRPC messages on bare node:http2, without a gRPC library, sessions or checks. One timer for all streams, as a
 * careful author would write it. Arguments: interval in milliseconds, 0 = as fast as the streams take them.
 */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { FLOOD_AFTER_MS, gRpcItem } from './item.ts';

const [interval = '1000'] = process.argv.slice(2);
const intervalMs = Number(interval);

interface Row {
  readonly stream: ServerHttp2Stream;
  index: number;
}

/** Rows by the millisecond at which they are due. */
const wheel = new Map<number, Row[]>();
let turnedMs = Math.floor(performance.now());

function turn(): void {
  const nowMs = Math.floor(performance.now());
  for (; turnedMs < nowMs; turnedMs++) {
    const due = wheel.get(turnedMs);
    wheel.delete(turnedMs);
    for (const row of due ?? []) {
      if (row.stream.destroyed) continue;
      row.stream.write(gRpcItem(row.index++));
      put(row, turnedMs + intervalMs);
    }
  }
}

function put(row: Row, atMs: number): void {
  const rows = wheel.get(atMs);
  if (rows === undefined) wheel.set(atMs, [row]);
  else rows.push(row);
}

function flood(row: Row): void {
  while (!row.stream.destroyed && row.stream.write(gRpcItem(row.index++)));
}

// A session may hold 10 MB by default, which thousands of streams exceed.
const server = createServer({ maxSessionMemory: 4_096, settings: { maxConcurrentStreams: 100_000 } });
server.on('stream', (stream) => {
  stream.on('error', () => undefined);
  stream.resume();
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' });
  const row: Row = { stream, index: 0 };
  stream.write(gRpcItem(row.index++));
  stream.write(gRpcItem(row.index++));
  if (intervalMs > 0) put(row, Math.ceil(performance.now()) + intervalMs);
  else {
    stream.on('drain', () => flood(row));
    setTimeout(flood, FLOOD_AFTER_MS, row);
  }
});
process.on('SIGTERM', () => process.exit());
if (intervalMs > 0) setInterval(turn, 1);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
