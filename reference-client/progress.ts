/**
 * Shows a run while it lasts, on stderr: one line that rewrites itself on a terminal, JSON lines with
 * `--json`, nothing otherwise.
 */
import type { Alarm, Clock } from '../protocol/clock.ts';
import type { ReseqError } from '../protocol/errors.ts';
import type { Notice } from './events.ts';
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
  /** What goes on besides items; empty while they come. */
  #trouble = 'connecting';
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

  /** Stateful: how long the server keeps the session after a drop, once it has said so. */
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
        this.#trouble =
          this.#trouble === '' ? 'connecting' : this.#trouble.replace(/^next try in [^:]+: /, 'connecting: ');
        return;
      case 'opened':
        this.#heardMs = this.#options.clock.now();
        this.#intervalMs = notice.intervalMs;
        this.#retentionMs = notice.retentionMs;
        this.#trouble = '';
        this.#arrivals = [];
        return;
      case 'accepted':
        this.#accepted = notice.accepted;
        this.#heardMs = this.#options.clock.now();
        this.#arrivals.push(this.#heardMs);
        if (this.#arrivals.length > RATE_ITEMS) this.#arrivals.shift();
        return;
      case 'waiting':
        this.#trouble = `next try in ${seconds(notice.delayMs)}: ${this.#options.describe(notice.error)}`;
        return;
      case 'confirming':
        this.#trouble = 'all received, telling the server';
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
    const silence = this.#silenceText();
    const count = `${this.#accepted}/${this.#options.task.count}`;
    const flow = [count, this.#rateText(), this.#reconnectsText(), this.#leftText()];
    const facts = silence === '' ? flow : [count, this.#reconnectsText(), silence];
    const text = facts.filter((fact) => fact !== '').join('  ');
    const room = Math.max(20, this.#options.columns() - 1);
    if (this.#trouble === '') return text.slice(0, room);
    const trouble = this.#trouble.slice(0, Math.max(0, room - text.length - 2));
    return `${text}  ${this.#options.color ? `${YELLOW}${trouble}${PLAIN}` : trouble}`;
  }

  /** Items per second, undefined before two have come on this connection. */
  get #rate(): number | undefined {
    const [first] = this.#arrivals;
    const last = this.#arrivals.at(-1);
    if (first === undefined || last === undefined || last <= first) return undefined;
    return ((this.#arrivals.length - 1) * 1_000) / (last - first);
  }

  #rateText(): string {
    return this.#rate === undefined ? '' : `${this.#rate.toFixed(this.#rate < 10 ? 2 : 0)}/s`;
  }

  #reconnectsText(): string {
    const reconnects = Math.max(0, this.#dials - 1);
    return reconnects === 0 ? '' : `${reconnects} reconnect${reconnects === 1 ? '' : 's'}`;
  }

  /** Empty while items come. */
  #silenceText(): string {
    if (this.silentMs < Math.max(SILENT_INTERVALS * (this.#intervalMs ?? 0), SILENT_MS)) return '';
    const kept = this.#retentionMs === undefined ? '' : ` (session kept for ${duration(this.#retentionMs)})`;
    return `nothing for ${duration(this.silentMs)}${kept}`;
  }

  #leftText(): string {
    const left = this.#options.task.count - this.#accepted;
    if (left === 0 || this.#intervalMs === undefined) return '';
    const eachMs = this.#rate === undefined ? this.#intervalMs : 1_000 / this.#rate;
    return `${duration(left * eachMs)} left`;
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

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `45 s`, `3 min 20 s`, `18 h 12 min`. */
export function duration(ms: number): string {
  const total = Math.round(ms / 1_000);
  if (total < 60) return `${total} s`;
  if (total < 3_600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3_600)} h ${Math.floor((total % 3_600) / 60)} min`;
}
