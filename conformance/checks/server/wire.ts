/** Checks that hold on every stream of every scenario. */

import { ERRORS, errorName, isRetryableCode } from '../../../protocol/errors.ts';
import { type Check, EVERY_SCENARIO } from '../../check.ts';
import { allStreams, type Stream, statusText } from '../../streams.ts';
import { failed, type Verdict } from '../../verdict.ts';
import { each, serverCheck, streamFault } from './common.ts';

function opens(streams: readonly Stream[]): Stream[] {
  return streams.filter(({ request }) => request.kind.startsWith('state'));
}

const openedFirst = serverCheck({
  id: 'opened-comes-once-and-first',
  title: 'OPENED comes exactly once on each stream that is not refused, before any other message',
  profile: 'any',
  requirements: ['RSQ-MSG-2@e4b61f409ab1'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      opens(allStreams(traces)).filter(({ messages }) => messages.length > 0),
      'streams with messages',
      (stream) => {
        const kinds = stream.messages.map(({ message }) => message.kind);
        if (kinds[0] === 'opened' && kinds.lastIndexOf('opened') === 0) return undefined;
        return streamFault(
          stream,
          'OPENED is missing, late or repeated',
          'opened, item, ...',
          kinds.slice(0, 6).join(', '),
        );
      },
    ),
});

const contiguous = serverCheck({
  id: 'indexes-are-contiguous',
  title: 'the first item has the index of OPENED, each further one the next',
  profile: 'any',
  requirements: ['RSQ-MSG-3@dfd707c9ce95'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(({ opened, values }) => opened !== undefined && values.length > 0),
      'streams with items',
      (stream) => {
        const first = stream.opened?.nextIndex ?? 0;
        const wrong = stream.values.findIndex(({ index }, i) => index !== first + i);
        const value = stream.values[wrong];
        if (value === undefined) return undefined;
        return failed(`${stream.trace.caseId}: item ${wrong} of the stream has another index`, {
          expected: `index ${first + wrong}`,
          actual: `index ${value.index}`,
          at: value.ref,
        });
      },
    ),
});

const nextIndexEchoed = serverCheck({
  id: 'opened-says-next-index',
  title: 'OPENED says next_index 0 after a START and the requested one after a RESUME',
  profile: 'any',
  requirements: ['RSQ-MSG-4@8c6a964c13a5'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      opens(allStreams(traces)).filter(({ opened }) => opened !== undefined),
      'opened streams',
      (stream) => {
        const { request, opened } = stream;
        const expected = 'nextIndex' in request ? request.nextIndex : 0;
        if (opened?.nextIndex === expected) return undefined;
        return streamFault(stream, 'another next_index', `next_index ${expected}`, `next_index ${opened?.nextIndex}`);
      },
    ),
});

const statusMapping = serverCheck({
  id: 'errors-travel-with-their-code',
  title: 'each error has the status of the registry and its code in the trailer reseq-code',
  profile: 'any',
  requirements: ['RSQ-GRP-1@a945e8bc48e0'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(
        ({ status, request }) =>
          status !== undefined && status.grpc !== 'OK' && status.grpc !== 'NONE' && request.kind !== 'malformed',
      ),
      'errors',
      (stream) => {
        const { status } = stream;
        if (status === undefined) return undefined;
        const name = status.code === undefined ? undefined : errorName(status.code);
        if (name !== undefined && ERRORS[name].grpc === status.grpc) return undefined;
        const expected = name === undefined ? 'a reseq-code of the registry' : `${ERRORS[name].grpc} for ${name}`;
        return streamFault(stream, 'status and code do not agree with the registry', expected, statusText(status));
      },
    ),
});

const retryAfter = serverCheck({
  id: 'terminal-errors-ask-for-no-retry',
  title: 'no terminal error carries retry_after_ms',
  profile: 'any',
  requirements: ['RSQ-ERR-5@72f5ca725fb6', 'RSQ-GRP-2@fe1d756054c5'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(({ status }) => status?.code !== undefined && !isRetryableCode(status.code)),
      'terminal errors',
      (stream) =>
        stream.status?.retryAfterMs === undefined
          ? undefined
          : streamFault(
              stream,
              'a terminal error asks for a retry',
              'no reseq-retry-after-ms',
              `${stream.status.retryAfterMs} ms`,
            ),
    ),
});

const attemptTold = serverCheck({
  id: 'opened-says-attempt',
  title: 'OPENED carries the attempt under which the stream is attached',
  profile: 'stateful',
  requirements: ['RSQ-ATT-6@6d418de83869'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(
        ({ request, opened }) => 'attempt' in request && request.attempt !== 0 && opened !== undefined,
      ),
      'opened streams with an attempt',
      (stream) => {
        const expected = 'attempt' in stream.request ? stream.request.attempt : undefined;
        const sequence = stream.opened?.sequence;
        const actual = sequence?.profile === 'stateful' ? sequence.attempt : undefined;
        return actual === expected
          ? undefined
          : streamFault(stream, 'another attempt', `attempt ${expected}`, `attempt ${actual}`);
      },
    ),
});

function extensionsAsked(stream: Stream): readonly string[] {
  return 'extensions' in stream.request ? (stream.request.extensions ?? []) : [];
}

const onlyAsked = serverCheck({
  id: 'grants-only-what-was-asked',
  title: 'no extension is granted that was not asked for or is not known',
  profile: 'any',
  requirements: ['RSQ-VER-2@c45d3fb9e10f', 'RSQ-DSC-3@9a75cf04fadf'],
  scenario: EVERY_SCENARIO,
  judge: (traces, { description }) =>
    each(
      opens(allStreams(traces)).filter(({ opened }) => opened !== undefined),
      'opened streams',
      (stream) => {
        const allowed = extensionsAsked(stream).filter((name) => description.extensions.includes(name));
        const extra = stream.opened?.extensions.find((name) => !allowed.includes(name));
        return extra === undefined
          ? undefined
          : streamFault(stream, 'an extension too many', `some of [${allowed.join(', ')}]`, `granted ${extra}`);
      },
    ),
});

const endsAfterFinal = serverCheck({
  id: 'stream-ends-after-final',
  title: 'the server ends the stream without error right after FINAL',
  profile: 'stateful',
  requirements: ['RSQ-FIN-3@0c1aa63a0513'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(({ final, droppedAtMs }) => final !== undefined && droppedAtMs === undefined),
      'streams with FINAL',
      (stream) => {
        const lastKind = stream.messages.at(-1)?.message.kind;
        if (stream.status?.grpc === 'OK' && lastKind === 'final') return undefined;
        return streamFault(stream, 'does not end right after FINAL', 'FINAL, then status OK');
      },
    ),
});

const finalNotDropped = (stream: Stream): Verdict | undefined =>
  stream.notes.includes('the stream has not ended in time')
    ? streamFault(stream, 'the stream does not come to its end', 'all items and the end of the stream')
    : undefined;

const comesToItsEnd = serverCheck({
  id: 'streams-come-to-their-end',
  title: 'a stream that is read on carries the rest of its sequence and ends',
  profile: 'any',
  requirements: ['RSQ-FIN-3@0c1aa63a0513', 'RSQ-ROL-2@5086d6de58ae'],
  scenario: EVERY_SCENARIO,
  judge: (traces) =>
    each(
      allStreams(traces).filter(
        ({ status, notes }) => status?.grpc === 'OK' || notes.includes('the stream has not ended in time'),
      ),
      'streams read to their end',
      finalNotDropped,
    ),
});

export const wireChecks: readonly Check[] = [
  openedFirst,
  contiguous,
  nextIndexEchoed,
  statusMapping,
  retryAfter,
  attemptTold,
  onlyAsked,
  endsAfterFinal,
  comesToItsEnd,
];
