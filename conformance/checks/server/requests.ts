/** Checks of refusals: one per kind of bad request, each with the good stream beside it. */

import { ERRORS, type ErrorName } from '../../../protocol/errors.ts';
import type { Check } from '../../check.ts';
import { allStreams, labelled, type Stream } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { blocked, pass, type Verdict } from '../../verdict.ts';
import { each, endFault, notCarried, notRefused, notServed, serverCheck, streamFault } from './common.ts';

/** The good stream of the case went on during the refusal and could be resumed after it. */
function disturbed(trace: Trace): Verdict | undefined {
  const [before] = labelled(trace, 'before');
  const [after] = labelled(trace, 'after');
  if (before === undefined || before.values.length === 0) {
    return blocked(`${trace.caseId}: the good stream beside the bad request did not come about`);
  }
  if (after === undefined) return blocked(`${trace.caseId}: the case did not get as far as "after"`);
  return (
    notCarried(before, 2) ??
    (before.status === undefined ? undefined : endFault(before, 'the good stream was ended', 'a running stream')) ??
    notServed(after) ??
    notCarried(after, 1)
  );
}

/** Each bad request of these cases was refused with its exact code, and disturbed nothing. */
function refusals(traces: readonly Trace[], matches: (caseId: string) => boolean): Verdict {
  return each(
    traces.filter(({ caseId }) => matches(caseId)),
    'refusals beside a good stream',
    (trace) => {
      const [bad] = labelled(trace, 'bad');
      const error = trace.facts['error'];
      if (bad === undefined || !isErrorName(error)) {
        return disturbed(trace) ?? blocked(`${trace.caseId}: the bad request was not sent`);
      }
      // Without the good stream a refusal shows nothing: the server may refuse everything.
      const [before] = labelled(trace, 'before');
      if (before === undefined || before.values.length === 0) return disturbed(trace);
      return notRefused(bad, error) ?? disturbed(trace);
    },
  );
}

function isErrorName(value: unknown): value is ErrorName {
  return typeof value === 'string' && value in ERRORS;
}

function refusalCheck(
  id: string,
  title: string,
  profile: Check['profile'],
  requirements: Check['requirements'],
  pattern: RegExp,
): Check {
  return serverCheck({
    id,
    title,
    profile,
    requirements,
    scenario: 'rejections',
    judge: (traces) => refusals(traces, (caseId) => pattern.test(caseId)),
  });
}

function badStreams(traces: readonly Trace[]): Stream[] {
  return labelled(traces, 'bad').filter(({ trace }) => typeof trace.facts['field'] === 'string');
}

const namesField = serverCheck({
  id: 'refusal-names-the-field',
  title: 'the detail text of a refusal contains the name of the field',
  profile: 'any',
  requirements: ['RSQ-ERR-2@dc1919a93991'],
  scenario: 'rejections',
  judge: (traces) =>
    each(
      badStreams(traces).filter(({ status }) => status?.code !== undefined),
      'refusals for a field',
      (stream) => {
        const field = String(stream.trace.facts['field']);
        const named = new RegExp(`(^|[^a-z_])${field}([^a-z_]|$)`).test(stream.status?.detail ?? '');
        return named ? undefined : streamFault(stream, 'the field is not named', `a text with ${field}`);
      },
    ),
});

const saysExpectedAndGot = serverCheck({
  id: 'refusal-says-expected-and-got',
  title: 'the detail text of a refusal says what was expected and what was received',
  profile: 'any',
  requirements: ['RSQ-ERR-3@ffc8bec83fb4'],
  scenario: 'rejections',
  judge: (traces) =>
    each(
      badStreams(traces).filter(({ status }) => status?.code !== undefined),
      'refusals for a field',
      (stream) =>
        /expected .*(got|received) /is.test(stream.status?.detail ?? '')
          ? undefined
          : streamFault(stream, 'expected and got are not said', '... expected ..., got ...'),
    ),
});

const unlisted = serverCheck({
  id: 'profiles-are-served-or-refused',
  title: 'a listed profile is served, any other is refused with INVALID_REQUEST',
  profile: 'any',
  requirements: ['RSQ-ROL-1@2bb72d4da34f', 'RSQ-DSC-2@bc2462f4ebf9'],
  scenario: 'unlisted-profile',
  judge: (traces, { description }) => {
    const streams = allStreams(traces);
    const listed = each(
      streams.filter(({ label }) => description.profiles.includes(label)),
      'listed profiles',
      (stream) => notServed(stream, 0),
    );
    const others = streams.filter(({ label }) => !description.profiles.includes(label));
    if (listed.verdict !== 'PASS' || others.length === 0) return listed;
    return each(others, 'profiles that are not listed', (stream) => notRefused(stream, 'INVALID_REQUEST'));
  },
});

const undisturbed = serverCheck({
  id: 'refusals-disturb-nobody',
  title: 'a request that is refused disturbs no other stream or session',
  profile: 'any',
  requirements: ['RSQ-LIM-6@ebae7891d8da', 'RSQ-OPN-1@080c6e9bb898'],
  scenario: 'rejections',
  judge: (traces) => {
    const verdict = each(traces, 'good streams beside refusals', disturbed);
    return verdict.verdict === 'PASS' ? pass(`${traces.length} good streams went on beside refusals`) : verdict;
  },
});

export const requestChecks: readonly Check[] = [
  refusalCheck(
    'other-versions-are-refused',
    'another protocol_version is refused',
    'any',
    ['RSQ-VER-1@c031272f7718'],
    /^version-/,
  ),
  refusalCheck(
    'missing-request-is-refused',
    'an OPEN without a request is refused',
    'any',
    ['RSQ-GRP-10@3f8a93808bcd'],
    /^no-request$/,
  ),
  refusalCheck(
    'malformed-client-id-is-refused',
    'anything but the 36-character form is refused',
    'stateful',
    ['RSQ-ENC-1@18797026251d'],
    /^client-id-/,
  ),
  refusalCheck(
    'n-out-of-range-is-refused',
    'an n outside 1..65535 is refused',
    'stateful',
    ['RSQ-SFL-2@ae544374daf8'],
    /^n-/,
  ),
  refusalCheck(
    'extension-limits-are-kept',
    'too many, too long and empty extensions are refused',
    'any',
    ['RSQ-LIM-2@0bc7e06100b4'],
    /^extensions-/,
  ),
  refusalCheck(
    'malformed-resume-key-is-refused',
    'a resume key of another length is refused as invalid',
    'stateful',
    ['RSQ-KEY-3@782820087533'],
    /^key-length-/,
  ),
  refusalCheck(
    'wrong-resume-key-is-refused',
    'a resume key of another session is refused as not found',
    'stateful',
    ['RSQ-KEY-3@782820087533', 'RSQ-RES-4@5be298f5091e'],
    /^other-key$/,
  ),
  refusalCheck(
    'next-index-out-of-range-is-refused',
    'a RESUME with next_index >= n is refused and changes nothing',
    'stateful',
    ['RSQ-RES-3@6a56389c0a5f'],
    /^next-index-/,
  ),
  refusalCheck(
    'a-out-of-range-is-refused',
    'a stateless RESUME with a outside 1..255 is refused',
    'stateless',
    ['RSQ-SLS-5@144e18d598bc'],
    /^a-/,
  ),
  refusalCheck(
    'stateless-index-out-of-range-is-refused',
    'a stateless RESUME beyond index 65534 is refused',
    'stateless',
    ['RSQ-SLS-6@ce5480bcb73e'],
    /^stateless-/,
  ),
  refusalCheck(
    'other-ratios-are-refused',
    'a ratio other than 2 and 3 is refused',
    'stateless',
    ['RSQ-SLS-3@9c0990aafb9e'],
    /ratio-/,
  ),
  refusalCheck(
    'checks-come-in-their-order',
    'of two faults the one that is checked first gives the code',
    'any',
    ['RSQ-OPN-1@080c6e9bb898', 'RSQ-ERR-1@2bf3e97483ed'],
    /^order-/,
  ),
  undisturbed,
  namesField,
  saysExpectedAndGot,
  unlisted,
];
