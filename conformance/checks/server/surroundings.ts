/** Checks of a server as a whole: description, extensions, isolation, liveness, hostile bytes. */

import { ERRORS } from '../../../protocol/errors.ts';
import type { Check } from '../../check.ts';
import { allStreams, labelled, type Stream } from '../../streams.ts';
import type { DescriptionView, Trace } from '../../trace.ts';
import { blocked, failed, pass, type Verdict } from '../../verdict.ts';
import { each, endFault, lateFault, notCarried, notServed, serverCheck, streamFault } from './common.ts';

function descriptions(traces: readonly Trace[]): { stream: Stream; view: DescriptionView | undefined }[] {
  return labelled(traces, 'describe').map((stream) => {
    const view = stream.messages.map(({ message }) => message).find((message) => message.kind === 'description');
    return { stream, view: view?.kind === 'description' ? view : undefined };
  });
}

const RULES: readonly {
  readonly expected: string;
  readonly holds: (d: DescriptionView) => boolean;
  readonly got: (d: DescriptionView) => unknown;
}[] = [
  { expected: 'spec_version as SemVer', holds: (d) => /^\d+\.\d+\.\d+/.test(d.specVersion), got: (d) => d.specVersion },
  {
    expected: 'protocol_versions with 1',
    holds: (d) => d.protocolVersions.includes(1),
    got: (d) => d.protocolVersions,
  },
  {
    expected: 'profiles: at least one of stateless, stateful',
    holds: (d) => d.profiles.some((profile) => profile === 'stateless' || profile === 'stateful'),
    got: (d) => d.profiles,
  },
  { expected: 'interval_ms above 0', holds: (d) => d.intervalMs > 0, got: (d) => d.intervalMs },
  {
    expected: 'retention_ms above 0',
    holds: (d) => !d.profiles.includes('stateful') || d.retentionMs > 0,
    got: (d) => d.retentionMs,
  },
  { expected: 'limits.max_count 65535', holds: (d) => d.maxCount === 65_535, got: (d) => d.maxCount },
  {
    expected: 'limits.max_request_bytes of at least 4096',
    holds: (d) => d.maxRequestBytes >= 4_096,
    got: (d) => d.maxRequestBytes,
  },
];

const describes = serverCheck({
  id: 'description-is-complete',
  title: 'DESCRIBE tells versions, profiles, extensions, interval, retention, D and limits',
  profile: 'any',
  requirements: ['RSQ-DSC-1@6de528f03a7d', 'RSQ-GRP-4@3ded35506a7a'],
  scenario: 'describe',
  judge: (traces) =>
    each(descriptions(traces), 'descriptions', ({ stream, view }) => {
      if (view === undefined || stream.status?.grpc !== 'OK') {
        return streamFault(stream, 'DESCRIBE is not answered', 'a description and status OK');
      }
      const broken = RULES.find((rule) => !rule.holds(view));
      return (
        broken && streamFault(stream, 'a field is missing or wrong', broken.expected, JSON.stringify(broken.got(view)))
      );
    }),
});

function described(traces: readonly Trace[]) {
  return descriptions(traces).flatMap(({ stream, view }) => (view === undefined ? [] : [{ stream, view }]));
}

const dropDetection = serverCheck({
  id: 'drop-detection-is-declared',
  title: 'the description says D',
  profile: 'any',
  requirements: ['RSQ-LIV-4@aea6686cbec1'],
  scenario: 'describe',
  judge: (traces) =>
    each(described(traces), 'descriptions', ({ stream, view }) =>
      view.dropDetectionMs > 0
        ? undefined
        : streamFault(stream, 'D is not declared', 'drop_detection_ms above 0', String(view.dropDetectionMs)),
    ),
});

const LONGEST_DROP_DETECTION_MS = 10_000;

const shortDropDetection = serverCheck({
  id: 'drop-detection-is-short',
  title: 'D should be at most 10 s',
  profile: 'any',
  requirements: ['RSQ-LIV-6@099a6b796816'],
  scenario: 'describe',
  judge: (traces) =>
    each(described(traces), 'descriptions', ({ stream, view }) =>
      view.dropDetectionMs <= LONGEST_DROP_DETECTION_MS
        ? undefined
        : streamFault(stream, 'D is large', 'at most 10000 ms', `${view.dropDetectionMs} ms`),
    ),
});

const grantsListed = serverCheck({
  id: 'listed-extensions-are-granted',
  title: 'each extension of the description is granted when asked for, alone or with others',
  profile: 'stateful',
  requirements: ['RSQ-DSC-2@bc2462f4ebf9', 'RSQ-VER-3@aa269ee391fd'],
  scenario: 'describe',
  judge: (traces, { description }) => {
    const asked = allStreams(traces).filter(
      ({ request }) => request.kind === 'stateful-start' && request.extensions !== undefined,
    );
    return each(asked, 'streams with extensions asked for', (stream) => {
      const names = 'extensions' in stream.request ? (stream.request.extensions ?? []) : [];
      const expected = names.filter((name) => description.extensions.includes(name)).sort();
      const actual = [...(stream.opened?.extensions ?? [])].sort();
      if (stream.opened !== undefined && expected.join() === actual.join()) return undefined;
      return streamFault(stream, 'other extensions are granted', `[${expected.join(', ')}]`, `[${actual.join(', ')}]`);
    });
  },
});

const grantsConfirm = serverCheck({
  id: 'confirm-final-is-offered',
  title: 'a server of the stateful profile should grant confirm-final',
  profile: 'stateful',
  requirements: ['RSQ-CNF-8@3802304bea10'],
  scenario: 'describe',
  judge: (traces) =>
    each(labelled(traces, 'only confirm-final'), 'requests for confirm-final', (stream) =>
      stream.opened?.extensions.includes('confirm-final') === true
        ? undefined
        : streamFault(stream, 'not granted', 'confirm-final in OPENED', stream.opened?.extensions.join(', ')),
    ),
});

const noneStateless = serverCheck({
  id: 'no-session-extension-on-stateless',
  title: 'confirm-final and prefix-checksum are not granted on a stateless request',
  profile: 'stateless',
  requirements: ['RSQ-VER-5@fee38fcd24ae'],
  scenario: 'describe',
  judge: (traces) =>
    each(
      labelled(traces, 'asked').filter(({ opened }) => opened !== undefined),
      'stateless requests with extensions',
      (stream) =>
        stream.opened?.extensions.length === 0
          ? undefined
          : streamFault(stream, 'granted', 'no extension', stream.opened?.extensions.join(', ')),
    ),
});

function servedCheck(id: string, title: string, requirements: Check['requirements'], label: string): Check {
  return serverCheck({
    id,
    title,
    profile: 'any',
    requirements,
    scenario: 'extension-points',
    judge: (traces) =>
      each(labelled(traces, label), 'streams', (stream) => notServed(stream, 0) ?? notCarried(stream, 1)),
  });
}

const neighbours = serverCheck({
  id: 'streams-do-not-touch-each-other',
  title: 'many streams run at once; dropping some changes nothing for the rest',
  profile: 'any',
  requirements: ['RSQ-ROL-2@5086d6de58ae'],
  scenario: 'isolation',
  judge: (traces) =>
    each(labelled(traces, 'kept'), 'streams beside dropped ones', (stream) => {
      const wanted = stream.request.kind === 'stateful-start' ? stream.request.n : 4;
      return notServed(stream, 0) ?? notCarried(stream, wanted);
    }),
});

const differentSeeds = serverCheck({
  id: 'sessions-have-sequences-of-their-own',
  title: 'sessions that begin at the same moment have different sequences',
  profile: 'stateful',
  requirements: ['RSQ-SFL-6@bfb7f24f90c1', 'RSQ-ROL-2@5086d6de58ae'],
  scenario: 'isolation',
  judge: (traces) => {
    const starts = allStreams(traces).filter(
      ({ request, values }) => request.kind === 'stateful-start' && values.length > 0,
    );
    if (starts.length < 2) return blocked('fewer than two sessions carried items');
    const different = new Set(
      starts.map(({ values }) =>
        values
          .slice(0, 2)
          .map(({ value }) => value)
          .join(),
      ),
    ).size;
    if (different === starts.length) return pass(`${different} different sequences`);
    return failed('sessions share their sequence', { expected: `${starts.length} sequences`, actual: `${different}` });
  },
});

const pings = serverCheck({
  id: 'keepalive-pings-are-answered',
  title: 'PING frames every 5 s are answered and end no connection',
  profile: 'any',
  requirements: ['RSQ-GRP-5@53cfc7241811'],
  scenario: 'keepalive',
  judge: (traces) =>
    each(
      labelled(traces, 'pinged').filter(({ opened }) => opened !== undefined),
      'streams with pings',
      (stream) => {
        const wrong = stream.notes.find((note) => note.startsWith('ping ') && !note.endsWith(': answered'));
        if (wrong?.endsWith('not answered')) return endFault(stream, `a PING was not answered (${wrong})`, 'PING ACK');
        if (wrong !== undefined) return endFault(stream, `the connection was closed at a PING (${wrong})`, 'PING ACK');
        if (stream.notes.includes('alive after the pings')) return undefined;
        return endFault(stream, 'the stream was ended', 'a running stream');
      },
    ),
});

const deadPeer = serverCheck({
  id: 'dead-peer-is-noticed',
  title: 'a connection that died without a sign is noticed within D',
  profile: 'any',
  requirements: ['RSQ-LIV-3@6fdc0b74fb13', 'RSQ-GRP-6@b16d5a8545a4'],
  scenario: 'keepalive',
  judge: (traces, { description }) =>
    each(
      labelled(traces, 'dies').filter(({ droppedAtMs }) => droppedAtMs !== undefined),
      'dead connections',
      (stream) => judgeDeath(stream, description.dropDetectionMs),
    ),
});

/** Spec: a measuring peer allows the server D plus this. */
const CLOSE_SLACK_MS = 2_000;

function judgeDeath(stream: Stream, dropDetectionMs: number): Verdict | undefined {
  if (stream.values.length === 0) return notServed(stream, 0) ?? notCarried(stream, 1);
  const closed = stream.trace.events.find(
    (event) => event.kind === 'note' && event.text === 'the server has closed the dead connection',
  );
  const expected = `closed within ${dropDetectionMs} ms`;
  if (closed === undefined) return streamFault(stream, 'the dead connection is not noticed', expected, 'still open');
  const tookMs = closed.atMs - (stream.droppedAtMs ?? 0);
  if (tookMs <= dropDetectionMs + CLOSE_SLACK_MS + stream.trace.lag.maxMs) return undefined;
  return lateFault(stream, 'the dead connection is noticed late', expected, `after ${Math.round(tookMs)} ms`);
}

const halfOpen = serverCheck({
  id: 'half-open-connection-does-not-block',
  title: 'a session whose connection is dead but not yet noticed is resumed at once',
  profile: 'stateful',
  requirements: ['RSQ-ATT-7@7a26794c60b2'],
  scenario: 'keepalive',
  judge: (traces) =>
    each(
      labelled(traces, 'resume beside the dead one'),
      'resumes beside a dead connection',
      (stream) => notServed(stream, 1) ?? notCarried(stream, 1),
    ),
});

const survives = serverCheck({
  id: 'garbage-is-survived',
  title: 'whatever bytes a peer sends, other connections go on and new ones are served',
  profile: 'any',
  requirements: ['RSQ-SEC-2@0b1013ca6323'],
  scenario: 'hostile-bytes',
  judge: (traces) =>
    each(traces, 'servers after garbage', (trace) => {
      const [before] = labelled(trace, 'before');
      const [after] = labelled(trace, 'after');
      if (before === undefined || before.values.length === 0) return blocked('the good stream did not come about');
      if (before.status !== undefined) return endFault(before, 'the good stream was ended', 'a running stream');
      const accepted = labelled(trace, 'garbage').find(({ messages }) => messages.length > 0);
      if (accepted !== undefined) return streamFault(accepted, 'garbage was accepted', 'an error');
      return notCarried(before, 2) ?? (after && (notServed(after, 0) ?? notCarried(after, 1)));
    }),
});

const undecodable = serverCheck({
  id: 'undecodable-request-is-refused',
  title: 'a request that does not decode is refused with INVALID_REQUEST, or by the transport library',
  profile: 'any',
  requirements: ['RSQ-LIM-8@e3fa1e3642cf'],
  scenario: 'hostile-bytes',
  judge: (traces) =>
    each(labelled(traces, 'garbage'), 'requests that do not decode', (stream) => {
      const { status } = stream;
      const byLibrary = status?.code === undefined && status?.grpc !== 'OK' && status?.grpc !== 'NONE';
      const byServer = status?.code === ERRORS.INVALID_REQUEST.code && status.grpc === ERRORS.INVALID_REQUEST.grpc;
      if (status !== undefined && stream.messages.length === 0 && (byLibrary || byServer)) return undefined;
      return streamFault(stream, 'not refused', 'INVALID_ARGUMENT with reseq-code 100, or a status of the library');
    }),
});

export const surroundingChecks: readonly Check[] = [
  describes,
  dropDetection,
  shortDropDetection,
  grantsListed,
  grantsConfirm,
  noneStateless,
  servedCheck(
    'unknown-fields-are-ignored',
    'fields that the server does not know change nothing',
    ['RSQ-MSG-5@a40c70086f9c'],
    'unknown fields',
  ),
  servedCheck(
    'requests-of-4096-bytes-are-accepted',
    'a request of nearly 4096 bytes is served',
    ['RSQ-LIM-3@a3b493ff138a'],
    'large request',
  ),
  servedCheck(
    'sixteen-extensions-are-accepted',
    '16 unknown extensions of 64 bytes are accepted and ignored',
    ['RSQ-LIM-2@0bc7e06100b4', 'RSQ-VER-2@c45d3fb9e10f'],
    'sixteen extensions',
  ),
  neighbours,
  differentSeeds,
  pings,
  deadPeer,
  halfOpen,
  survives,
  undecodable,
];
