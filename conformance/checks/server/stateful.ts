/** Checks of stateful sequences, against the suite's own oracle. */

import { type Check, EVERY_SCENARIO } from '../../check.ts';
import { checksumOf } from '../../oracle/checksum.ts';
import { diagnoseChecksum, diagnoseItems } from '../../oracle/mistakes.ts';
import { INITSEQ, incrementOf, itemAt, seededState } from '../../oracle/pcg32.ts';
import { expectedResumeKey } from '../../oracle/resume-key.ts';
import { allStreams, streamsOf } from '../../streams.ts';
import { blocked, failed, type Verdict } from '../../verdict.ts';
import { both, each, notCarried, notServed, serverCheck, streamFault } from './common.ts';
import { allValuesOf, type Incarnation, incarnationsOf, seedOfClientId } from './incarnations.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

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
        ...keyDiagnosis(incarnation, seed),
        ...(incarnation.streams[0] === undefined ? {} : { at: incarnation.streams[0].ref }),
      });
    }),
});

/** A generator without the seeding procedure gives a right sequence of another seed: only the key shows that. */
function keyDiagnosis({ clientId, resumeKey: key }: Incarnation, seed: bigint): { readonly diagnosis?: string } {
  const state = seededState(seed, incrementOf(INITSEQ));
  if (hex(expectedResumeKey(clientId, state)) !== key) return {};
  return {
    diagnosis: 'the key is that of the first state: the seed was taken as the state, without the seeding procedure',
  };
}

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

export const statefulChecks: readonly Check[] = [
  generator,
  resumeKey,
  sameValues,
  keyStable,
  finals,
  longest,
  testMode,
];
