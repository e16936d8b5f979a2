/** A conversation with a driver's process of its own, one request after the other. Spec: driver.md. */

import type { Recorder } from '../../recorder.ts';
import type { DriverRunContext } from '../../scenario.ts';
import { END_WITHIN_MS, HELLO_WITHIN_MS } from '../../target/driver.ts';
import { DriverLink } from '../../target/driver-link.ts';
import { DRIVER_VERSION, encodeRequest, viewOf } from '../../target/driver-messages.ts';
import type { DriverView, TraceEvent } from '../../trace.ts';

type Wants = Extract<DriverView, { readonly what: 'request' }>['wants'];

const STEP_MS = 10;
/** The end is seen a little later than it comes. */
const MARGIN_MS = 1_000;

export class DriverTalk {
  readonly #context: DriverRunContext;
  readonly #recorder: Recorder;
  readonly #link: DriverLink;
  #hasEnded = false;

  /** Starts the process; all that is said goes into the trace. */
  constructor(context: DriverRunContext, recorder: Recorder) {
    this.#context = context;
    this.#recorder = recorder;
    this.#link = new DriverLink(context.launch, {
      said: (line) => {
        const view = viewOf(line);
        if (view !== undefined) recorder.driver(view);
      },
      broke: (fault, message, line) =>
        recorder.driver({ what: 'fault', fault, message, ...(line === undefined ? {} : { line }) }),
      ended: (exit) => {
        this.#hasEnded = true;
        recorder.exit(exit);
      },
    });
  }

  async hello(): Promise<void> {
    await this.ask(encodeRequest({ type: 'hello', version: DRIVER_VERSION }), 'hello', HELLO_WITHIN_MS);
  }

  /** Send a line, whatever it is. */
  say(line: string, wants: Wants): void {
    this.#recorder.driver({ what: 'request', line, wants });
    this.#link.send(line);
  }

  /**
   * Send a line and wait for an answer; where none is wanted, for the time in which one would come.
   * @returns whether something came
   */
  async ask(line: string, wants: Wants, ms: number): Promise<boolean> {
    const before = this.#recorder.events.length + 1;
    this.say(line, wants);
    const hasAnswer = (events: readonly TraceEvent[]): boolean => events.slice(before).some(isAnswer);
    await this.until((events) => wants !== 'nothing' && hasAnswer(events), ms);
    return hasAnswer(this.#recorder.events);
  }

  /** Wait until the events are as they ought to be, or the process has ended, but not longer. */
  async until(isSo: (events: readonly TraceEvent[]) => boolean, ms: number): Promise<void> {
    const limit = this.#context.now() + ms;
    while (!isSo(this.#recorder.events) && !this.#hasEnded && this.#context.now() < limit) {
      await this.#context.sleep(STEP_MS);
    }
  }

  /** Close its stdin. */
  endInput(): void {
    this.#recorder.driver({ what: 'request', line: '', wants: 'end' });
    this.#link.endInput();
  }

  /** Wait for its end. */
  async end(): Promise<void> {
    await this.until(() => false, END_WITHIN_MS + MARGIN_MS);
  }

  async stop(): Promise<void> {
    await this.#link.stop();
  }
}

function isAnswer(event: TraceEvent): boolean {
  return event.kind === 'driver' && event.what !== 'request';
}
