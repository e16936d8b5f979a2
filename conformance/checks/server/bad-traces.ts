/** For each server check: how the traces of a right server have to be spoilt so that it fails. Tests only. */

import { changed, INTERVAL_MS, item, openedStateful, refused } from '../../testing/trace-builder.ts';
import type { FinalView, ItemView, MessageView, OpenedView, StatusView, Trace, TraceEvent } from '../../trace.ts';

export type Spoil = (trace: Trace) => Trace;

export type Change = (event: TraceEvent) => TraceEvent | undefined;

/** Change the events of the streams whose label begins so. */
export function onStreams(label: string, change: Change): Spoil {
  return (trace) => {
    const labels = new Map<number, string>();
    for (const event of trace.events) {
      if (event.kind === 'note' && !labels.has(event.conn)) labels.set(event.conn, event.text);
    }
    return changed(trace, (event) => (labels.get(event.conn)?.startsWith(label) ? change(event) : event));
  };
}

export function message(change: (message: MessageView) => MessageView | undefined): Change {
  return (event) => {
    if (event.kind !== 'message') return event;
    const to = change(event.message);
    return to && { ...event, message: to };
  };
}

export function value(change: (value: ItemView | FinalView) => ItemView | FinalView | undefined): Change {
  return message((m) => (m.kind === 'item' || m.kind === 'final' ? change(m) : m));
}

function opened(change: Partial<OpenedView>): Change {
  return message((m) => (m.kind === 'opened' ? { ...m, ...change } : m));
}

export function sequence(change: Record<string, unknown>): Change {
  return message((m) =>
    m.kind === 'opened' && m.sequence !== undefined
      ? ({ ...m, sequence: { ...m.sequence, ...change } } as OpenedView)
      : m,
  );
}

export function status(to: StatusView): Change {
  return (event) => (event.kind === 'status' ? { ...event, status: to } : event);
}

/** No items from this index on. */
export function itemsBelow(index: number): Change {
  return value((v) => (v.index < index ? v : undefined));
}

export const silent: Change = (event) => (event.kind === 'message' ? undefined : event);
export const delayed =
  (ms: number): Change =>
  (event) => ({ ...event, atMs: event.atMs + ms });
/** Served although it had to be refused. */
export const accepted: Change = (event) => {
  const { atMs, conn } = event;
  return event.kind === 'status' ? { atMs, conn, kind: 'message', message: openedStateful(9) } : event;
};

export const INTERNAL = refused('INTERNAL', 202);
const wrongNumber = value((v) => ({ ...v, value: String((Number(v.value) ^ 1) >>> 0) }));
const describedAs = (change: object): Change => message((m) => (m.kind === 'description' ? { ...m, ...change } : m));
const acceptedBad = [
  onStreams('bad', accepted),
  onStreams('bad', status(INTERNAL)),
  onStreams('before', itemsBelow(1)),
];

/** Item 1 of a stateful session differs when it is sent again. */
const differsLater: Spoil = (trace) =>
  changed(trace, (event) =>
    event.conn > 1 && event.kind === 'message' && event.message.kind === 'item' && event.message.index === 1
      ? { ...event, message: item(1, 7) }
      : event,
  );

/** All times from the first item on are pulled together or apart. */
const paced =
  (factor: number): Spoil =>
  (trace) =>
    changed(trace, (event) => ({ ...event, atMs: event.atMs * factor }));

const burst: Spoil = (trace) =>
  changed(trace, (event) =>
    event.kind === 'message' ? { ...event, atMs: Math.min(event.atMs, 2 * INTERVAL_MS) } : event,
  );

/** Check id -> ways to be wrong, each of which it has to find. */
export const BAD_SERVERS: Readonly<Record<string, readonly Spoil[]>> = {
  'description-is-complete': [
    onStreams('describe', describedAs({ specVersion: 'one' })),
    onStreams('describe', describedAs({ protocolVersions: [2] })),
    onStreams('describe', describedAs({ profiles: [] })),
    onStreams('describe', describedAs({ intervalMs: 0 })),
    onStreams('describe', describedAs({ maxCount: 0 })),
    onStreams('describe', silent),
  ],
  'drop-detection-is-declared': [onStreams('describe', describedAs({ dropDetectionMs: 0 }))],
  'drop-detection-is-short': [onStreams('describe', describedAs({ dropDetectionMs: 20_000 }))],
  'listed-extensions-are-granted': [onStreams('only confirm-final', opened({ extensions: [] }))],
  'confirm-final-is-offered': [onStreams('only confirm-final', opened({ extensions: [] }))],
  'no-session-extension-on-stateless': [onStreams('asked', opened({ extensions: ['confirm-final'] }))],
  'unknown-fields-are-ignored': [onStreams('unknown fields', silent)],
  'requests-of-4096-bytes-are-accepted': [onStreams('large request', silent)],
  'sixteen-extensions-are-accepted': [onStreams('sixteen extensions', silent)],
  'streams-do-not-touch-each-other': [onStreams('kept', itemsBelow(1))],
  'sessions-have-sequences-of-their-own': [
    onStreams(
      '',
      value((v) => ({ ...v, value: '5' })),
    ),
  ],
  'keepalive-pings-are-answered': [
    onStreams('pinged', (e) =>
      e.kind === 'note' && e.text === 'ping 2: answered' ? { ...e, text: 'ping 2: not answered' } : e,
    ),
    onStreams('pinged', (e) => (e.kind === 'note' && e.text.startsWith('alive') ? { ...e, text: 'ended' } : e)),
  ],
  'dead-peer-is-noticed': [
    onStreams('dies', (e) => (e.kind === 'note' && e.text.startsWith('the server') ? undefined : e)),
    onStreams('dies', (e) =>
      e.kind === 'note' && e.text.startsWith('the server') ? { ...e, atMs: e.atMs + 5_000 } : e,
    ),
  ],
  'half-open-connection-does-not-block': [onStreams('resume beside', silent)],
  'garbage-is-survived': [
    onStreams('before', itemsBelow(1)),
    onStreams('after', silent),
    onStreams('garbage', accepted),
  ],
  'undecodable-request-is-refused': [
    onStreams('garbage', accepted),
    onStreams('garbage', status({ grpc: 'NONE', detail: 'closed' })),
    onStreams('garbage', status(refused('NOT_FOUND', 102))),
  ],
  'other-versions-are-refused': acceptedBad,
  'missing-request-is-refused': acceptedBad,
  'malformed-client-id-is-refused': acceptedBad,
  'n-out-of-range-is-refused': acceptedBad,
  'extension-limits-are-kept': acceptedBad,
  'malformed-resume-key-is-refused': acceptedBad,
  'wrong-resume-key-is-refused': acceptedBad,
  'next-index-out-of-range-is-refused': [...acceptedBad, onStreams('after', silent)],
  'a-out-of-range-is-refused': acceptedBad,
  'stateless-index-out-of-range-is-refused': acceptedBad,
  'other-ratios-are-refused': acceptedBad,
  'checks-come-in-their-order': acceptedBad,
  'refusals-disturb-nobody': [onStreams('before', itemsBelow(1)), onStreams('after', silent)],
  'refusal-names-the-field': [
    onStreams('bad', (e) => (e.kind === 'status' ? { ...e, status: { ...e.status, detail: 'invalid request' } } : e)),
  ],
  'refusal-says-expected-and-got': [
    onStreams('bad', (e) => (e.kind === 'status' ? { ...e, status: { ...e.status, detail: 'n is bad' } } : e)),
  ],
  'profiles-are-served-or-refused': [onStreams('stateful', silent)],
  'opened-comes-once-and-first': [
    onStreams(
      '',
      message((m) => (m.kind === 'opened' ? undefined : m)),
    ),
    onStreams(
      'start',
      message((m) => (m.kind === 'item' ? openedStateful(9) : m)),
    ),
  ],
  'indexes-are-contiguous': [
    onStreams(
      '',
      value((v) => ({ ...v, index: v.index + 1 })),
    ),
    onStreams(
      '',
      value((v) => (v.index === 1 ? undefined : v)),
    ),
  ],
  'opened-says-next-index': [onStreams('', opened({ nextIndex: 3 }))],
  'errors-travel-with-their-code': [
    onStreams('bad', status({ grpc: 'INVALID_ARGUMENT', detail: 'no trailer' })),
    onStreams('bad', status({ grpc: 'UNKNOWN', code: 100, detail: 'another status' })),
  ],
  'terminal-errors-ask-for-no-retry': [
    onStreams('bad', status({ ...refused('INVALID_ARGUMENT', 100), retryAfterMs: 500 })),
  ],
  'opened-says-attempt': [onStreams('', sequence({ attempt: 77 }))],
  'grants-only-what-was-asked': [onStreams('start', opened({ extensions: ['prefix-checksum', 'confirm-final'] }))],
  'stream-ends-after-final': [onStreams('', status(INTERNAL))],
  'streams-come-to-their-end': [
    onStreams('start', (e) =>
      e.kind === 'status' ? { atMs: e.atMs, conn: e.conn, kind: 'note', text: 'the stream has not ended in time' } : e,
    ),
  ],
  'stateless-a-is-in-range': [
    onStreams('draw', sequence({ a: 0 })),
    onStreams('draw', sequence({ a: 256 })),
    onStreams('draw', sequence({ a: 7 })),
  ],
  'stateless-values-are-exact': [
    onStreams(
      '',
      value((v) => ({ ...v, value: String(BigInt(v.value) % 2n ** 31n) })),
    ),
    onStreams(
      '',
      value((v) => ({ ...v, value: BigInt.asUintN(64, BigInt(v.value)).toString() })),
    ),
  ],
  'values-are-encoded-as-their-profile-says': [
    onStreams(
      '',
      value((v) => (v.kind === 'item' && v.bytes !== undefined ? { ...v, bytes: `00${v.bytes}` } : v)),
    ),
    onStreams(
      '',
      value((v) => (v.kind === 'item' ? { ...v, type: 'none' } : v)),
    ),
  ],
  'stateless-ratio-is-2-or-3': [onStreams('start', sequence({ ratio: 5 })), onStreams('start', silent)],
  'stateless-resume-is-served-anywhere': [onStreams('resume', silent), onStreams('resume', sequence({ a: 9 }))],
  'stateless-ends-after-65534': [onStreams('resume', status(INTERNAL)), onStreams('resume', itemsBelow(65_534))],
  'values-are-pcg32': [onStreams('', wrongNumber), onStreams('resume at the end', wrongNumber)],
  'resume-key-follows-from-the-seed': [onStreams('', sequence({ resumeKey: '0'.repeat(32) }))],
  'values-are-the-same-on-every-connection': [differsLater],
  'resume-key-stays-the-same': [
    onStreams('resume', sequence({ resumeKey: '1'.repeat(32) })),
    onStreams('', sequence({ resumeKey: '' })),
  ],
  'final-carries-the-checksum': [
    onStreams(
      '',
      value((v) => (v.kind === 'final' ? { ...v, checksum: '0'.repeat(64) } : v)),
    ),
    onStreams(
      '',
      value((v) => (v.kind === 'final' ? { kind: 'item', index: v.index, type: 'number', value: v.value } : v)),
    ),
  ],
  'longest-sequence-is-served': [onStreams('resume at the end', silent), onStreams('resume at 40000', itemsBelow(1))],
  'random-schedules-complete': [onStreams('resume', itemsBelow(2)), onStreams('resume', silent)],
  'random-ghosts-are-refused': [onStreams('ghost', accepted), onStreams('ghost', status(INTERNAL))],
  'random-takeovers-end-the-older-stream': [
    onStreams('resume', (e) => (e.kind === 'status' ? undefined : e)),
    onStreams('resume', status(INTERNAL)),
  ],
  'seed-follows-from-the-client-id': [onStreams('', wrongNumber)],
  'start-creates-a-session': [onStreams('start', silent), onStreams('start', sequence({ n: 99 }))],
  'start-again-attaches': [onStreams('start again', wrongNumber), onStreams('start again', silent)],
  'start-with-another-n-conflicts': [
    onStreams('other n', accepted),
    onStreams('start', itemsBelow(1)),
    onStreams('resume', silent),
  ],
  'client-id-case-does-not-matter': [onStreams('resume', silent)],
  'any-uuid-version-is-accepted': [onStreams('odd uuid', silent)],
  'stale-attempt-is-refused': [
    onStreams('stale 4', accepted),
    onStreams('stale start', status(INTERNAL)),
    onStreams('start', itemsBelow(1)),
  ],
  'absent-attempt-is-the-next': [onStreams('resume zero', sequence({ attempt: 0 })), onStreams('stale 11', accepted)],
  'attempts-end-at-their-limit': [onStreams('absent after', accepted)],
  'attach-is-atomic': [
    onStreams('race', sequence({ attempt: 4 })),
    onStreams('race', (e) => (e.kind === 'status' ? undefined : e)),
  ],
  'takeover-is-served-at-once': [onStreams('takeover', silent)],
  'superseded-stream-ends': [
    onStreams('start', (e) => (e.kind === 'status' ? undefined : e)),
    onStreams('start', status(INTERNAL)),
    onStreams('start', (e) => (e.kind === 'status' ? delayed(3_000)(e) : e)),
  ],
  'superseded-stream-changes-nothing': [onStreams('after', silent), onStreams('takeover', itemsBelow(1))],
  'late-requests-steal-nothing': [onStreams('late resume', accepted), onStreams('live', itemsBelow(1))],
  'old-key-opens-no-new-session': [
    onStreams('old key', accepted),
    onStreams('late start', sequence({ resumeKey: '3b5051690769775ee29de3eef00223dd' })),
  ],
  'resume-creates-nothing': [onStreams('unknown', accepted)],
  'session-is-gone-after-final': [onStreams('resume at 0', accepted), onStreams('resume at 1', accepted)],
  'confirm-final-keeps-the-session': [onStreams('resume after final', silent)],
  'confirm-discards-the-session': [onStreams('resume after confirm', accepted), onStreams('confirm', status(INTERNAL))],
  'wrong-confirm-is-refused': [onStreams('stale confirm', accepted), onStreams('wrong key', status(INTERNAL))],
  'confirm-final-is-a-matter-of-the-connection': [onStreams('resume after final', accepted)],
  'confirm-ends-an-attached-stream': [
    onStreams('start', (e) => (e.kind === 'status' ? undefined : e)),
    onStreams('start', (e) => (e.kind === 'status' ? delayed(4_000)(e) : e)),
  ],
  'prefix-checksum-covers-what-was-received': [
    onStreams('resume at 2', sequence({ prefixChecksum: { count: 2, sha256: '0'.repeat(64) } })),
    onStreams('resume at 0', sequence({ prefixChecksum: undefined })),
  ],
  'prefix-checksum-only-where-asked': [onStreams('start', sequence({ prefixChecksum: { count: 0, sha256: '' } }))],
  'session-is-kept-for-the-retention': [onStreams('probe', silent)],
  'session-expires-after-the-retention': [onStreams('probe', accepted)],
  'strangers-do-not-touch-the-retention': [onStreams('probe', silent), onStreams('probe', accepted)],
  'each-drop-starts-the-retention-anew': [onStreams('probe', silent), onStreams('probe', accepted)],
  'attached-session-is-kept': [onStreams('return', silent)],
  'retention-is-as-declared': [onStreams('start', sequence({ retentionMs: 25_000 }))],
  'retention-is-30-s': [onStreams('start', sequence({ retentionMs: 25_000 }))],
  'first-item-comes-at-once': [
    onStreams('', (e) => (e.kind === 'message' && e.message.kind !== 'opened' ? delayed(700)(e) : e)),
  ],
  'items-never-come-in-bursts': [paced(0.8), burst],
  'pace-is-one-item-per-interval': [paced(0.95), paced(1.05)],
  'interval-is-as-declared': [onStreams('', opened({ intervalMs: 900 }))],
};
