/**
 * Whom a limit per address counts as one. Spec: core.md section 12.1.
 */

const IPV4_IN_IPV6 = '::ffff:';
/** A site usually has a whole /64 network of IPv6 to itself, so one machine can come from any address of it. */
const SITE_GROUPS = 4;
const IPV6_GROUPS = 8;

/** What names a transport connection: address and port, as grpc-js writes them too. */
export function peerName(address: string | undefined, port: number | undefined): string {
  return `${address}:${port}`;
}

/** The address in a name that `peerName` made. */
export function addressOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(':'));
}

/**
 * The key under which an address is counted: an IPv4 address, or the /64 network of an IPv6 address.
 * @param countsLoopback whether the machine itself is counted, which mostly means a proxy or a test
 * @returns undefined for what is not counted
 */
export function addressKey(address: string | undefined, countsLoopback: boolean): string | undefined {
  if (address === undefined) return undefined;
  const plain = address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address;
  if (!countsLoopback && (plain === '::1' || plain.startsWith('127.'))) return undefined;
  return plain.includes(':') ? siteOf(plain) : plain;
}

function siteOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, IPV6_GROUPS - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, SITE_GROUPS).join(':')}::/64`;
}
