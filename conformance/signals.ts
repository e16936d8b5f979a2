/** Ctrl-C and SIGTERM: the first ends the run with what there is, the second ends the program. */

import type { EventEmitter } from 'node:events';
import { killAllChildren } from './target/process.ts';

/** Exit status of a program that the user has interrupted. */
const EXIT_INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interrupt {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Listen no more. */
  release(): void;
}

/** @param source the process @param leave ends the program; no child outlives it */
export function interruptOn(source: EventEmitter, leave: (status: number) => void): Interrupt {
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) {
      killAllChildren();
      leave(EXIT_INTERRUPTED);
    }
    abort.abort();
  };
  for (const name of SIGNALS) source.on(name, interrupt);
  return {
    signal: abort.signal,
    release: () => {
      for (const name of SIGNALS) source.off(name, interrupt);
    },
  };
}
