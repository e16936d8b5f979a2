/**
 * The one command that goes on with an interrupted run, as its user would type it.
 */
import { basename, relative } from 'node:path';
import { DEFAULT_CONNECT_ATTEMPTS } from './defaults.ts';
import type { ClientFlags } from './flags.ts';

/** How this program was started, up to its flags: `npx reseq client`. */
export function launchedAs({ argv, env, execArgv }: Pick<NodeJS.Process, 'argv' | 'env' | 'execArgv'>): string {
  if (env['npm_lifecycle_event'] === 'client') return 'npm run client --';
  const script = argv[1] ?? 'reseq';
  if (!script.endsWith('.ts')) return `npx ${basename(script, '.js')} client`;
  return ['node', ...execArgv, relative('.', script), 'client'].map(quote).join(' ');
}

/** @param launched what `launchedAs` gave @param statePath where the run is kept */
export function resumeCommand(launched: string, flags: ClientFlags, statePath: string): string {
  const words = ['--server', flags.server, '--state', statePath];
  if (!flags.confirm) words.push('--no-confirm');
  if (flags.prefixChecksum) words.push('--prefix-checksum');
  if (flags.giveUp !== undefined) words.push('--give-up', `${flags.giveUp}ms`);
  if (flags.connectAttempts !== DEFAULT_CONNECT_ATTEMPTS)
    words.push('--connect-attempts', String(flags.connectAttempts));
  if (flags.json) words.push('--json');
  if (flags.tls) words.push('--tls');
  for (const name of ['cacert', 'cert', 'key'] as const) {
    const path = flags[name];
    if (path !== undefined) words.push(`--${name}`, path);
  }
  return `${launched} ${words.map(quote).join(' ')}`;
}

/** For a POSIX shell. */
function quote(word: string): string {
  return /^[\w./:=@%+,[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
