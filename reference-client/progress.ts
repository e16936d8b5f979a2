/**
 * Shows a run while it lasts, on stderr: one line that rewrites itself on a terminal, JSON lines with
 * `--json`, nothing otherwise.
 */
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { ReseqError } from '../protocol/errors.ts';
import type { Notice } from './events.ts';
import { type Doing, lineOf, type View } from './progress-line.ts';
import type { Task } from './records.ts';

/** A terminal line changes at most this often. */
const REDRAW_MS = 100;
/** A JSON line about items appears at most this often. */
const REPORT_MS = 1_000;
/** So often a terminal line tells that nothing comes. */
const TICK_MS = 1_000;
/** Nothing has come for so many intervals, and at least for so long: worth telling. */
const SILENT_INTERVALS = 2.5;
const SILENT_MS = 2_500;
/** The rate is taken over this many of the newest items. */
const RATE_ITEMS = 20;

const ERASE_LINE = '\r\u001b[2K';
const YELLOW = '\u001b[33m';
const PLAIN = '\u001b[39m';

export interface ProgressOptions {
  readonly mode: 'line' | 'json' | 'none';
  readonly task: Task;
  /** Items in before this process began. */
  readonly accepted: number;
  /** Connections begun before this process. */
  readonly dials: number;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** Columns of the terminal now. */
  readonly columns: () => number;
  readonly color: boolean;
  /** What to say of a lost connection, in one line. */
  readonly describe: (error: ReseqError) => string;
}

export class Progress {
  readonly #options: ProgressOptions;
  /** Times at which the newest items came. */
  #arrivals: number[] = [];
  #accepted: number;
  #dials: number;
  #intervalMs: number | undefined;
  #retentionMs: number | undefined;
  /** Dials since the server was there last. */
  #tries = 0;
  #doing: Doing = { kind: 'dialling' };
  #shownMs = Number.NEGATIVE_INFINITY;
  /** When the server was last heard of; undefined before it was. */
  #heardMs: number | undefined;
  #tick: Alarm | undefined;
  #isShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#accepted = options.accepted;
    this.#dials = options.dials;
  }

  /** Stateful: how long the server keeps the session once it has noticed a drop, when it has said so. */
  get retentionMs(): number | undefined {
    return this.#retentionMs;
  }

  /** How long nothing has come from the server that had answered before, in milliseconds. */
  get silentMs(): number {
    return this.#heardMs === undefined ? 0 : this.#options.clock.now() - this.#heardMs;
  }

  notice(notice: Notice): void {
    this.#learn(notice);
    const { mode } = this.#options;
    if (mode === 'line') this.#draw(notice.kind !== 'accepted' || this.#arrivals.length === 1);
    if (mode === 'json') this.#report(notice);
  }

  /** Takes the line off the terminal. */
  clear(): void {
    this.#tick?.cancel();
    if (this.#isShown) this.#options.write(ERASE_LINE);
    this.#isShown = false;
  }

  #learn(notice: Notice): void {
    switch (notice.kind) {
      case 'dialling':
        this.#dials += 1;
        this.#tries += 1;
        this.#doing = { kind: 'dialling', before: this.#doing.kind === 'waiting' ? this.#doing.reason : undefined };
        return;
      case 'opened':
        this.#heardMs = this.#options.clock.now();
        this.#intervalMs = notice.intervalMs;
        this.#retentionMs = notice.retentionMs;
        this.#doing = { kind: 'served' };
        this.#tries = 0;
        this.#arrivals = [];
        return;
      case 'accepted':
        this.#accepted = notice.accepted;
        this.#heardMs = this.#options.clock.now();
        this.#arrivals.push(this.#heardMs);
        if (this.#arrivals.length > RATE_ITEMS) this.#arrivals.shift();
        return;
      case 'waiting':
        this.#doing = {
          kind: 'waiting',
          dueMs: this.#options.clock.now() + notice.delayMs,
          reason: this.#options.describe(notice.error),
        };
        return;
      case 'confirming':
        this.#doing = { kind: 'confirming' };
    }
  }

  #draw(force: boolean): void {
    const now = this.#options.clock.now();
    const isLast = this.#accepted === this.#options.task.count;
    if (!force && !isLast && now - this.#shownMs < REDRAW_MS) return;
    this.#shownMs = now;
    this.#isShown = true;
    this.#options.write(`${ERASE_LINE}${this.#line()}`);
    this.#tick?.cancel();
    this.#tick = this.#options.clock.alarm(now + TICK_MS, () => this.#draw(true));
  }

  #line(): string {
    const { text, trouble } = lineOf(this.#view, Math.max(20, this.#options.columns() - 1));
    if (trouble === '') return text;
    return `${text}  ${this.#options.color ? `${YELLOW}${trouble}${PLAIN}` : trouble}`;
  }

  get #view(): View {
    const { clock, task } = this.#options;
    const isSilent = this.silentMs >= Math.max(SILENT_INTERVALS * (this.#intervalMs ?? 0), SILENT_MS);
    return {
      nowMs: clock.now(),
      accepted: this.#accepted,
      count: task.count,
      doing: this.#doing,
      rate: this.#rate,
      leftMs: this.#leftMs,
      reconnects: Math.max(0, this.#dials - 1),
      tries: this.#tries,
      silentMs: isSilent ? this.silentMs : undefined,
      retentionMs: this.#retentionMs,
    };
  }

  /** Items per second, undefined before two have come on this connection. */
  get #rate(): number | undefined {
    const [first] = this.#arrivals;
    const last = this.#arrivals.at(-1);
    if (first === undefined || last === undefined || last <= first) return undefined;
    return ((this.#arrivals.length - 1) * 1_000) / (last - first);
  }

  get #leftMs(): number | undefined {
    const left = this.#options.task.count - this.#accepted;
    if (left === 0 || this.#intervalMs === undefined) return undefined;
    return left * (this.#rate === undefined ? this.#intervalMs : 1_000 / this.#rate);
  }

  #report(notice: Notice): void {
    const now = this.#options.clock.now();
    if (notice.kind === 'accepted') {
      const isLast = notice.accepted === this.#options.task.count;
      if (!isLast && now - this.#shownMs < REPORT_MS) return;
      this.#shownMs = now;
    }
    this.#options.write(`${JSON.stringify(reportOf(notice, this.#options.task.count))}\n`);
  }
}

function reportOf(notice: Notice, count: number): object {
  switch (notice.kind) {
    case 'accepted':
      return { event: 'progress', received: notice.accepted, count };
    case 'waiting': {
      const { code, detail } = notice.error;
      return { event: 'waiting', delayMs: Math.round(notice.delayMs), code, message: detail };
    }
    default: {
      const { kind, ...facts } = notice;
      return { event: kind, ...facts };
    }
  }
}
