/** Checks of stateless sequences, against the suite's own oracle. */

import { type Check, EVERY_SCENARIO } from '../../check.ts';
import { bigEndianBytes, exactValue } from '../../oracle/doubling.ts';
import { diagnoseDoubling } from '../../oracle/mistakes.ts';
import { allStreams, labelled, type Stream, type ValueSeen } from '../../streams.ts';
import { failed, type Verdict } from '../../verdict.ts';
import { each, endFault, notCarried, notServed, serverCheck, streamFault } from './common.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Streams of a stateless sequence that were opened, with their a and ratio. */
function statelessStreams(streams: readonly Stream[]) {
  return streams.flatMap((stream) => {
    const sequence = stream.opened?.sequence;
    return sequence?.profile === 'stateless' ? [{ stream, a: sequence.a, ratio: sequence.ratio }] : [];
  });
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 28)}...${text.slice(-28)} (${text.length} digits)`;
}

const aInRange = serverCheck({
  id: 'stateless-a-is-in-range',
  title: 'a is in 1..255 and differs from START to START',
  profile: 'stateless',
  requirements: ['RSQ-SLS-1@8f2fedc8aecc'],
  scenario: 'stateless-start',
  judge: (traces) => {
    const drawn = statelessStreams(labelled(traces, 'draw'));
    const range = each(drawn, 'values of a', ({ stream, a }) =>
      a >= 1 && a <= 255 ? undefined : streamFault(stream, 'a out of range', '1..255', String(a)),
    );
    const [first] = drawn;
    const different = [...new Set(drawn.map(({ a }) => a))];
    // 40 uniform draws show at least 20 values but in one of 10^9 runs.
    if (range.verdict !== 'PASS' || drawn.length < 40 || different.length >= 20) return range;
    return failed('a is not drawn uniformly', {
      expected: 'about 37 different values in 40 draws',
      actual:
        different.length === 1
          ? `always ${different[0]}`
          : `${different.length} different values: ${different.join(', ')}`,
      ...(first === undefined ? {} : { at: first.stream.ref }),
    });
  },
});

const statelessValues = serverCheck({
  id: 'stateless-values-are-exact',
  title: 'item k is a * ratio^k as an exact integer, however large',
  profile: 'stateless',
  requirements: ['RSQ-SLS-2@2f9de40b5538'],
  scenario: EVERY_SCENARIO,
  judge: (traces) => {
    const seen = statelessStreams(allStreams(traces)).flatMap(({ stream, a, ratio }) =>
      stream.values.map((value) => {
        const expected = exactValue(a, ratio, value.index).toString();
        return { stream, a, ratio, value, expected, isRight: value.value === expected };
      }),
    );
    const verdict = each(seen, 'stateless values', ({ stream, a, ratio, value, expected, isRight }) =>
      isRight
        ? undefined
        : failed(`${stream.trace.caseId}: item ${value.index} of a=${a}, ratio=${ratio} has another value`, {
            expected: shorten(expected),
            actual: shorten(value.value),
            at: value.ref,
          }),
    );
    return verdict.verdict === 'FAIL' ? { ...verdict, ...doublingDiagnosis(seen) } : verdict;
  },
});

interface SeenValue {
  readonly a: number;
  readonly ratio: number;
  readonly value: ValueSeen;
  readonly isRight: boolean;
}

/** The mistake that makes all the values that were seen, with the first index at which it shows for each ratio. */
function doublingDiagnosis(seen: readonly SeenValue[]): Pick<Verdict, 'diagnosis' | 'cause'> {
  const mistake = diagnoseDoubling(
    seen.map(({ a, ratio, value }) => ({ a, ratio, index: value.index, value: BigInt(value.value) })),
  );
  if (mistake === undefined) return {};
  const ratios = [...new Set(seen.map(({ ratio }) => ratio))].sort((a, b) => a - b);
  const told = ratios.map((ratio) => {
    const own = seen.filter((one) => one.ratio === ratio);
    const wrong = own.filter(({ isRight }) => !isRight).map(({ value }) => value.index);
    if (wrong.length === 0) return `ratio ${ratio} is right in all ${own.length} values`;
    return `ratio ${ratio} is wrong in ${wrong.length} of ${own.length} values, from index ${Math.min(...wrong)} on`;
  });
  return { cause: mistake.text, diagnosis: `${mistake.text}; ${told.join(', ')}` };
}

const minimalEncoding = serverCheck({
  id: 'values-are-encoded-as-their-profile-says',
  title: 'stateless values are big-endian bytes without leading zeros, stateful ones 32-bit numbers',
  profile: 'any',
  requirements: ['RSQ-ENC-4@852b5530c288'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).flatMap((stream) =>
        stream.values.map((value) => ({ stream, value, profile: stream.opened?.sequence?.profile })),
      ),
      'values',
      ({ stream, value, profile }) => {
        const { message } = value;
        if (message.kind === 'final') return undefined;
        const minimal = message.bytes !== undefined && message.bytes === hex(bigEndianBytes(BigInt(message.value)));
        if (profile === 'stateless' ? minimal : message.type === 'number') return undefined;
        const expected = profile === 'stateless' ? 'integer: big-endian, no leading zero byte' : 'number: fixed32';
        const actual = `${message.type} ${shorten(message.bytes ?? message.value)}`;
        return failed(`${stream.trace.caseId}: item ${value.index} is encoded in another way`, {
          expected,
          actual,
          at: value.ref,
        });
      },
    ),
});

const ratios = serverCheck({
  id: 'stateless-ratio-is-2-or-3',
  title: 'an absent ratio is 2, and 2 and 3 are served',
  profile: 'stateless',
  requirements: ['RSQ-SLS-3@9c0990aafb9e'],
  scenario: 'stateless-start',
  judge: (traces) =>
    each(labelled(traces, 'start'), 'starts with a ratio', (stream) => {
      const expected = stream.trace.facts['ratio'];
      const sequence = stream.opened?.sequence;
      const actual = sequence?.profile === 'stateless' ? sequence.ratio : undefined;
      if (actual !== expected) return streamFault(stream, 'another ratio', `ratio ${expected}`, `ratio ${actual}`);
      return notCarried(stream, 6);
    }),
});

const statelessResumes = serverCheck({
  id: 'stateless-resume-is-served-anywhere',
  title: 'a stateless RESUME is served by its a, ratio and next_index alone',
  profile: 'stateless',
  requirements: ['RSQ-SLS-4@da06621724fe'],
  scenario: 'stateless-resume',
  judge: (traces) =>
    each(labelled(traces, 'resume'), 'stateless resumes', (stream) => {
      const { request } = stream;
      if (request.kind !== 'stateless-resume') return undefined;
      const sequence = stream.opened?.sequence;
      const refused = notServed(stream, request.nextIndex) ?? notCarried(stream, 3);
      if (refused !== undefined) return refused;
      if (sequence?.profile === 'stateless' && sequence.a === request.a && sequence.ratio === request.ratio)
        return undefined;
      return streamFault(
        stream,
        'another sequence',
        `a ${request.a}, ratio ${request.ratio}`,
        JSON.stringify(sequence),
      );
    }),
});

const statelessEnd = serverCheck({
  id: 'stateless-ends-after-65534',
  title: 'after the item with index 65534 the stream ends without error',
  profile: 'stateless',
  requirements: ['RSQ-SLS-7@bfde5d5f7dd0', 'RSQ-LIM-1@5b71e2e31cb4'],
  scenario: 'stateless-far-end',
  judge: (traces) =>
    each(labelled(traces, 'resume'), 'streams at the far end', (stream) => {
      const from = stream.request.kind === 'stateless-resume' ? stream.request.nextIndex : 0;
      const wrong = notServed(stream, from) ?? notCarried(stream, 65_535 - from);
      if (wrong !== undefined) return wrong;
      if (stream.status?.grpc === 'OK' && stream.values.at(-1)?.index === 65_534) return undefined;
      const last = stream.values.at(-1)?.index ?? -1;
      const message = last > 65_534 ? `another end: it goes on to index ${last}` : 'another end';
      return endFault(stream, message, 'index 65534, then status OK');
    }),
});

export const statelessChecks: readonly Check[] = [
  aInRange,
  statelessValues,
  minimalEncoding,
  ratios,
  statelessResumes,
  statelessEnd,
];
