/**
 * What a hostile input is, what may be answered to it, and how an answer is named.
 */
import type { Draw } from './draw.ts';

/**
 * How a call ended: `served` (a message came), `ok` (status OK without one), a registry code such as `100`, a status
 * without one such as `grpc 13`, an HTTP status such as `http 415`, `reset` (the stream), `closed` (the connection) or
 * `silent` (no answer in time). For connections: `closed`, or `open` when it was still there after its time.
 */
export type Answer = string;

/** A call of gRPC as bytes. */
export interface CallInput {
  readonly path: string;
  /** On top of, or in place of, those of a right call; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The whole body, frames included. */
  readonly body: Buffer;
  /** Whether this side ends its half; default: true. */
  readonly ends?: boolean;
}

/** A session that is being served while its client id is abused. */
export interface Victim {
  readonly clientId: string;
  readonly n: number;
  readonly attempt: number;
  /** hex */
  readonly resumeKey: string;
}

interface Expectation {
  readonly name: string;
  /** The requirement that says so. */
  readonly rule: string;
  /** How often it is drawn, relative to the others of its kind. */
  readonly weight: number;
  /** Right answers. */
  readonly right: readonly Answer[];
  /** Answers that the specification lets pass although they are not the best: NON-STRICT. */
  readonly lenient?: readonly Answer[];
}

export interface CallCategory extends Expectation {
  readonly make: (draw: Draw, victim: Victim) => CallInput;
}

export interface ConnectionCategory extends Expectation {
  /** Takes many seconds by its nature, and is left out where there is no time for it. */
  readonly isSlow?: boolean;
  /** What is written on a new TCP connection; the pieces in turn. */
  readonly make: (draw: Draw) => readonly Buffer[];
}

export type Verdict = 'PASS' | 'NON-STRICT' | 'FAIL' | 'CRASH';

/** What has come of one category. */
export interface Tally {
  readonly name: string;
  readonly rule: string;
  readonly expected: readonly Answer[];
  inputs: number;
  readonly answers: Map<Answer, number>;
  verdict: Verdict;
  /** The first input that was answered wrongly, hex, and the answer. */
  example?: string;
}

export function tallyFor({ name, rule, right }: Expectation): Tally {
  return { name, rule, expected: right, inputs: 0, answers: new Map(), verdict: 'PASS' };
}

const RANK: readonly Verdict[] = ['PASS', 'NON-STRICT', 'FAIL', 'CRASH'];

/** The worse of two. */
export function worse(a: Verdict, b: Verdict): Verdict {
  return RANK.indexOf(a) >= RANK.indexOf(b) ? a : b;
}

export function judge({ right, lenient = [] }: Pick<Expectation, 'right' | 'lenient'>, answer: Answer): Verdict {
  if (right.includes(answer)) return 'PASS';
  return lenient.includes(answer) ? 'NON-STRICT' : 'FAIL';
}

/** Enters one answer. @param describe called for the first wrong one */
export function enter(tally: Tally, expectation: Expectation, answer: Answer, describe: () => string): void {
  tally.inputs++;
  tally.answers.set(answer, (tally.answers.get(answer) ?? 0) + 1);
  const verdict = judge(expectation, answer);
  if (verdict === 'FAIL') tally.example ??= `${answer}: ${describe()}`;
  tally.verdict = worse(tally.verdict, verdict);
}
