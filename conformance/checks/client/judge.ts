/** From single cases to the verdict of a check: what every check of a client shares. */

import type { Profile } from '../../../protocol/messages.ts';
import type { Check, RequirementPin } from '../../check.ts';
import { isClaimed as supports } from '../../target/client.ts';
import type { ClaimView, Trace } from '../../trace.ts';
import { blocked, failed, inconclusive, pass, unsupported, type Verdict } from '../../verdict.ts';
import { extentOf, type Piece } from '../extent.ts';
import { type Explanation, explain } from './diagnosis.ts';
import { factNumber, type History, historyOf } from './history.ts';
import { EXIT_CODES, endText, foreignField, isUnsupported, type ResultLine, resultOf } from './result.ts';

/** What one case shows. */
export type Finding =
  | { readonly kind: 'met'; readonly evidence: string }
  | {
      readonly kind: 'broken';
      readonly message: string;
      readonly expected?: string;
      readonly actual?: string;
      /** Index of the event where it shows. */
      readonly event?: number;
      readonly schedule?: string;
      readonly isLate?: true;
      readonly diagnosis?: string;
      readonly cause?: string;
    }
  | { readonly kind: 'unclear'; readonly message: string }
  | { readonly kind: 'optional'; readonly message: string };

export function met(evidence: string): Finding {
  return { kind: 'met', evidence };
}

type Detail = Omit<Extract<Finding, { kind: 'broken' }>, 'kind' | 'message'>;

export function broken(message: string, detail: Detail = {}): Finding {
  return { kind: 'broken', message, ...detail };
}

/** Looks at one case. @returns undefined when the case has nothing to say */
export type Look = (trace: Trace, history: History) => Finding | undefined;

export interface ClientCheck {
  readonly id: string;
  readonly title: string;
  readonly scenario: string;
  readonly requirements: readonly RequirementPin[];
  readonly profile?: Profile;
  /** Ids of the cases that it looks at, `*` at the end for a prefix; all when absent. */
  readonly cases?: readonly string[];
  readonly look: Look;
  /** What it means that these cases are wrong and those right. */
  readonly explain?: (wrong: readonly string[], right: readonly string[]) => Explanation;
}

export function clientCheck(check: ClientCheck): Check {
  const { look, cases, explain: explained, ...common } = check;
  return {
    ...common,
    side: 'client',
    profile: check.profile ?? 'any',
    judge: (traces) =>
      judgeCases(
        traces.filter((trace) => chosen(trace, cases)),
        look,
        explained,
      ),
  };
}

function chosen(trace: Trace, cases: readonly string[] | undefined): boolean {
  if (cases === undefined) return true;
  return cases.some((id) => (id.endsWith('*') ? trace.caseId.startsWith(id.slice(0, -1)) : trace.caseId === id));
}

/** The first fault decides, and all are counted; without any finding nothing is claimed. A case that is not supported is optional. */
export function judgeCases(traces: readonly Trace[], look: Look, explained?: ClientCheck['explain']): Verdict {
  return judgeEvery(traces, (trace, history) => unsupportedCase(trace, history) ?? look(trace, history), explained);
}

/** The same, also looking at cases that the client says it does not support. */
export function judgeEvery(traces: readonly Trace[], look: Look, explained?: ClientCheck['explain']): Verdict {
  const evidence: string[] = [];
  const unclear: string[] = [];
  const optional: string[] = [];
  const pieces: Piece[] = [];
  let fault: Verdict | undefined;
  for (const trace of traces) {
    const history = historyOf(trace);
    const finding = history === undefined ? undefined : look(trace, history);
    if (finding === undefined) continue;
    if (finding.kind === 'broken' || finding.kind === 'met')
      pieces.push({ name: trace.caseId, isWrong: finding.kind === 'broken' });
    // What is broken for certain tells more than what came late.
    if (finding.kind === 'broken' && (fault === undefined || (fault.isLate === true && finding.isLate !== true)))
      fault = failureOf(trace, finding, history);
    if (finding.kind === 'met') evidence.push(`${trace.caseId}: ${finding.evidence}`);
    else if (finding.kind !== 'broken')
      (finding.kind === 'unclear' ? unclear : optional).push(`${trace.caseId}: ${finding.message}`);
  }
  if (fault !== undefined) {
    const extent = extentOf(pieces, 'cases');
    const named = (isWrong: boolean): string[] =>
      pieces.flatMap((piece) => (piece.isWrong === isWrong ? (piece.name ?? []) : []));
    return { ...fault, ...explained?.(named(true), named(false)), ...(extent === undefined ? {} : { extent }) };
  }
  if (unclear[0] !== undefined) return inconclusive(unclear[0]);
  if (evidence[0] !== undefined)
    return pass(evidence.length === 1 ? evidence[0] : `${evidence.length} cases, ${evidence[0]}`);
  if (optional[0] !== undefined) return unsupported(optional[0]);
  return blocked('the client did not come so far in any case');
}

function failureOf(trace: Trace, finding: Extract<Finding, { kind: 'broken' }>, history: History | undefined): Verdict {
  const { kind, message, event, ...detail } = finding;
  const at = event === undefined ? {} : { at: { caseId: trace.caseId, event } };
  const explained = history === undefined ? {} : explain(history);
  return failed(`${trace.caseId}: ${message}`, { ...explained, ...detail, ...at });
}

function unsupportedCase(trace: Trace, history: History): Finding | undefined {
  const isOptional = isUnsupported(history) && history.attempts.length === 0 && !isClaimed(trace);
  return isOptional ? { kind: 'optional', message: 'the client says that it does not support this' } : undefined;
}

/** Whether a driver has claimed to support what the case asks for; a command claims nothing. */
function isClaimed({ facts: { asks, claims } }: Trace): boolean {
  return claims !== undefined && supports(asks as ClaimView, claims as ClaimView);
}

/**
 * The result of a client that ended with this outcome; otherwise the fault: another exit code, another line, or no end at all.
 */
export function outcome(trace: Trace, history: History, expected: string): ResultLine | Finding {
  if (trace.facts['stopped'] === true) return outOfTime(trace, history, expected);
  const { end } = history;
  const result = resultOf(history);
  const actual = endText(history);
  const exitCode = EXIT_CODES[expected];
  if (end.by === 'command' && end.code !== exitCode) {
    const tail = end.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    return broken(`ended with exit code ${end.code ?? end.signal} instead of ${exitCode}`, {
      expected: `exit ${exitCode} (${expected})`,
      actual: tail === '' ? actual : `${actual}; stderr ends with ${tail}`,
      ...near(history),
    });
  }
  if (typeof result === 'string') return broken(result, { expected: 'one JSON object', actual, ...near(history) });
  if (result['result'] !== expected) {
    const said = `the result says ${JSON.stringify(result['result'])}`;
    return broken(`${said} instead of ${expected}`, { expected, actual, ...near(history) });
  }
  const foreign = foreignField(result, trace, history);
  if (foreign !== undefined) return broken(`the result is that of another run: ${foreign}`, near(history));
  return result;
}

/** Whether {@link outcome} found a fault. */
export function isFinding(value: ResultLine | Finding): value is Finding {
  return 'kind' in value && typeof value['kind'] === 'string' && !('result' in value);
}

/** Where the newest attempt shows what the client had to answer. */
function near(history: History): { readonly event?: number } {
  const event = history.attempts.at(-1)?.decisive;
  return event === undefined ? {} : { event };
}

/** A suite that was so late has itself used up the time of a client that was still getting somewhere. */
const BUSY_LAG_MS = 250;
/** What came so shortly before the end shows a client that was getting somewhere. */
const LIVELY_MS = 1_000;

/** The client was stopped: how far it came, and whether the suite's own lateness explains that. */
function outOfTime(trace: Trace, history: History, expected: string): Finding {
  const last = trace.events.findLast(({ conn }) => conn > 0);
  const n = factNumber(trace, 'n') ?? 0;
  const heardAtMs = history.attempts.findLast(({ lastMessageAtMs }) => lastMessageAtMs !== undefined)?.lastMessageAtMs;
  const stoppedAtMs =
    trace.events.findLast(({ kind }) => kind === 'process' || kind === 'driver')?.atMs ?? trace.endedAtMs;
  const quietMs = heardAtMs === undefined ? Number.POSITIVE_INFINITY : stoppedAtMs - heardAtMs;
  const silence =
    heardAtMs === undefined ? 'no message at all' : `the last message ${(quietMs / 1_000).toFixed(1)} s before the end`;
  const actual = `${history.accepted} of ${n} items on ${history.attempts.length} connections, ${silence}`;
  const message = `still running after the time limit, expected ${expected}`;
  const { maxMs } = trace.lag;
  if (maxMs > LIVELY_MS || (maxMs > BUSY_LAG_MS && quietMs < LIVELY_MS)) {
    return {
      kind: 'unclear',
      message: `${message}: ${actual}; the suite itself was late by up to ${Math.round(maxMs)} ms`,
    };
  }
  const event = last === undefined ? -1 : trace.events.lastIndexOf(last);
  return broken(message, { expected, actual, ...(event < 0 ? {} : { event }) });
}

/** Says that the suite was too late to tell when it was late by more than what is judged; the finding otherwise. */
export function unlessLate(trace: Trace, toleranceMs: number, finding: Finding): Finding {
  const { maxMs } = trace.lag;
  if (maxMs <= toleranceMs || finding.kind !== 'broken') return finding;
  return { kind: 'unclear', message: `${finding.message}, but the suite was late by up to ${Math.round(maxMs)} ms` };
}
