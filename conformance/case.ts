/** One case of a scenario: a recorder around a body, so that a trace comes out whatever happens. */

import { Recorder } from './recorder.ts';
import type { RunContext } from './scenario.ts';
import type { Json, Trace } from './trace.ts';

/** Set in the facts when the run ended before the case did: nothing may be concluded from what is missing. */
export const CUT_FACT = 'cutShort';
/** Set in the facts when the scenario itself failed. */
export const HARNESS_FACT = 'harnessError';

/** Run one case; never rejects. */
export async function runCase(
  context: RunContext,
  scenario: string,
  caseId: string,
  facts: { readonly [name: string]: Json | undefined },
  body: (recorder: Recorder) => Promise<void>,
): Promise<Trace> {
  const recorder = new Recorder(context, scenario, caseId, facts);
  try {
    await Promise.race([body(recorder), aborted(context.signal)]);
  } catch (error) {
    if (context.signal.aborted) recorder.fact({ [CUT_FACT]: true });
    else recorder.fact({ [HARNESS_FACT]: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  const trace = recorder.trace();
  if (context.signal.aborted) recorder.cut();
  context.traced?.(trace);
  return trace;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error('the run was ended'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
