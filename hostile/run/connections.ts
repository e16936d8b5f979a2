/**
 * TCP connections on which hostile bytes are written, and whether the server ends them.
 */
import net from 'node:net';
import type { Answer } from '../category.ts';
import type { Target } from './calls.ts';

/**
 * Writes the pieces and waits for the end of the connection.
 * @param patienceMs `open` when it is still there then
 */
export function tryConnection(target: Target, pieces: readonly Buffer[], patienceMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...target, noDelay: true });
    let answer: Answer | undefined;
    const timer = setTimeout(() => {
      answer = 'open';
      socket.destroy();
    }, patienceMs);
    socket.on('error', (error) => {
      if ('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'EADDRNOTAVAIL')) answer = 'refused';
    });
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece);
    });
    // A server that says goodbye and waits for the other side has ended it as well.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer ?? 'closed');
    });
    socket.resume();
  });
}
