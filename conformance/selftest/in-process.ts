/** The model client as a command that runs inside this process: hundreds of programs would cost minutes to start. */

import { type ClientRun, type ClientTarget, clientArguments, type RunEnd, type RunHandle } from '../target/client.ts';
import type { ClientBug } from './bugs/client.ts';
import { runModelClient } from './model-client.ts';
import type { ClientOddball } from './oddballs.ts';

/** @param scale factor on all times of the specification */
export function inProcessClient(bug: ClientBug | undefined, scale: number, odd?: ClientOddball): ClientTarget {
  const argv = ['model-client', ...(bug === undefined ? [] : ['--bug', bug])];
  return {
    kind: 'command',
    name: argv.join(' '),
    start: (run) => startInProcess(argv, run, bug, scale, odd),
  };
}

function startInProcess(
  argv: readonly string[],
  run: ClientRun,
  bug: ClientBug | undefined,
  scale: number,
  odd: ClientOddball | undefined,
): RunHandle {
  let stdout = '';
  let stderr = '';
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const io = {
    out: (text: string) => {
      stdout += text;
    },
    err: (text: string) => {
      stderr += text;
    },
    interrupted,
  };
  const args = clientArguments(run);
  const ended = runModelClient(args, io, scale, bug, odd).then(
    (code): RunEnd => ({ by: 'command', exit: { code, signal: null, stdout, stderr, truncated: false } }),
  );
  return {
    begin: { by: 'command', argv: [...argv, ...args] },
    ended,
    interrupt: (signal) => {
      interrupt();
      return signal;
    },
    stop: () => {
      interrupt();
      return ended;
    },
  };
}
