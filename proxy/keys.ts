/**
 * What a person at the keyboard can do to the connections.
 */
import type { FaultProxy } from './proxy.ts';

interface Key {
  readonly help: string;
  readonly press: (proxy: FaultProxy) => void;
}

const KEYS: Readonly<Record<string, Key>> = {
  c: { help: 'cut the cable', press: (proxy) => proxy.hold(true) },
  d: { help: 'refuse new connections', press: (proxy) => proxy.refuse(true) },
  h: {
    help: 'heal',
    press: (proxy) => {
      proxy.hold(false);
      proxy.refuse(false);
    },
  },
  r: { help: 'reset all', press: (proxy) => proxy.cut('rst') },
  f: { help: 'FIN to all', press: (proxy) => proxy.cut('fin') },
  b: { help: 'black-hole those that are up', press: (proxy) => proxy.cut('blackhole') },
};

export const KEY_HELP = `keys: ${Object.entries(KEYS)
  .map(([key, { help }]) => `${key} ${help}`)
  .join(', ')}, q quit`;

/** Ctrl-C and Ctrl-D, which a terminal in raw mode hands over like every other key. */
const QUIT: ReadonlySet<string> = new Set(['q', '\u0003', '\u0004']);

/** @returns what the key asks of the program beyond the proxy */
export function pressKey(proxy: FaultProxy, key: string): 'quit' | 'help' | undefined {
  if (QUIT.has(key)) return 'quit';
  const known = KEYS[key];
  if (known === undefined) return /\s/.test(key) ? undefined : 'help';
  known.press(proxy);
  return undefined;
}
