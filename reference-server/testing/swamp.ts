/**
 * A TCP relay in which connections silently die: they stay up, and nothing passes any more. New ones are well.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface Swamp {
  readonly port: number;
  /** Lets every connection that is up die. */
  swallow(): void;
  close(): void;
}

/** @param to port of 127.0.0.1 to relay to */
export async function startSwamp(to: number): Promise<Swamp> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    swallow: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.resume();
      }
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
