/** Drivers with one lie or one wrong decision each, and the checks that are there to find it. */

import type { Declaration } from './declaration.ts';

interface DriverDeclaration extends Declaration {
  /** Checks, or scenarios, that the driver is judged by: the rest would take a minute and say nothing new. */
  readonly judgedBy: readonly string[];
}

const RUNS = ['client-completes-*', 'client-result-fields', 'client-unsupported-exits-77', 'driver-whole-run'];

const BUGS = {
  'never-connects': {
    does: 'reports complete without having connected',
    judgedBy: RUNS,
    fails: {
      'client-completes-stateful': 'reported success without having connected',
      'client-completes-stateless': 'reported success without having connected',
    },
  },
  'swaps-results': {
    does: 'reports the result of the first run of the profile for all of them',
    judgedBy: RUNS,
    fails: {
      'client-result-fields': 'count: expected',
      'client-completes-stateful': 'the result is that of another run',
      'client-completes-stateless': 'the result is that of another run',
    },
  },
  'answers-twice': {
    does: 'answers each run twice',
    judgedBy: RUNS,
    fails: {
      'driver-answers-each-run-once': 'result for a run that is answered already',
    },
  },
  'answers-nobody': {
    does: 'answers an id that was never asked for',
    judgedBy: RUNS,
    fails: {
      'driver-answers-each-run-once': 'result for a run that was not asked for',
    },
  },
  'serves-no-stateful': {
    does: 'claims the stateful profile and serves no run of it',
    judgedBy: RUNS,
    fails: {
      'driver-serves-what-it-claims': 'claims the profile stateful',
      'client-completes-stateful': 'instead of complete',
    },
  },
  'denies-its-claims': {
    does: 'says unsupported to an option that its hello names',
    judgedBy: RUNS,
    fails: {
      'driver-serves-what-it-claims': 'says unsupported to what its hello claims',
    },
  },
  'hides-an-option': {
    does: 'serves an option that its hello does not name',
    judgedBy: RUNS,
    fails: {
      'driver-serves-what-it-claims': 'serves what its hello does not claim',
    },
  },
  'talks-before-hello': {
    does: 'says something before its hello',
    judgedBy: RUNS,
    fails: {
      'driver-says-hello': 'before hello',
    },
  },
  'logs-on-stdout': {
    does: 'a log line between the answers',
    judgedBy: RUNS,
    fails: {
      'driver-speaks-the-schema': 'expected a JSON object, got no JSON',
    },
  },
  dies: {
    does: 'ends in the middle of its runs',
    judgedBy: RUNS,
    fails: {
      'driver-lives-until-bye': 'before bye',
      'driver-answers-each-run-once': 'before it answered',
    },
    also: ['client-*', 'driver-serves-what-it-claims'],
  },
  'ignores-bye': {
    does: 'does not end at bye',
    judgedBy: [...RUNS, 'driver-many-runs'],
    fails: {
      'driver-lives-until-bye': 'after bye',
      'driver-ends-at-bye': 'it did not end as it should',
    },
  },
  'ignores-cancel': {
    does: 'goes on after cancel',
    judgedBy: ['client-ends-when-interrupted', 'driver-whole-run'],
    fails: {
      'client-ends-when-interrupted': 'still running after the time limit',
      'driver-answers-each-run-once': 'no answer within',
    },
  },
  'sixty-at-a-time': {
    does: 'has the 61st run wait',
    judgedBy: ['driver-many-runs'],
    fails: {
      'driver-runs-at-the-same-time': 'too few runs at the same time',
    },
  },
  'ignores-bad-lines': {
    does: 'has no answer to a line that it cannot use',
    judgedBy: ['driver-lines'],
    fails: {
      'driver-answers-what-it-cannot-use': 'no error to',
    },
  },
  'dies-of-a-bad-line': {
    does: 'ends at a line that it cannot use',
    judgedBy: ['driver-lines'],
    fails: {
      'driver-answers-what-it-cannot-use': 'no error to',
      'driver-goes-on-after-errors': 'no result to',
      'driver-ends-with-its-input': 'it ended before it was asked to',
    },
  },
  'answers-late-cancels': {
    does: 'has an answer to a cancel of a run that has ended',
    judgedBy: ['driver-lines'],
    fails: {
      'driver-passes-over-late-cancels': 'an answer to',
    },
  },
  'exits-1': {
    does: 'ends with 1 at the end of its input',
    judgedBy: ['driver-lines'],
    fails: {
      'driver-ends-with-its-input': 'it did not end as it should',
    },
  },
} satisfies Readonly<Record<string, DriverDeclaration>>;

export type DriverBug = keyof typeof BUGS;

export const DRIVER_BUGS: Readonly<Record<DriverBug, DriverDeclaration>> = BUGS;
