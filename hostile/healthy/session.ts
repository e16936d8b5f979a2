/**
 * One session of a client that does everything right: each value is checked, each item's lateness measured.
 */
import http2 from 'node:http2';
import { checksumOf, sequenceChecksum } from '../../conformance/oracle/checksum.ts';
import { itemsOf } from '../../conformance/oracle/pcg32.ts';
import { decodeResponse } from '../../conformance/target/wire.ts';
import type { MessageView } from '../../conformance/trace.ts';
import { framed, OPEN, openBytes } from '../inputs/build.ts';
import type { Target } from '../run/calls.ts';
import { Deframer } from '../run/deframer.ts';

export interface SessionPlan {
  readonly target: Target;
  readonly clientId: string;
  readonly n: number;
  /** The seed as it has to be, undefined when the server does not tell it: then the checksum alone decides. */
  readonly seed: bigint | undefined;
}

export interface SessionReport {
  readonly items: number;
  /** What went wrong first, undefined when all is right. */
  readonly fault: string | undefined;
}

/** @param late called for each item behind the second with the milliseconds that its gap was longer than the interval */
export function runHealthy(
  { target, clientId, n, seed }: SessionPlan,
  late: (ms: number) => void,
): Promise<SessionReport> {
  const session = http2.connect(`http://${target.host}:${target.port}`);
  const headers = { ':method': 'POST', ':path': OPEN, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  stream.end(framed(openBytes({ kind: 'stateful-start', clientId, n, attempt: 1 })));
  const expected = seed === undefined ? undefined : itemsOf(seed, n);
  const values: number[] = [];
  const deframer = new Deframer();
  let fault: string | undefined;
  let intervalMs = 0;
  let lastMs = 0;
  let status: string | undefined;
  const take = (message: MessageView): void => {
    if (message.kind === 'opened') {
      intervalMs = message.intervalMs;
      return;
    }
    if (message.kind !== 'item' && message.kind !== 'final') {
      fault ??= `${message.kind} instead of an item`;
      return;
    }
    const now = performance.now();
    // The first gap is longer on purpose (RSQ-PAC-4).
    if (values.length >= 2 && message.kind === 'item') late(Math.max(0, now - lastMs - intervalMs));
    lastMs = now;
    const value = Number(message.value);
    if (message.index !== values.length) fault ??= `index ${message.index} instead of ${values.length}`;
    if (expected !== undefined && value !== expected[values.length]) fault ??= `a wrong value at ${values.length}`;
    values.push(value);
    if (message.kind === 'final') fault ??= judgeFinal(message.checksum, values, seed, n);
  };
  stream.on('data', (chunk: Buffer) => {
    for (const bytes of deframer.take(chunk)) take(decodeResponse('Open', bytes));
  });
  const noteStatus = (got: http2.IncomingHttpHeaders): void => {
    if (got['grpc-status'] !== undefined) status = `${String(got['grpc-status'])} ${String(got['grpc-message'] ?? '')}`;
  };
  stream.on('response', noteStatus);
  stream.on('trailers', noteStatus);
  return new Promise((resolve) => {
    session.on('error', (error) => {
      fault ??= error.message;
    });
    stream.on('error', (error) => {
      fault ??= error.message;
    });
    stream.on('close', () => {
      session.destroy();
      if (values.length < n) fault ??= `ended at ${values.length} of ${n} with ${status ?? 'no status'}`;
      resolve({ items: values.length, fault });
    });
  });
}

function judgeFinal(
  checksum: string,
  values: readonly number[],
  seed: bigint | undefined,
  n: number,
): string | undefined {
  const right = seed === undefined ? checksumOf(values) : sequenceChecksum(seed, n);
  return Buffer.from(right).toString('hex') === checksum ? undefined : 'a wrong checksum';
}
