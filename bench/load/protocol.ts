/**
 * What the benchmark asks of its load generator, a process of its own, and what that answers.
 */

export interface OpenOrder {
  readonly kind: 'open';
  readonly port: number;
  readonly connections: number;
  readonly sessions: number;
  /** Length of each sequence. */
  readonly n: number;
  /** Of the server, 0: as fast as it can. */
  readonly intervalMs: number;
  /** The opens are spread evenly over this time. */
  readonly spreadMs: number;
}

/** Counts what comes for `ms`. */
export interface WindowOrder {
  readonly kind: 'window';
  readonly ms: number;
}

/** Opens, takes the first item and cancels, over and over. */
export interface ChurnOrder {
  readonly kind: 'churn';
  readonly port: number;
  readonly connections: number;
  /** Opens under way at one time. */
  readonly inFlight: number;
  readonly ms: number;
}

/** Fresh opens and resumes in turn, one at a time. */
export interface ResumeOrder {
  readonly kind: 'resume';
  readonly port: number;
  readonly n: number;
  readonly index: number;
  readonly samples: number;
}

/** Resets every connection at once; each session comes back by itself after its back-off. */
export interface StormOrder {
  readonly kind: 'storm';
  readonly port: number;
}

export interface CloseOrder {
  readonly kind: 'close';
}

export type Order = OpenOrder | WindowOrder | ChurnOrder | ResumeOrder | StormOrder | CloseOrder;

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Answers {
  readonly open: { readonly tookMs: number; readonly failed: number };
  readonly window: {
    readonly tookMs: number;
    readonly messages: number;
    /** Messages of which the lateness is known. */
    readonly paced: number;
    /** Arrivals after the earliest phase of their session, milliseconds; zeros when there is no pace. */
    readonly late: Spread;
    /** The same of a timer of the load generator itself. */
    readonly control: Spread;
    /** Sessions that ended within the window. */
    readonly ended: number;
  };
  readonly churn: { readonly opens: number; readonly tookMs: number; readonly ms: Spread; readonly failed: number };
  readonly resume: { readonly startMs: readonly number[]; readonly resumeMs: readonly number[] };
  readonly storm: {
    /** Sessions that were not back after a minute; all other figures leave them out. */
    readonly missing: number;
    readonly backMs: number;
    /** Longest back-off that a session has waited in all. */
    readonly backoffMs: number;
    /** From the end of its back-off to its first item. */
    readonly afterBackoffMs: Spread;
    readonly attempts: number;
    readonly resets: number;
  };
  readonly close: Record<string, never>;
}
