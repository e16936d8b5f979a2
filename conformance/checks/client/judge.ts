/** From single cases to the verdict of a check: what every check of a client shares. */

import type { Profile } from '../../../protocol/messages.ts';
import type { Check, RequirementPin } from '../../check.ts';
import { isClaimed as supports } from '../../target/client.ts';
import type { ClaimView, Trace } from '../../trace.ts';
import { blocked, failed, inconclusive, pass, unsupported, type Verdict } from '../../verdict.ts';
import { type History, historyOf } from './history.ts';
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
      readonly diagnosis?: string;
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
}

export function clientCheck(check: ClientCheck): Check {
  const { look, cases, ...common } = check;
  return {
    ...common,
    side: 'client',
    profile: check.profile ?? 'any',
    judge: (traces) =>
      judgeCases(
        traces.filter((trace) => chosen(trace, cases)),
        look,
      ),
  };
}

function chosen(trace: Trace, cases: readonly string[] | undefined): boolean {
  if (cases === undefined) return true;
  return cases.some((id) => (id.endsWith('*') ? trace.caseId.startsWith(id.slice(0, -1)) : trace.caseId === id));
}

/** The first fault decides; without any finding nothing is claimed. A case that is not supported is optional. */
export function judgeCases(traces: readonly Trace[], look: Look): Verdict {
  return judgeEvery(traces, (trace, history) => unsupportedCase(trace, history) ?? look(trace, history));
}

/** The same, also looking at cases that the client says it does not support. */
export function judgeEvery(traces: readonly Trace[], look: Look): Verdict {
  const evidence: string[] = [];
  const unclear: string[] = [];
  const optional: string[] = [];
  for (const trace of traces) {
    const history = historyOf(trace);
    const finding = history === undefined ? undefined : look(trace, history);
    if (finding === undefined) continue;
    if (finding.kind === 'broken') {
      const { kind, message, event, ...detail } = finding;
      const at = event === undefined ? {} : { at: { caseId: trace.caseId, event } };
      return failed(`${trace.caseId}: ${message}`, { ...detail, ...at });
    }
    if (finding.kind === 'met') evidence.push(`${trace.caseId}: ${finding.evidence}`);
    else (finding.kind === 'unclear' ? unclear : optional).push(`${trace.caseId}: ${finding.message}`);
  }
  if (unclear[0] !== undefined) return inconclusive(unclear[0]);
  if (evidence[0] !== undefined)
    return pass(evidence.length === 1 ? evidence[0] : `${evidence.length} cases, ${evidence[0]}`);
  if (optional[0] !== undefined) return unsupported(optional[0]);
  return blocked('the client did not come so far in any case');
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
  if (trace.facts['stopped'] === true)
    return broken(`still running after the time limit, expected ${expected}`, near(history));
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

function near(history: History): { readonly event?: number } {
  const event = history.attempts.at(-1)?.event;
  return event === undefined ? {} : { event };
}
