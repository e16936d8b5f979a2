/**
 * A client under test, in one of two ways: a command that is started once a run (cli.md), or a driver, one process for
 * all runs (driver.md). The scenarios see no more of it than this.
 */

import type { Profile } from '../../protocol/messages.ts';
import type { ClaimView, ResultView, RunRequestView } from '../trace.ts';
import { type ExitInfo, start } from './process.ts';

export interface ClientRun {
  readonly host: string;
  readonly port: number;
  readonly profile: Profile;
  readonly count: number;
  readonly clientId?: string;
  readonly ratio?: 2 | 3;
  /** The client is not to ask for `confirm-final`. */
  readonly confirm?: false;
  /** The client is to ask for `prefix-checksum`. */
  readonly prefixChecksum?: true;
  /** A command only: all arguments as they are, in place of those made of the other fields. */
  readonly args?: readonly string[];
}

/** How a run began, as it goes into the trace. */
export type RunBegin =
  | { readonly by: 'command'; readonly argv: readonly string[] }
  | { readonly by: 'driver'; readonly request: RunRequestView };

/** How a run ended, as it goes into the trace. */
export type RunEnd =
  | { readonly by: 'command'; readonly exit: ExitInfo }
  | {
      readonly by: 'driver';
      readonly id: string;
      readonly answer: DriverAnswer;
      readonly claims: ClaimView | undefined;
    };

/** What a driver answered to a run: a result, an error, or nothing any more. */
export type DriverAnswer =
  | { readonly what: 'result'; readonly result: ResultView }
  | { readonly what: 'error'; readonly message: string }
  | { readonly what: 'none'; readonly why: string };

export interface RunHandle {
  readonly begin: RunBegin;
  /** Never rejects but for a fault of the suite. */
  readonly ended: Promise<RunEnd>;
  /**
   * End it as a user would: a command gets the signal; a driver, which has no signals for one run, a `cancel`.
   * @returns what was sent
   */
  interrupt(signal: NodeJS.Signals): string;
  /** End it for good. */
  stop(): Promise<RunEnd>;
}

export interface ClientTarget {
  readonly kind: 'command' | 'driver';
  /** The command, for people. */
  readonly name: string;
  /** Begin a run; the caller waits for `ended` or calls `stop`. */
  start(run: ClientRun): RunHandle;
}

/** @param argv the command without the clause's flags */
export function clientCommandTarget(argv: readonly string[]): ClientTarget {
  return {
    kind: 'command',
    name: argv.join(' '),
    start: (run) => {
      const child = start([...argv, ...clientArguments(run)]);
      const toEnd = (exit: ExitInfo): RunEnd => ({ by: 'command', exit });
      return {
        begin: { by: 'command', argv: child.argv },
        ended: child.exited.then(toEnd),
        interrupt: (signal) => {
          child.signal(signal);
          return signal;
        },
        stop: () => child.stop().then(toEnd),
      };
    },
  };
}

/** Flags of the command-line clause. */
export function clientArguments(run: ClientRun): string[] {
  if (run.args !== undefined) return [...run.args];
  const args = ['--server', `${run.host}:${run.port}`, '--profile', run.profile, '--count', String(run.count)];
  if (run.clientId !== undefined) args.push('--client-id', run.clientId);
  if (run.ratio !== undefined) args.push('--ratio', String(run.ratio));
  if (run.confirm === false) args.push('--no-confirm');
  if (run.prefixChecksum === true) args.push('--prefix-checksum');
  return args;
}

/** What a client must support to carry out this run, in the words of a driver's `hello`. Spec: driver.md section 1. */
export function asksFor(
  run: Pick<ClientRun, 'profile' | 'clientId' | 'ratio' | 'confirm' | 'prefixChecksum'>,
): ClaimView {
  const options = [
    ...(run.clientId === undefined ? [] : ['clientId']),
    ...(run.ratio === 3 ? ['ratio'] : []),
    ...(run.confirm === false ? ['confirm'] : []),
    ...(run.prefixChecksum === true ? ['prefixChecksum'] : []),
  ];
  return { profiles: [run.profile], options };
}

/** Whether all that a run asks for is claimed. */
export function isClaimed(asks: ClaimView, claims: ClaimView): boolean {
  return (
    asks.profiles.every((profile) => claims.profiles.includes(profile)) &&
    asks.options.every((option) => claims.options.includes(option))
  );
}
