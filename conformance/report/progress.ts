/** Plan and progress of a run, on stderr: one line that changes on a terminal, a line now and then elsewhere. */

import type { PlanView } from '../conform.ts';

/** What of a plan is told. */
type PlanSize = Pick<PlanView, 'checks' | 'scenarios' | 'longestMs'>;

const TERMINAL_EVERY_MS = 250;
const PLAIN_EVERY_MS = 10_000;
/** The line on a terminal. */
const CLEAR = '\r\u001b[K';

export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export class Progress {
  readonly #out: ProgressOutput;
  #startedAt = performance.now();
  #plan: PlanSize | undefined;
  #done = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: ProgressOutput) {
    this.#out = out;
  }

  planned(plan: PlanSize): void {
    this.#plan = plan;
    this.#out.write(`${planLine(plan)}\n`);
    this.#timer = setInterval(() => this.#show(), this.#out.isTTY === true ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS);
  }

  progress(done: number): void {
    this.#done = done;
  }

  /** Some of it is driven a second time. */
  again(scenarios: readonly string[], longestMs: number): void {
    if (this.#plan === undefined) return;
    this.#plan = { ...this.#plan, scenarios, longestMs };
    this.#startedAt = performance.now();
    this.#done = 0;
    this.#out.write(`${this.#out.isTTY === true ? CLEAR : ''}${againLine(scenarios)}\n`);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#out.isTTY === true) this.#out.write(CLEAR);
  }

  #show(): void {
    if (this.#plan === undefined) return;
    const elapsedMs = performance.now() - this.#startedAt;
    const text = progressLine(this.#plan, this.#done, elapsedMs);
    this.#out.write(this.#out.isTTY === true ? `${CLEAR}${text}` : `${text}\n`);
  }
}

/** `78 checks from 14 scenarios, longest 35 s, about 37 s` */
export function planLine(plan: PlanSize): string {
  const longest = Math.ceil(plan.longestMs / 1_000);
  return `${plan.checks.length} checks from ${plan.scenarios.length} scenarios, longest ${longest} s, about ${longest + 2} s`;
}

export function againLine(scenarios: readonly string[]): string {
  return `late, perhaps for the machine's sake; once more, beside nothing else: ${scenarios.join(', ')}`;
}

export function progressLine(plan: PlanSize, done: number, elapsedMs: number): string {
  const left = Math.max(0, Math.ceil((plan.longestMs + 2_000 - elapsedMs) / 1_000));
  return `${done} of ${plan.scenarios.length} scenarios done, ${Math.round(elapsedMs / 1_000)} s, about ${left} s left`;
}
