/** Checks of stateful sequences, against the suite's own oracle. */

import { type Check, EVERY_SCENARIO } from '../../check.ts';
import { checksumOf } from '../../oracle/checksum.ts';
import { diagnoseItems, diagnoseSeeding, diagnoseSeedless } from '../../oracle/mistakes.ts';
import { itemAt } from '../../oracle/pcg32.ts';
import { expectedResumeKey } from '../../oracle/resume-key.ts';
import { allStreams, streamsOf } from '../../streams.ts';
import { blocked, failed, type Verdict } from '../../verdict.ts';
import { both, checksumDiagnosis, each, notCarried, notServed, serverCheck, streamFault } from './common.ts';
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

function word(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function notTheGenerator(incarnation: Incarnation): Verdict {
  const value = incarnation.values.get(0);
  const seen = incarnation.prefix.slice(0, 6).map(word);
  return failed(
    `the values of session ${incarnation.clientId} are no outputs of PCG32 with stream 54, whatever the seed`,
    {
      expected: 'outputs 0, 1, 2, ... of PCG XSH RR 64/32 with stream 54, of one seed',
      actual: seen.join(' '),
      ...(value === undefined ? {} : { at: value.ref }),
    },
  );
}

/** So many sessions are looked into: to find a seed takes up to a second. */
const LOOKED_INTO = 4;

/** The mistake that sessions of an unknown seed have in common, told by that of the first one in which it is found. */
function seedlessDiagnosis(seedless: readonly Incarnation[]): Pick<Verdict, 'diagnosis' | 'cause'> {
  const longest = [...seedless].sort((a, b) => b.prefix.length - a.prefix.length).slice(0, LOOKED_INTO);
  const found = longest.map(({ prefix }) => diagnoseSeedless(prefix));
  const position = found.findIndex((one) => one !== undefined);
  const { mistake, seed } = found[position] ?? {};
  const prefix = longest[position]?.prefix;
  if (mistake === undefined || seed === undefined || prefix === undefined) return {};
  const first = prefix.findIndex((value, index) => value !== itemAt(seed, index));
  const fitting = found.filter((one) => one?.mistake === mistake).length;
  const right = first === 0 ? '' : `items 0..${first - 1} are right, `;
  const example = `${right}item ${first} is ${word(prefix[first] ?? 0)} (${prefix[first]}) instead of ${word(itemAt(seed, first))} (${itemAt(seed, first)})`;
  const cause = `the generator: ${mistake.text}`;
  return {
    cause,
    diagnosis: `${cause}; it gives all values of ${fitting} of the ${longest.length} sessions looked into: ${example}`,
  };
}

const generator = serverCheck({
  id: 'values-are-pcg32',
  title: 'item k is output k of PCG32, near the beginning and far away',
  profile: 'stateful',
  requirements: ['RSQ-SFL-4@ab9954689b0b', 'RSQ-PRN-1@0f82baf2d1c8', 'RSQ-PRN-2@9235b3c68a7c'],
  scenario: EVERY_SCENARIO,
  judge: (traces, context) => {
    const incarnations = incarnationsOf(traces, context);
    const seedless = incarnations.filter((incarnation) => incarnation.seedless);
    if (seedless.length > 0) {
      const judged = incarnations.filter(({ seed, seedless: isWrong }) => isWrong || seed !== undefined);
      const verdict = each(judged, 'sessions', (one) => (one.seedless ? notTheGenerator(one) : undefined));
      return { ...verdict, ...seedlessDiagnosis(seedless) };
    }
    const values = seeded(incarnations).flatMap(({ incarnation, seed }) =>
      [...incarnation.values.values()].map((value) => ({ incarnation, seed, value })),
    );
    const isRight = ({ seed, value }: (typeof values)[number]): boolean =>
      Number(value.value) === itemAt(seed, value.index);
    const wrong = values.find((one) => !isRight(one));
    const mistake = wrong && diagnoseItems(wrong.seed, wrong.incarnation.prefix);
    const cause = mistake && `the generator: ${mistake.text}`;
    return each(values, 'stateful values', (one) => {
      if (isRight(one)) return undefined;
      const { incarnation, seed, value } = one;
      return failed(`item ${value.index} of session ${incarnation.clientId} is not output ${value.index}`, {
        expected: `${word(itemAt(seed, value.index))} (${itemAt(seed, value.index)})`,
        actual: `${word(Number(value.value))} (${value.value})`,
        at: value.ref,
        ...(cause === undefined ? {} : { diagnosis: cause, cause }),
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

/** A generator with another seeding procedure gives a right sequence of another seed: only the key shows that. */
function keyDiagnosis({ clientId, resumeKey: key }: Incarnation, seed: bigint): Pick<Verdict, 'diagnosis' | 'cause'> {
  const mistake = diagnoseSeeding(seed, (one) => hex(expectedResumeKey(clientId, one)) === key);
  if (mistake === undefined) return {};
  const cause = `the seeding: ${mistake.text}`;
  return {
    cause,
    diagnosis: `${cause}; the key is that of the seed from which this mistake makes the values that were sent`,
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
  return failed(`another checksum for session ${incarnation.clientId} with n = ${incarnation.n}`, {
    expected,
    actual: wrong.message.checksum,
    at: wrong.ref,
    ...checksumDiagnosis(values, wrong.message.checksum),
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
