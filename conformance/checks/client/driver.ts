/** Checks of the driver: its lines, its claims, its end. Spec: driver.md section 2. */

import type { Check } from '../../check.ts';
import { DRIVER_LINES, DRIVER_MANY, DRIVER_WHOLE, MANY_RUNS, mostStreams } from '../../scenarios/client/driver.ts';
import { asksFor, isClaimed } from '../../target/client.ts';
import {
  type ClaimView,
  type DriverFault,
  type EventOf,
  eventsOf,
  type RunRequestView,
  type Trace,
} from '../../trace.ts';
import { blocked, failed, pass, type Verdict } from '../../verdict.ts';

type DriverEvent = EventOf<'driver'>;
type Of<W extends DriverEvent['what']> = Extract<DriverEvent, { readonly what: W }>;

const HELLO_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;

interface DriverCheck {
  readonly id: string;
  readonly title: string;
  readonly scenario: string;
  readonly requirements: Check['requirements'];
  readonly look: (trace: Trace) => Verdict;
}

/** A driver that has not even begun to talk has nothing to be judged by but for that. */
function driverCheck({ look, ...check }: DriverCheck): Check {
  return {
    ...check,
    side: 'client',
    profile: 'any',
    judge: ([trace]) => (trace === undefined ? blocked('the driver was not driven') : look(trace)),
  };
}

function all<W extends DriverEvent['what']>(trace: Trace, what: W): Of<W>[] {
  return eventsOf(trace, 'driver').filter((event): event is Of<W> => event.what === what);
}

function at(trace: Trace, event: Trace['events'][number]) {
  return { at: { caseId: trace.caseId, event: trace.events.indexOf(event) } };
}

/** The first of these faults as a verdict. */
function faultOf(trace: Trace, faults: readonly DriverFault[], expected: string): Verdict | undefined {
  const found = all(trace, 'fault').filter(({ fault }) => faults.includes(fault));
  const [first] = found;
  if (first === undefined) return undefined;
  const more = found.length === 1 ? '' : ` (and ${found.length - 1} more)`;
  return failed(`${first.message}${more}`, {
    expected,
    ...(first.line === undefined ? {} : { actual: first.line }),
    ...at(trace, first),
  });
}

const NO_HELLO = 'the driver has not answered hello';

export const DRIVER_CHECKS: readonly Check[] = [
  driverCheck({
    id: 'driver-says-hello',
    title: 'the first answer is hello, within 30 s',
    scenario: DRIVER_WHOLE,
    requirements: ['RSQ-DRV-1@3cfad5c75687'],
    look: (trace) => {
      const fault = faultOf(trace, ['hello'], 'hello, before any other answer, with the claims of the first one');
      if (fault !== undefined) return fault;
      const [asked] = all(trace, 'request');
      const [hello] = all(trace, 'hello');
      if (asked === undefined) return blocked('the driver was not started');
      if (hello === undefined) {
        const died = all(trace, 'fault').find((event) => event.fault !== 'twice');
        return failed('no hello came', died === undefined ? {} : { actual: died.message, ...at(trace, died) });
      }
      const tookMs = hello.atMs - asked.atMs;
      return tookMs <= HELLO_WITHIN_MS
        ? pass(`${hello.implementation}, after ${Math.round(tookMs)} ms`)
        : failed('hello came too late', { expected: `${HELLO_WITHIN_MS} ms`, actual: `${Math.round(tookMs)} ms` });
    },
  }),
  driverCheck({
    id: 'driver-speaks-the-schema',
    title: 'every line on stdout follows driver.schema.json',
    scenario: DRIVER_WHOLE,
    requirements: ['RSQ-DRV-2@f6bf2f279c6c'],
    look: (trace) => {
      const fault = faultOf(trace, ['shape', 'flood'], 'lines as driver.schema.json has them');
      if (fault !== undefined) return fault;
      const answers = all(trace, 'result').length + all(trace, 'error').length;
      return answers === 0 ? blocked('the driver has answered no run') : pass(`${answers} answers`);
    },
  }),
  driverCheck({
    id: 'driver-answers-each-run-once',
    title: 'each run has exactly one result, and nothing is said of other runs',
    scenario: DRIVER_WHOLE,
    requirements: ['RSQ-DRV-3@a109c716ae06'],
    look: (trace) => {
      const fault = faultOf(trace, ['twice', 'unknown-id'], 'one result for each run');
      if (fault !== undefined) return fault;
      const [refused] = all(trace, 'error');
      if (refused !== undefined)
        return failed(`${refused.id}: an error for a run that it can use`, {
          actual: refused.message,
          ...at(trace, refused),
        });
      const [lost] = all(trace, 'none');
      if (lost !== undefined) return failed(`${lost.id}: ${lost.why}`, { expected: 'one result', ...at(trace, lost) });
      const results = all(trace, 'result');
      return results.length === 0 ? blocked('no run was asked for') : pass(`${results.length} results`);
    },
  }),
  driverCheck({
    id: 'driver-serves-what-it-claims',
    title: 'what hello names is served, and nothing else',
    scenario: DRIVER_WHOLE,
    requirements: ['RSQ-DRV-6@7d68b32983a5'],
    look: servesItsClaims,
  }),
  driverCheck({
    id: 'driver-lives-until-bye',
    title: 'the driver goes on until bye and then ends with 0 within 5 s',
    scenario: DRIVER_WHOLE,
    requirements: ['RSQ-DRV-10@34eaaf510eb4'],
    look: (trace) => faultOf(trace, ['died', 'flood'], 'the end after bye, with exit code 0') ?? endsInTime(trace),
  }),
  driverCheck({
    id: 'driver-answers-what-it-cannot-use',
    title: 'a line that cannot be used is answered with one error, and the driver goes on',
    scenario: DRIVER_LINES,
    requirements: ['RSQ-DRV-8@e6c8d37109a2'],
    look: (trace) => eachAnswered(trace, 'error'),
  }),
  driverCheck({
    id: 'driver-goes-on-after-errors',
    title: 'runs between lines that cannot be used are served, with fields that it does not know',
    scenario: DRIVER_LINES,
    requirements: ['RSQ-DRV-3@a109c716ae06', 'RSQ-DRV-8@e6c8d37109a2'],
    look: (trace) => eachAnswered(trace, 'result'),
  }),
  driverCheck({
    id: 'driver-passes-over-late-cancels',
    title: 'a cancel of a run that has ended or never was has no answer',
    scenario: DRIVER_LINES,
    requirements: ['RSQ-DRV-9@9949fc50d4ba'],
    look: (trace) => eachAnswered(trace, 'nothing'),
  }),
  driverCheck({
    id: 'driver-ends-with-its-input',
    title: 'at the end of its input the driver ends with 0 within 5 s',
    scenario: DRIVER_LINES,
    requirements: ['RSQ-DRV-10@34eaaf510eb4'],
    look: endsInTime,
  }),
  driverCheck({
    id: 'driver-runs-at-the-same-time',
    title: `${MANY_RUNS} runs go on at the same time`,
    scenario: DRIVER_MANY,
    requirements: ['RSQ-DRV-5@a69815e5d6ab'],
    look: (trace) => {
      if (all(trace, 'hello').length === 0) return blocked(NO_HELLO);
      const most = mostStreams(trace.events);
      return most >= MANY_RUNS
        ? pass(`${most} streams at the same time`)
        : failed('too few runs at the same time', { expected: `${MANY_RUNS}`, actual: `${most}` });
    },
  }),
  driverCheck({
    id: 'driver-ends-at-bye',
    title: 'at bye the driver ends with 0 within 5 s, whatever goes on',
    scenario: DRIVER_MANY,
    requirements: ['RSQ-DRV-10@34eaaf510eb4'],
    look: endsInTime,
  }),
];

function servesItsClaims(trace: Trace): Verdict {
  const [hello] = all(trace, 'hello');
  if (hello === undefined) return blocked(NO_HELLO);
  const { claims } = hello;
  const requests = new Map(
    all(trace, 'request')
      .filter(({ wants }) => wants === 'result')
      .map(({ line }) => JSON.parse(line) as RunRequestView)
      .map((request) => [request.id, request]),
  );
  const complete = new Map<string, number>();
  const tried = new Map<string, number>();
  for (const event of all(trace, 'result')) {
    const request = requests.get(event.id);
    if (request === undefined) continue;
    const asks = asksFor(request);
    const outcome = event.result['result'];
    if ((outcome === 'unsupported') === isClaimed(asks, claims)) {
      return outcome === 'unsupported'
        ? failed('says unsupported to what its hello claims', {
            expected: told(claims),
            actual: told(asks),
            ...at(trace, event),
          })
        : failed('serves what its hello does not claim', {
            expected: 'unsupported',
            actual: told(asks),
            ...at(trace, event),
          });
    }
    tried.set(request.profile, (tried.get(request.profile) ?? 0) + 1);
    if (outcome === 'complete') complete.set(request.profile, (complete.get(request.profile) ?? 0) + 1);
  }
  const [idle] = claims.profiles.filter((profile) => tried.has(profile) && !complete.has(profile));
  if (idle !== undefined) {
    return failed(
      `claims the profile ${idle}, and none of its ${tried.get(idle)} runs ended complete`,
      at(trace, hello),
    );
  }
  return complete.size === 0 ? blocked('no run ended complete') : pass(told(claims));
}

function told({ profiles, options }: ClaimView): string {
  return [...profiles, ...options].join(', ');
}

/** Every request that wants this has it, and nothing but this, before the next one. */
function eachAnswered(trace: Trace, wants: 'error' | 'result' | 'nothing'): Verdict {
  if (all(trace, 'hello').length === 0) return blocked(NO_HELLO);
  const events = eventsOf(trace, 'driver');
  const right = wants === 'nothing' ? '' : wants;
  let count = 0;
  for (const [index, event] of events.entries()) {
    if (event.what !== 'request' || event.wants !== wants) continue;
    const next = events.findIndex((later, i) => i > index && later.what === 'request');
    const answers = events.slice(index + 1, next === -1 ? undefined : next);
    const got = answers.map(({ what }) => what).join(', ');
    if (got !== right) {
      const said = answers
        .map((answer) => JSON.stringify('message' in answer ? answer.message : answer.what))
        .join(', ');
      return failed(`${right === '' ? 'an answer' : `no ${right}`} to ${event.line.slice(0, 120) || 'an empty line'}`, {
        expected: right || 'nothing',
        actual: said || 'nothing',
        ...at(trace, event),
      });
    }
    const foreign = answers.find(
      (answer) => 'id' in answer && answer.id !== undefined && answer.id !== idOf(event.line),
    );
    if (foreign !== undefined)
      return failed(`the ${right} has another id`, { actual: JSON.stringify(foreign), ...at(trace, event) });
    count += 1;
  }
  return count === 0 ? blocked('the driver was not asked') : pass(`${count} lines`);
}

function idOf(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  } catch {
    return undefined;
  }
}

/** The end that was asked for, by `bye` or the end of the input. */
function endsInTime(trace: Trace): Verdict {
  if (all(trace, 'hello').length === 0) return blocked(NO_HELLO);
  const asked = all(trace, 'request').findLast(({ wants }) => wants === 'end');
  const exit = eventsOf(trace, 'process').findLast((event) => event.what === 'exit');
  if (asked === undefined) return blocked('the driver was not asked to end');
  if (exit?.what !== 'exit') return failed('it did not end', at(trace, asked));
  const tookMs = exit.atMs - asked.atMs;
  if (tookMs < 0) return failed('it ended before it was asked to', at(trace, exit));
  if (exit.code !== 0 || tookMs > END_WITHIN_MS) {
    return failed('it did not end as it should', {
      expected: `exit 0 within ${END_WITHIN_MS} ms`,
      actual: `exit ${exit.code ?? exit.signal} after ${Math.round(tookMs)} ms`,
      ...at(trace, exit),
    });
  }
  return pass(`exit 0 after ${Math.round(tookMs)} ms`);
}
