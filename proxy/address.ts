/**
 * Where the proxy listens. `localhost`, which a port alone means, is both loopback addresses on one port.
 */
import type net from 'node:net';
import { type HostPort, parseHostPort, parseIntIn } from '../protocol/cli.ts';

/** With port 0 the port that IPv4 was given may be taken on IPv6. */
const PORT_TRIES = 10;
const IPV6_ABSENT: ReadonlySet<unknown> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** `9100`, `127.0.0.1:9100` or `[::1]:0`; port 0 = any. @throws UsageError */
export function parseListen(text: string): HostPort {
  if (/^\d+$/.test(text)) return { host: 'localhost', port: parseIntIn('port', 0, 65_535)(text) };
  return text.endsWith(':0') ? { ...parseHostPort(`${text.slice(0, -1)}1`), port: 0 } : parseHostPort(text);
}

/** Listens on one address, or on both loopback addresses. @throws the error of the socket */
export async function listenOn(
  { host, port }: HostPort,
  create: () => net.Server,
): Promise<{ readonly port: number; readonly servers: readonly net.Server[] }> {
  if (host !== 'localhost') {
    const server = create();
    return { port: await bind(server, host, port), servers: [server] };
  }
  for (let tries = 1; ; tries++) {
    const [ipv4, ipv6] = [create(), create()];
    const chosen = await bind(ipv4, '127.0.0.1', port);
    try {
      await bind(ipv6, '::1', chosen);
      return { port: chosen, servers: [ipv4, ipv6] };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (IPV6_ABSENT.has(code)) return { port: chosen, servers: [ipv4] };
      ipv4.close();
      if (code !== 'EADDRINUSE' || port !== 0 || tries === PORT_TRIES) throw error;
    }
  }
}

function bind(server: net.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
