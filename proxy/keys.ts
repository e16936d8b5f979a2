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
  d: {
    help: 'down: reset all, refuse new ones',
    press: (proxy) => {
      proxy.refuse(true);
      proxy.cut('rst');
    },
  },
  h: {
    help: 'heal',
    press: (proxy) => {
      proxy.hold(false);
      proxy.refuse(false);
    },
  },
  r: { help: 'reset all', press: (proxy) => proxy.cut('rst') },
  f: { help: 'FIN to all', press: (proxy) => proxy.cut('fin') },
  b: { help: 'black hole for those that are up', press: (proxy) => proxy.cut('blackhole') },
};

/** One key each. */
export const KEY_LINES: readonly string[] = [
  ...Object.entries(KEYS).map(([key, { help }]) => `${key} ${help}`),
  'q quit',
];

/** Short enough for a terminal of 80 columns. */
export const KEY_HELP = [KEY_LINES.slice(0, 3), KEY_LINES.slice(3)]
  .map((keys, k) => `${k === 0 ? 'keys: ' : '      '}${keys.join(',  ')}`)
  .join('\n');

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
