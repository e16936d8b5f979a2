/** What checks of one stateful case share: its streams by label, and what their OPENEDs say. */

import type { Check } from '../../check.ts';
import { allStreams, type Stream } from '../../streams.ts';
import { unsupported, type Verdict } from '../../verdict.ts';
import { firstFault, serverCheck, streamFault, withStreams } from './common.ts';

/** A check of one case whose streams have labels. */
export function caseCheck(fields: {
  readonly id: string;
  readonly title: string;
  readonly requirements: Check['requirements'];
  readonly scenario: string;
  readonly extension?: string;
  readonly caseId: string;
  readonly labels: readonly string[];
  /** In the test mode a client id always has the same seed, so nothing can be told. */
  readonly needsRandomSeeds?: boolean;
  judge(...streams: readonly Stream[]): readonly (Verdict | undefined)[];
}): Check {
  const { caseId, labels, needsRandomSeeds, judge, ...rest } = fields;
  return serverCheck({
    ...rest,
    profile: 'stateful',
    judge: (traces, { seedFromClientId }) => {
      if (seedFromClientId && needsRandomSeeds === true)
        return unsupported('seeds follow from client ids in the test mode');
      return withStreams(allStreams(traces), caseId, labels, (...streams) =>
        firstFault(`${labels.length} streams of ${caseId}: ${labels.join(', ')}`, ...judge(...streams)),
      );
    },
  });
}

export function keyOf(stream: Stream): string | undefined {
  const sequence = stream.opened?.sequence;
  return sequence?.profile === 'stateful' ? sequence.resumeKey : undefined;
}

export function attemptOf(stream: Stream): number | undefined {
  const sequence = stream.opened?.sequence;
  return sequence?.profile === 'stateful' ? sequence.attempt : undefined;
}

export function hasAttempt(stream: Stream, expected: number): Verdict | undefined {
  return attemptOf(stream) === expected
    ? undefined
    : streamFault(
        stream,
        'another attempt',
        `OPENED with attempt ${expected}`,
        attemptOf(stream) === undefined ? undefined : `attempt ${attemptOf(stream)}`,
      );
}

export function sameSession(stream: Stream, first: Stream): Verdict | undefined {
  return keyOf(stream) === keyOf(first)
    ? undefined
    : streamFault(stream, 'another session', `the resume key ${keyOf(first)}`, `the resume key ${keyOf(stream)}`);
}

export function otherSession(stream: Stream, first: Stream): Verdict | undefined {
  return keyOf(stream) !== keyOf(first)
    ? undefined
    : streamFault(
        stream,
        'the old session is still there',
        'a new session with another resume key',
        'the same resume key',
      );
}

/** For the parameters' defaults: withStreams gives as many streams as there are labels. */
export function unreachable(): Stream {
  throw new Error('a stream is missing');
}
