/**
 * What has become of the sessions of a soak. Each report is added up and let go, so that the books do not grow.
 */
import type { RunReport } from '../session-run.ts';
import { isFlawless } from '../session-run.ts';

/** How many examples of what went wrong are kept. */
const MAX_EXAMPLES = 20;

export class Tally {
  sessions = 0;
  completed = 0;
  items = 0;
  reconnects = 0;
  lost = 0;
  twice = 0;
  wrong = 0;
  outOfOrder = 0;
  wrongChecksums = 0;
  /** Refused although the session had to be kept. */
  falselyRefused = 0;
  /** Away for longer than the retention, and told so: lawful. */
  expired = 0;
  /** Ended in another way that they must not. */
  failed = 0;
  readonly examples: string[] = [];
  readonly #retentionMs: number;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  add(report: RunReport): void {
    this.sessions += 1;
    this.items += report.right;
    this.reconnects += report.reconnects;
    this.twice += report.twice;
    this.wrong += report.wrong;
    this.outOfOrder += report.outOfOrder;
    if (report.isComplete) this.#addComplete(report);
    else this.#addIncomplete(report);
  }

  /** Nothing went wrong. */
  get isFlawless(): boolean {
    const { lost, twice, wrong, outOfOrder, wrongChecksums, falselyRefused, failed } = this;
    return lost + twice + wrong + outOfOrder + wrongChecksums + falselyRefused + failed === 0;
  }

  #addComplete(report: RunReport): void {
    this.completed += 1;
    this.lost += report.lost;
    if (!report.hasRightChecksums) this.wrongChecksums += 1;
    if (!isFlawless(report)) this.#keep(`complete, but ${JSON.stringify(report)}`);
  }

  /** The rest of an expired session is not lost: the client knows that it has not got it. */
  #addIncomplete(report: RunReport): void {
    const isGone = report.refusal === 'SESSION_NOT_FOUND';
    if (isGone && report.awayMs > this.#retentionMs) this.expired += 1;
    else if (isGone) this.falselyRefused += 1;
    else this.failed += 1;
    this.#keep(`${report.error} (nothing had come for ${Math.round(report.awayMs)} ms)`);
  }

  #keep(example: string): void {
    if (this.examples.length < MAX_EXAMPLES) this.examples.push(example);
  }
}
