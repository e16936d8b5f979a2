/**
 * A session that goes on while its client id is abused: nothing that others ask for may end or change it.
 */
import http2 from 'node:http2';
import { decodeResponse } from '../../conformance/target/wire.ts';
import type { Victim } from '../category.ts';
import type { Draw } from '../draw.ts';
import { framed, OPEN, openBytes } from '../inputs/build.ts';
import type { Target } from './calls.ts';
import { Deframer } from './deframer.ts';

const N = 65_000;
const ATTEMPT = 1_000;

export interface RunningVictim extends Victim {
  /** Why it has ended, undefined while it runs. */
  readonly ended: () => string | undefined;
  close(): void;
}

/** Rejects when it gets no OPENED. */
export function startVictim(target: Target, draw: Draw): Promise<RunningVictim> {
  const clientId = draw.clientId();
  const session = http2.connect(`http://${target.host}:${target.port}`);
  let ended: string | undefined;
  const headers = { ':method': 'POST', ':path': OPEN, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  stream.end(framed(openBytes({ kind: 'stateful-start', clientId, n: N, attempt: ATTEMPT })));
  const deframer = new Deframer();
  let next = 0;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      ended ??= why;
      reject(new Error(`${target.host}:${target.port}: no session: ${why}`));
    };
    session.on('error', (error) => fail(error.message));
    stream.on('error', (error) => fail(error.message));
    stream.on('response', (got) => got['grpc-status'] !== undefined && fail(`status ${String(got['grpc-status'])}`));
    stream.on('trailers', (got: http2.IncomingHttpHeaders) => fail(`status ${String(got['grpc-status'])}`));
    stream.on('close', () => fail('closed'));
    stream.on('data', (chunk: Buffer) => {
      for (const bytes of deframer.take(chunk)) {
        const message = decodeResponse('Open', bytes);
        if (message.kind === 'opened' && message.sequence?.profile === 'stateful') {
          const { resumeKey } = message.sequence;
          resolve({ clientId, n: N, attempt: ATTEMPT, resumeKey, ended: () => ended, close: () => session.destroy() });
        } else if (message.kind !== 'item' || message.index !== next++)
          fail(`item ${next - 1} did not come in its turn`);
      }
    });
  });
}
