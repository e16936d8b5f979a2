/** The model client as a command that runs inside this process: hundreds of programs would cost minutes to start. */

import type { ClientCommand, ClientRun } from '../target/client.ts';
import { clientArguments } from '../target/client.ts';
import type { ChildHandle, ExitInfo } from '../target/process.ts';
import type { ClientBug } from './client-bugs.ts';
import { runModelClient } from './model-client.ts';

/** @param scale factor on all times of the specification */
export function inProcessClient(bug: ClientBug | undefined, scale: number): ClientCommand {
  const argv = ['model-client', ...(bug === undefined ? [] : ['--bug', bug])];
  return { argv, start: (run) => startInProcess([...argv, ...clientArguments(run)], run, bug, scale) };
}

function startInProcess(
  argv: readonly string[],
  run: ClientRun,
  bug: ClientBug | undefined,
  scale: number,
): ChildHandle {
  let stdout = '';
  let stderr = '';
  let running = true;
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
  const exited = runModelClient(clientArguments(run), io, scale, bug).then((code): ExitInfo => {
    running = false;
    return { code, signal: null, stdout, stderr, truncated: false };
  });
  return {
    argv,
    pid: undefined,
    stdout: () => stdout,
    stderr: () => stderr,
    get running() {
      return running;
    },
    exited,
    signal: () => interrupt(),
    stop: () => {
      interrupt();
      return exited;
    },
  };
}
