/** A client under test: a command that follows the command-line clause of the specification. */

import type { Profile } from '../../protocol/messages.ts';
import { type ChildHandle, start } from './process.ts';

export interface ClientRun {
  readonly host: string;
  readonly port: number;
  readonly profile: Profile;
  readonly count: number;
  readonly clientId?: string;
  readonly ratio?: 2 | 3;
  /** Further flags of the clause: `--no-confirm`, `--prefix-checksum`. */
  readonly flags?: readonly string[];
  /** All arguments as they are, in place of those made of the other fields: wrong ones, or another order. */
  readonly args?: readonly string[];
}

export interface ClientCommand {
  readonly argv: readonly string[];
  /** Start the client once; the caller waits for `exited` or calls `stop`. */
  start(run: ClientRun): ChildHandle;
}

/** @param argv the command without the clause's flags */
export function clientCommandTarget(argv: readonly string[]): ClientCommand {
  return { argv, start: (run) => start([...argv, ...clientArguments(run)]) };
}

/** Flags of the command-line clause. */
export function clientArguments(run: ClientRun): string[] {
  if (run.args !== undefined) return [...run.args];
  const args = ['--server', `${run.host}:${run.port}`, '--profile', run.profile, '--count', String(run.count)];
  if (run.clientId !== undefined) args.push('--client-id', run.clientId);
  if (run.ratio !== undefined) args.push('--ratio', String(run.ratio));
  return [...args, ...(run.flags ?? [])];
}
