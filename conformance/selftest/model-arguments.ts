/** The command-line clause as the model client reads it. Spec: cli.md section 1. */

import type { Profile } from '../../protocol/messages.ts';
import type { ClientBug } from './bugs/client.ts';

export interface ModelArguments {
  readonly server: string;
  readonly profile: Profile;
  readonly count: number;
  readonly clientId: string | undefined;
  readonly ratio: 2 | 3;
  readonly confirm: boolean;
  readonly prefixChecksum: boolean;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @returns the arguments, or what is wrong as text */
export function parseArguments(argv: readonly string[], bug: ClientBug | undefined): ModelArguments | string {
  if (bug === 'positional-flags' && argv[0] !== '--server') return `argument 1: expected --server, got ${argv[0]}`;
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const flag = argv[i] ?? '';
    const isSwitch = flag === '--no-confirm' || flag === '--prefix-checksum';
    values.set(flag, isSwitch ? '' : (argv[++i] ?? ''));
  }
  const [server = '', profile = '', count = '', clientId, ratio = '2'] = [
    '--server',
    '--profile',
    '--count',
    '--client-id',
    '--ratio',
  ].map((flag) => values.get(flag));
  const port = Number(/^.+:(\d{1,5})$/.exec(server)?.[1] ?? Number.NaN);
  if (!(port >= 1 && port <= 65_535)) return `--server: expected HOST:PORT, got ${server}`;
  if (profile !== 'stateless' && profile !== 'stateful')
    return `--profile: expected stateless or stateful, got ${profile}`;
  const n = /^\d{1,5}$/.test(count) ? Number(count) : 0;
  if (n < 1 || n > 65_535) return `--count: expected 1..65535, got ${count}`;
  if (clientId !== undefined && !UUID.test(clientId)) return `--client-id: expected a UUID, got ${clientId}`;
  if (ratio !== '2' && ratio !== '3') return `--ratio: expected 2 or 3, got ${ratio}`;
  return {
    server,
    profile,
    count: n,
    clientId,
    ratio: ratio === '3' ? 3 : 2,
    confirm: !values.has('--no-confirm'),
    prefixChecksum: values.has('--prefix-checksum'),
  };
}
