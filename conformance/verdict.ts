/** What a check says, and how verdicts add up. */

import type { Json } from './trace.ts';

export const VERDICTS = {
  /** The requirement was exercised and met. */
  PASS: 'met',
  /** A MUST was broken. */
  FAIL: 'broken',
  /** A SHOULD was not followed. */
  WARN: 'not followed',
  /** A measured value, no judgement. */
  INFO: 'measured',
  /** Optional and not claimed by the implementation. */
  UNSUPPORTED: 'not claimed',
  /** A prerequisite failed, so nothing can be said. */
  BLOCKED: 'prerequisite failed',
  /** The suite itself was too slow to tell. */
  INCONCLUSIVE: 'could not tell',
  /** A fault of the suite. */
  ERROR: 'fault of the suite',
  /** In the baseline: broken, and known to be. */
  KNOWN: 'known to be broken',
  /** In the baseline, although it is broken no more. */
  STALE: 'to be taken out of the baseline',
} as const;

export type VerdictName = keyof typeof VERDICTS;

/** Points at an event of the traces given to `judge`. */
export interface EventRef {
  readonly caseId: string;
  /** Index into the trace's events. */
  readonly event: number;
}

export interface Verdict {
  readonly verdict: VerdictName;
  /** One line: the evidence of a PASS, what went wrong otherwise. */
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Where the trace departs from the requirement. */
  readonly at?: EventRef;
  /** How much of the evidence is wrong, and which: `3 of 8 streams: a, b, c; right: d, e`. */
  readonly extent?: string;
  /** The random schedule in which it shows. */
  readonly schedule?: string;
  /** All came, only too late, as on a machine with other work: it has to show twice. */
  readonly isLate?: true;
  /** A known mistake that fits, with the figures that it is seen by. */
  readonly diagnosis?: string;
  /** The mistake alone: failures of one run with the same cause are told together. */
  readonly cause?: string;
  /** Figures for the report. */
  readonly measured?: { readonly [name: string]: Json };
}

type Extra = Omit<Verdict, 'verdict' | 'message'>;

/** @param evidence what was seen: a PASS without evidence does not exist. */
export function pass(evidence: string, extra: Extra = {}): Verdict {
  return { verdict: 'PASS', message: evidence, ...extra };
}

/** For a MUST. The caller of a check turns it into WARN when every pinned requirement is a SHOULD. */
export function failed(message: string, extra: Extra = {}): Verdict {
  return { verdict: 'FAIL', message, ...extra };
}

/** What is added to a failure that is one of lateness alone. */
export const LATE = { isLate: true } as const satisfies Partial<Verdict>;

export function info(message: string, extra: Extra = {}): Verdict {
  return { verdict: 'INFO', message, ...extra };
}

export function unsupported(message: string): Verdict {
  return { verdict: 'UNSUPPORTED', message };
}

/** @param message names what had to work first. */
export function blocked(message: string, extra: Extra = {}): Verdict {
  return { verdict: 'BLOCKED', message, ...extra };
}

export function inconclusive(message: string, extra: Extra = {}): Verdict {
  return { verdict: 'INCONCLUSIVE', message, ...extra };
}

export function harnessError(message: string): Verdict {
  return { verdict: 'ERROR', message };
}

/** 0 conforms; 1 does not, or the baseline is stale; 3 could not tell. (2, a usage error, never reaches a verdict.) */
export function exitCodeOf(verdicts: readonly VerdictName[]): 0 | 1 | 3 {
  if (verdicts.includes('FAIL') || verdicts.includes('STALE')) return 1;
  const undecided: readonly VerdictName[] = ['BLOCKED', 'INCONCLUSIVE', 'ERROR'];
  const judged = verdicts.some((v) => v === 'PASS' || v === 'WARN' || v === 'KNOWN');
  return !judged || verdicts.some((v) => undecided.includes(v)) ? 3 : 0;
}
