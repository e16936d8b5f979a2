/** The reports of one run: takes what the run gives as it comes, streams it, and at the end makes everything else from it. */

import { writeFileSync } from 'node:fs';
import { SPEC_VERSION } from '../../protocol/limits.ts';
import { packageVersion } from '../../protocol/package-root.ts';
import type { Side } from '../check.ts';
import { ALL_CHECKS } from '../checks/index.ts';
import type { PlanView } from '../conform.ts';
import { goneOf, goneText } from '../gone.ts';
import type { CheckResult } from '../judge.ts';
import { requirements } from '../requirements/requirements.ts';
import type { RunObserver } from '../run.ts';
import type { Lag, Trace } from '../trace.ts';
import { excused, strayEntries } from './baseline.ts';
import { checkFiles, chosenTraces, type ReportOptions, storedAtOnce } from './options.ts';
import {
  type Footer,
  type Header,
  RESULTS_FORMAT,
  ReportInProgress,
  type ResultRecord,
  type RunRecord,
  resultRecord,
} from './records.ts';
import { type Surroundings, writeReports } from './render.ts';
import { judgeStored } from './stored.ts';
import { summarise } from './summary.ts';
import { RecordWriter } from './writer.ts';

/** Checks of times allow for less. */
const LATE_MS = 1_000;

function lateness({ maxMs }: Lag): string {
  return `the suite itself was late by up to ${(maxMs / 1_000).toFixed(1)} s: verdicts about times (pace, retention, waits) may be wrong, so run it on a machine with less to do`;
}

/** What is known before the target is reached. */
export interface RunAbout {
  readonly side: Side;
  readonly target: string;
  readonly command: string;
  /** Hex. */
  readonly seed: string;
}

/** How a run ended. */
export interface Ending {
  readonly truncated: boolean;
  readonly notes?: readonly string[];
  readonly elapsedMs?: number;
  readonly lag?: Lag;
}

export class Reporter implements RunObserver {
  readonly #options: ReportOptions;
  readonly #about: RunAbout;
  readonly #surroundings: Surroundings;
  readonly #report = new ReportInProgress();
  readonly #startedAt = new Date();
  readonly #store: ((trace: Trace) => boolean) | undefined;
  readonly #writers: RecordWriter[] = [];

  /** @throws {UsageError} when a file cannot be written */
  constructor(options: ReportOptions, about: RunAbout, surroundings: Surroundings) {
    checkFiles(options);
    this.#options = options;
    this.#about = about;
    this.#surroundings = surroundings;
    this.#store = storedAtOnce(options.trace);
  }

  planned(plan: Omit<PlanView, 'longestMs'>): void {
    const { side, target, judge, checks, scenarios } = plan;
    this.#begin({ ...this.#header(), side, target, judge, checks, scenarios });
  }

  traced(trace: Trace, round: number): void {
    const record = { type: 'trace', round, ...trace } as const;
    this.#report.add(record);
    if (this.#store?.(trace)) this.#write(record);
  }

  driven(scenario: string, round: number): void {
    this.#add({ type: 'driven', scenario, round });
  }

  judged(result: CheckResult): void {
    this.#report.add(this.#excused(resultRecord(result)));
  }

  /** In place of a run: one that is stored. */
  again(stored: ReportInProgress, header: Header): void {
    this.#begin({ ...header, traces: header.traces === 'all' ? (this.#options.trace ?? 'all') : header.traces });
    for (const trace of stored.traces) this.traced(trace, 1);
    for (const scenario of stored.driven) this.driven(scenario, 1);
    for (const result of judgeStored(stored, header)) this.#report.add(this.#excused(result));
  }

  /**
   * Write all reports. What a run that broke off has not judged is judged now.
   * @returns the exit code of the program
   */
  end({ truncated, notes = [], elapsedMs = this.#lastMs(), lag = this.#lag() }: Ending): number {
    const report = this.#report;
    if (report.header === undefined) this.#begin(this.#header());
    const header = report.header ?? this.#header();
    const { baseline = new Set(), trace: which } = this.#options;
    if (report.results.length === 0) {
      for (const result of judgeStored(report, header)) report.add(this.#excused(result));
    }
    for (const stray of strayEntries(baseline, new Set(ALL_CHECKS.map(({ id }) => id)))) report.add(stray);
    const summary = summarise(report.results, requirements(), { truncated, strict: this.#options.strict ?? false });
    const gone = header.judge && goneOf(report.traces, header.judge);
    const remarks = [
      ...(gone === undefined ? [] : [`${goneText(gone)}; what lasted until then could not be judged`]),
      ...notes,
      ...(lag.maxMs > LATE_MS ? [lateness(lag)] : []),
    ];
    const footer: Footer = {
      type: 'footer',
      ...summary,
      truncated,
      notes: [...new Set(remarks)],
      elapsedMs: Math.round(elapsedMs),
      lag,
    };
    if (this.#store === undefined) {
      for (const trace of chosenTraces(report, which, 'all')) this.#write({ type: 'trace', round: 1, ...trace });
    }
    for (const record of [...report.results, footer]) this.#write(record);
    for (const writer of this.#writers) writer.close();
    const { traces, driven, results } = report;
    const whole = { header, traces, driven, results, footer };
    const written = writeReports(whole, this.#options, requirements(), this.#surroundings);
    return written ? footer.exitCode : footer.exitCode || 3;
  }

  /** Empties the files: what an earlier run has left there is not to be taken for this one's. */
  #begin(header: Header): void {
    for (const target of this.#options.report) {
      if (target.format === 'json') this.#writers.push(new RecordWriter(target.file));
      else if (target.format !== 'text') writeFileSync(target.file, '');
    }
    this.#add(header);
  }

  #header(): Header {
    return {
      type: 'header',
      format: RESULTS_FORMAT,
      suiteVersion: packageVersion(),
      specVersion: SPEC_VERSION,
      startedAt: this.#startedAt.toISOString(),
      ...this.#about,
      traces: this.#options.trace ?? 'all',
      checks: [],
      scenarios: [],
    };
  }

  #add(record: RunRecord): void {
    this.#report.add(record);
    this.#write(record);
  }

  #write(record: RunRecord): void {
    for (const writer of this.#writers) writer.write(record);
  }

  #excused(result: ResultRecord): ResultRecord {
    return excused(result, this.#options.baseline ?? new Set());
  }

  /** End of what was recorded. */
  #lastMs(): number {
    return Math.max(0, ...this.#report.traces.map(({ endedAtMs }) => endedAtMs));
  }

  /** Of what was recorded, when the run itself cannot say. */
  #lag(): Lag {
    const lags = this.#report.traces.map(({ lag }) => lag);
    return { maxMs: Math.max(0, ...lags.map(({ maxMs }) => maxMs)), meanMs: 0 };
  }
}
