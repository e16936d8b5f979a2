/** A driver's process that a test plays: it gets the requests and writes what it likes. Spec: driver.md. */

import type { DriverChild, LaunchDriver } from '../target/driver-link.ts';
import type { ExitInfo } from '../target/process.ts';

export const CLAIMS = {
  profiles: ['stateless', 'stateful'],
  options: ['clientId', 'ratio', 'confirm', 'prefixChecksum'],
};
export const HELLO = { type: 'hello', version: 1, implementation: 'scripted 1', ...CLAIMS };

export type Fields = { readonly [field: string]: unknown };

/** What the player of a driver may do. */
export interface Stage {
  /** Write a line. */
  say(line: object): void;
  /** Write bytes as they are. */
  write(text: string): void;
  exit(code: number, stderr?: string): void;
}

export interface Playing {
  readonly launch: LaunchDriver;
  /** Requests of all processes, parsed. */
  readonly requests: Fields[];
  starts(): number;
}

/** @param play gets each request; `bye` and signals end the process unless it has ended already */
export function scripted(play: (request: Fields, stage: Stage) => void): Playing {
  const requests: Fields[] = [];
  let starts = 0;
  const launch: LaunchDriver = (heard) => {
    starts += 1;
    let end: (exit: ExitInfo) => void = () => undefined;
    const exited = new Promise<ExitInfo>((resolve) => {
      end = resolve;
    });
    const exit = (code: number | null, stderr = '', signal: string | null = null): void =>
      end({ code, signal, stdout: '', stderr, truncated: false });
    const write = (text: string): void => heard(Buffer.from(text));
    const stage: Stage = { write, say: (line) => write(`${JSON.stringify(line)}\n`), exit };
    const child: DriverChild = {
      exited,
      write: (text) => {
        const request = JSON.parse(text) as Fields;
        requests.push(request);
        // As a process does: never before the writer goes on.
        queueMicrotask(() => {
          play(request, stage);
          if (request['type'] === 'bye') exit(0);
        });
      },
      endInput: () => exit(0),
      signal: (name) => exit(null, '', name),
      stop: () => {
        exit(null, '', 'SIGTERM');
        return exited;
      },
    };
    return child;
  };
  return { launch, requests, starts: () => starts };
}

/** A result of a run that was never made: lies are made of these. */
export function claimedComplete({ profile, count, clientId, ratio }: Fields): Fields {
  const common = { result: 'complete', profile, count, received: count, reconnects: 0 };
  const sum = '00'.repeat(32);
  const id = typeof clientId === 'string' ? clientId.toLowerCase() : '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
  return profile === 'stateless'
    ? { ...common, a: 23, ratio: ratio ?? 2, sum: '1' }
    : { ...common, clientId: id, checksum: sum, expectedChecksum: sum };
}
