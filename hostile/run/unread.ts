/**
 * Sessions whose client lets nothing through: many on each connection, with a flow-control window of nothing.
 */
import http2 from 'node:http2';
import type { Answer } from '../category.ts';
import type { Draw } from '../draw.ts';
import { framed, OPEN, openBytes } from '../inputs/build.ts';
import type { Target } from './calls.ts';

const SESSIONS_OF_A_CONNECTION = 50;

/** @returns for each session `reset` or `closed` when the server has given it up, `open` when it had not in time */
export async function openUnread(target: Target, draw: Draw, count: number, patienceMs: number): Promise<Answer[]> {
  const connections = Math.ceil(count / SESSIONS_OF_A_CONNECTION);
  const answers = await Promise.all(
    Array.from({ length: connections }, (_, k) =>
      onOneConnection(
        target,
        draw,
        Math.min(SESSIONS_OF_A_CONNECTION, count - k * SESSIONS_OF_A_CONNECTION),
        patienceMs,
      ),
    ),
  );
  return answers.flat();
}

async function onOneConnection(target: Target, draw: Draw, count: number, patienceMs: number): Promise<Answer[]> {
  const session = http2.connect(`http://${target.host}:${target.port}`, { settings: { initialWindowSize: 0 } });
  session.on('error', () => undefined);
  const answers = await Promise.all(
    Array.from({ length: count }, () => {
      const request = openBytes({ kind: 'stateful-start', clientId: draw.clientId(), n: 65_535, attempt: 1 });
      const headers = { ':method': 'POST', ':path': OPEN, 'content-type': 'application/grpc', te: 'trailers' };
      const stream = session.request(headers);
      stream.on('error', () => undefined);
      stream.end(framed(request));
      return new Promise<Answer>((resolve) => {
        const timer = setTimeout(() => resolve('open'), patienceMs);
        stream.once('close', () => {
          clearTimeout(timer);
          resolve(session.destroyed ? 'closed' : 'reset');
        });
      });
    }),
  );
  session.destroy();
  return answers;
}
