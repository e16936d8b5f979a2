/** The command that judges the same target again, for reports. */

import type { HostPort } from '../protocol/cli.ts';
import { withoutSecret } from './store/records.ts';
import { addressOf } from './target/server.ts';

/** What says which target a run has. */
export interface TargetOptions {
  readonly server: readonly HostPort[];
  readonly serverCmd?: readonly string[];
  readonly store?: string;
  readonly withStore?: boolean;
  readonly clientCmd?: readonly string[];
  readonly clientDriver?: readonly string[];
  readonly seedFromClientId?: boolean;
}

/** A line for a shell. The store's user and password are not in it. @param program how the suite is called */
export function commandOf(options: TargetOptions, program: string): string {
  const words = [program];
  for (const server of options.server) words.push(`--server ${quote(addressOf(server))}`);
  if (options.serverCmd !== undefined) words.push(`--server-cmd ${quote(joinWords(options.serverCmd))}`);
  if (options.clientCmd !== undefined) words.push(`--client-cmd ${quote(joinWords(options.clientCmd))}`);
  if (options.clientDriver !== undefined) words.push(`--client-driver ${quote(joinWords(options.clientDriver))}`);
  if (options.store !== undefined) words.push(`--store ${quote(withoutSecret(options.store))}`);
  if (options.withStore === true) words.push('--with-store');
  if (options.seedFromClientId === true) words.push('--seed-from-client-id');
  return words.join(' ');
}

/** A command line that splits into these words again. */
export function joinWords(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : quoted(word))).join(' ');
}

/** As a shell takes it for one word; brackets are patterns to some shells. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
