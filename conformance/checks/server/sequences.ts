/** Checks of the numbers themselves, against the suite's own oracle. */

import { type Check, EVERY_SCENARIO } from '../../check.ts';
import { checksumOf } from '../../oracle/checksum.ts';
import { bigEndianBytes, exactValue } from '../../oracle/doubling.ts';
import { diagnoseChecksum, diagnoseItems } from '../../oracle/mistakes.ts';
import { itemAt } from '../../oracle/pcg32.ts';
import { expectedResumeKey } from '../../oracle/resume-key.ts';
import { allStreams, clientIdOf, labelled, type Stream, streamsOf } from '../../streams.ts';
import { blocked, failed, type Verdict } from '../../verdict.ts';
import { both, each, notCarried, notServed, serverCheck, streamFault } from './common.ts';
import { allValuesOf, type Incarnation, incarnationsOf, seedOfClientId } from './incarnations.ts';

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
    const different = new Set(drawn.map(({ a }) => a)).size;
    // 40 uniform draws show at least 20 values but in one of 10^9 runs.
    if (range.verdict !== 'PASS' || drawn.length < 40 || different >= 20) return range;
    return failed('a is not drawn uniformly', {
      expected: 'about 37 different values in 40 draws',
      actual: `${different} different values`,
    });
  },
});

const statelessValues = serverCheck({
  id: 'stateless-values-are-exact',
  title: 'item k is a * ratio^k as an exact integer, however large',
  profile: 'stateless',
  requirements: ['RSQ-SLS-2@2f9de40b5538'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      statelessStreams(allStreams(traces)).flatMap(({ stream, a, ratio }) =>
        stream.values.map((value) => ({ stream, a, ratio, value })),
      ),
      'stateless values',
      ({ stream, a, ratio, value }) => {
        const expected = exactValue(a, ratio, value.index).toString();
        if (value.value === expected) return undefined;
        return failed(`${stream.trace.caseId}: item ${value.index} of a=${a}, ratio=${ratio} has another value`, {
          expected: shorten(expected),
          actual: shorten(value.value),
          at: value.ref,
        });
      },
    ),
});

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
      return streamFault(stream, 'another end', 'index 65534, then status OK');
    }),
});

/** Every session of which enough was seen. */
function seeded(incarnations: readonly Incarnation[]): { incarnation: Incarnation; seed: bigint }[] {
  return incarnations.flatMap((incarnation) =>
    incarnation.seed === undefined ? [] : [{ incarnation, seed: incarnation.seed }],
  );
}

function notTheGenerator(incarnation: Incarnation): Verdict {
  const value = incarnation.values.get(0);
  const seen = incarnation.prefix.slice(0, 6).map((v) => v.toString(16).padStart(8, '0'));
  return failed(
    `the values of session ${incarnation.clientId} are no outputs of PCG32 with stream 54, whatever the seed`,
    {
      expected: 'outputs of PCG XSH RR 64/32 from the first one on',
      actual: seen.join(' '),
      ...(value === undefined ? {} : { at: value.ref }),
    },
  );
}

const generator = serverCheck({
  id: 'values-are-pcg32',
  title: 'item k is output k of PCG32, near the beginning and far away',
  profile: 'stateful',
  requirements: ['RSQ-SFL-4@ab9954689b0b', 'RSQ-PRN-1@0f82baf2d1c8', 'RSQ-PRN-2@9235b3c68a7c'],
  scenario: EVERY_SCENARIO,
  judge: (traces, context) => {
    const incarnations = incarnationsOf(traces, context);
    const wrong = incarnations.find((incarnation) => incarnation.seedless);
    if (wrong !== undefined) return notTheGenerator(wrong);
    const values = seeded(incarnations).flatMap(({ incarnation, seed }) =>
      [...incarnation.values.values()].map((value) => ({ incarnation, seed, value })),
    );
    return each(values, 'stateful values', ({ incarnation, seed, value }) => {
      const expected = itemAt(seed, value.index);
      if (Number(value.value) === expected) return undefined;
      const mistake = diagnoseItems(seed, incarnation.prefix);
      return failed(`item ${value.index} of session ${incarnation.clientId} is not output ${value.index}`, {
        expected: expected.toString(16).padStart(8, '0'),
        actual: Number(value.value).toString(16).padStart(8, '0'),
        at: value.ref,
        ...(mistake === undefined ? {} : { diagnosis: mistake.text }),
      });
    });
  },
});

const resumeKey = serverCheck({
  id: 'resume-key-follows-from-the-seed',
  title: 'the resume key is derived from client id and seed',
  profile: 'stateful',
  requirements: ['RSQ-KEY-1@197cf2763968'],
  scenario: EVERY_SCENARIO,
  judge: (traces, context) =>
    each(seeded(incarnationsOf(traces, context)), 'sessions with a known seed', ({ incarnation, seed }) => {
      const expected = hex(expectedResumeKey(incarnation.clientId, seed));
      if (incarnation.resumeKey === expected) return undefined;
      return failed(`another resume key for session ${incarnation.clientId}`, {
        expected,
        actual: incarnation.resumeKey,
        ...(incarnation.streams[0] === undefined ? {} : { at: incarnation.streams[0].ref }),
      });
    }),
});

const sameValues = serverCheck({
  id: 'values-are-the-same-on-every-connection',
  title: 'whatever drops, resumes, rewinds and takeovers happen, an index has one value',
  profile: 'stateful',
  requirements: ['RSQ-SFL-6@bfb7f24f90c1'],
  scenario: EVERY_SCENARIO,
  judge: (traces, context) =>
    each(
      incarnationsOf(traces, context).filter(
        ({ streams }) => streams.filter(({ values }) => values.length > 0).length > 1,
      ),
      'sessions over several connections',
      ({ clientId, conflict }) =>
        conflict === undefined
          ? undefined
          : failed(`session ${clientId} has two values at index ${conflict.first.index}`, {
              expected: `${conflict.first.value} as before`,
              actual: conflict.second.value,
              at: conflict.second.ref,
            }),
    ),
});

const keyStable = serverCheck({
  id: 'resume-key-stays-the-same',
  title: 'each stateful OPENED carries the resume key, the same for the life of a session',
  profile: 'stateful',
  requirements: ['RSQ-KEY-2@169112189df6'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(({ opened }) => opened?.sequence?.profile === 'stateful'),
      'stateful OPENEDs',
      (stream) => {
        const sequence = stream.opened?.sequence;
        if (sequence?.profile !== 'stateful') return undefined;
        const { request } = stream;
        const expected = request.kind === 'stateful-resume' ? request.resumeKey : 'f'.repeat(32);
        const right =
          request.kind === 'stateful-resume' ? sequence.resumeKey === expected : sequence.resumeKey.length === 32;
        return right
          ? undefined
          : streamFault(stream, 'another resume key', `${expected} (16 bytes)`, sequence.resumeKey);
      },
    ),
});

const finals = serverCheck({
  id: 'final-carries-the-checksum',
  title: 'item n-1 comes as FINAL with the SHA-256 over all n values, the others come as ITEM',
  profile: 'stateful',
  requirements: ['RSQ-SFL-5@20c3d01ed792', 'RSQ-SUM-1@a4fd4e5253eb'],
  scenario: EVERY_SCENARIO,
  judge: (traces, context) => {
    const incarnations = incarnationsOf(traces, context);
    const shape = each(
      incarnations.flatMap((incarnation) => [...incarnation.values.values()].map((value) => ({ incarnation, value }))),
      'values',
      ({ incarnation, value }) => {
        const expected = value.index === incarnation.n - 1 ? 'final' : 'item';
        if (value.message.kind === expected) return undefined;
        return failed(`index ${value.index} of n = ${incarnation.n} came as ${value.message.kind}`, {
          expected,
          actual: value.message.kind,
          at: value.ref,
        });
      },
    );
    return both(shape, each(checksums(incarnations), 'checksums', judgeChecksum));
  },
});

function checksums(incarnations: readonly Incarnation[]) {
  return incarnations.flatMap((incarnation) => {
    const values = incarnation.streams.some(({ final }) => final !== undefined) ? allValuesOf(incarnation) : undefined;
    return values === undefined ? [] : [{ incarnation, values, expected: hex(checksumOf(values)) }];
  });
}

function judgeChecksum(piece: {
  incarnation: Incarnation;
  values: readonly number[];
  expected: string;
}): Verdict | undefined {
  const { incarnation, values, expected } = piece;
  const wrong = incarnation.streams
    .flatMap((stream) => stream.values)
    .find(({ message }) => message.kind === 'final' && message.checksum !== expected);
  if (wrong?.message.kind !== 'final') return undefined;
  const mistake = diagnoseChecksum(values, Buffer.from(wrong.message.checksum, 'hex'));
  return failed(`another checksum for session ${incarnation.clientId} with n = ${incarnation.n}`, {
    expected,
    actual: wrong.message.checksum,
    at: wrong.ref,
    ...(mistake === undefined ? {} : { diagnosis: mistake.text }),
  });
}

const longest = serverCheck({
  id: 'longest-sequence-is-served',
  title: 'a sequence of 65535 items is served from its beginning, from inside, rewound, and at its end',
  profile: 'stateful',
  requirements: ['RSQ-LIM-1@5b71e2e31cb4', 'RSQ-RES-1@ae3c1aefe885'],
  scenario: 'stateful-jump',
  judge: (traces) => {
    const [trace] = traces;
    if (trace === undefined) return blocked('no trace');
    const resumes = streamsOf(trace).filter(({ label }) => label.startsWith('resume'));
    if (resumes.length < 4) return blocked('the session was not opened');
    return each(resumes, 'resumes of the longest sequence', (stream) => {
      const from = stream.request.kind === 'stateful-resume' ? stream.request.nextIndex : 0;
      return notServed(stream, from) ?? notCarried(stream, Math.min(2, 65_535 - from));
    });
  },
});

const schedulesComplete = serverCheck({
  id: 'random-schedules-complete',
  title: 'whatever the schedule of drops, a client gets each item and the end',
  profile: 'stateful',
  requirements: ['RSQ-RES-1@ae3c1aefe885', 'RSQ-RET-4@a94a2d0e01fe', 'RSQ-SFL-6@bfb7f24f90c1'],
  scenario: 'schedules',
  judge: (traces, context) =>
    each(traces, 'schedules', (trace) => {
      const last = streamsOf(trace).at(-1);
      const replay = `schedule ${String(trace.facts['replay'])} ${String(trace.facts['schedule'])}`;
      if (last === undefined) return failed(`${replay}: nothing was opened`);
      const incarnation = incarnationsOf([trace], context).find(({ clientId }) => clientId === clientIdOf(last));
      const refused = streamsOf(trace).find((stream) => stream.opened === undefined);
      if (refused !== undefined) return streamFault(refused, `refused in ${replay}`, 'OPENED');
      const n = Number(trace.facts['n']);
      if (last.final !== undefined && incarnation?.prefix.length === n) return undefined;
      return streamFault(
        last,
        `not complete: ${replay}`,
        `${n} items and FINAL`,
        `${incarnation?.prefix.length ?? 0} items`,
      );
    }),
});

const testMode = serverCheck({
  id: 'seed-follows-from-the-client-id',
  title: 'in the test mode the seed is the first 8 bytes of the client id',
  profile: 'stateful',
  requirements: ['RSQ-SFL-7@66edc0a2e872'],
  scenario: 'stateful-whole',
  judge: (traces, context) => {
    if (!context.seedFromClientId) {
      return { verdict: 'UNSUPPORTED', message: 'the test mode was not claimed (--seed-from-client-id)' };
    }
    const pieces = incarnationsOf(traces, context).flatMap((incarnation) =>
      [...incarnation.values.values()].map((value) => ({ seed: seedOfClientId(incarnation.clientId), value })),
    );
    return each(pieces, 'values of the test mode', ({ seed, value }) => {
      const expected = itemAt(seed, value.index).toString();
      if (value.value === expected) return undefined;
      return failed(`item ${value.index} is not that of the seed ${seed.toString(16).padStart(16, '0')}`, {
        expected,
        actual: value.value,
        at: value.ref,
      });
    });
  },
});

export const sequenceChecks: readonly Check[] = [
  aInRange,
  statelessValues,
  minimalEncoding,
  ratios,
  statelessResumes,
  statelessEnd,
  generator,
  resumeKey,
  sameValues,
  keyStable,
  finals,
  longest,
  schedulesComplete,
  testMode,
];
