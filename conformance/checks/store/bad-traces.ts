/** For each store check: how the traces of two right servers have to be spoilt so that it fails. Tests only. */

import { changed, item, openedStateful, refused } from '../../testing/trace-builder.ts';
import type { EventOf, TraceEvent } from '../../trace.ts';
import {
  accepted,
  type Change,
  delayed,
  INTERNAL,
  itemsBelow,
  onStreams,
  type Spoil,
  sequence,
  silent,
  status,
  value,
} from '../server/bad-traces.ts';

/** Change what looks of this label have found. */
function onLooks(label: string, change: (look: EventOf<'record'>) => TraceEvent): Spoil {
  return (trace) =>
    changed(trace, (event) => (event.kind === 'record' && event.label === label ? change(event) : event));
}

function withFields(label: string, fields: Readonly<Record<string, string>>): Spoil {
  return onLooks(label, (look) => ({ ...look, fields: { ...look.fields, ...fields } }));
}

function withTtl(label: string, ttlMs: (before: number) => number): Spoil {
  return onLooks(label, (look) => ({ ...look, ttlMs: ttlMs(look.ttlMs) }));
}

/** The look found nothing. */
const gone = (label: string): Spoil => onLooks(label, ({ fields: _fields, ...look }) => ({ ...look, ttlMs: -2 }));
/** The look found a record. */
const there = (label: string): Spoil =>
  onLooks(label, (look) => ({
    ...look,
    fields: { n: '9', seed: '000000000000002a', attempt: '1' },
    ttlMs: 30_000,
  }));
const keysToo = (label: string): Spoil =>
  onLooks(label, (look) => ({ ...look, keys: [...(look.keys ?? []), `lock:{${look.clientId}}`] }));

const NOT_FOUND = refused('NOT_FOUND', 102);
const UNAVAILABLE = refused('UNAVAILABLE', 200);
const wrongNumber = value((v) => ({ ...v, value: String((Number(v.value) ^ 1) >>> 0) }));
const neverEnded: Change = (event) => (event.kind === 'status' ? undefined : event);
const endedLate =
  (ms: number): Change =>
  (event) =>
    event.kind === 'status' ? delayed(ms)(event) : event;
const otherKey = sequence({ resumeKey: '0'.repeat(32) });

/** An item on this stream after the stopped instance went on. */
const itemAfter: Spoil = (trace) => ({
  ...trace,
  events: trace.events.map((event) =>
    event.kind === 'status' ? { atMs: event.atMs, conn: event.conn, kind: 'message', message: item(2) } : event,
  ),
});

const finalInOutage: Spoil = onStreams('ending', (event) =>
  event.kind === 'status'
    ? {
        atMs: event.atMs,
        conn: event.conn,
        kind: 'message',
        message: { kind: 'final', index: 5, value: '1', checksum: '' },
      }
    : event,
);

/** Check id -> ways to be wrong, each of which it has to find. */
export const BAD_STORES: Readonly<Record<string, readonly Spoil[]>> = {
  'sessions-move-between-instances': [
    onStreams('resume elsewhere', silent),
    onStreams('resume elsewhere', wrongNumber),
    onStreams('resume back', otherKey),
    onStreams('resume back', itemsBelow(5)),
    onStreams(
      'resume back',
      value((v) => (v.kind === 'final' ? { ...v, checksum: '0'.repeat(64) } : v)),
    ),
  ],
  'session-is-gone-everywhere-after-final': [onStreams('resume after final', accepted)],
  'start-again-elsewhere-attaches': [
    onStreams('start again', otherKey),
    onStreams('start again', wrongNumber),
    onStreams('start again', silent),
  ],
  'refusals-are-the-same-elsewhere': [
    onStreams('other n', accepted),
    onStreams('wrong key', accepted),
    onStreams('beyond', status(NOT_FOUND)),
    onStreams('start again', silent),
  ],
  'takeover-is-served-elsewhere': [onStreams('takeover', silent), onStreams('takeover', itemsBelow(3))],
  'superseded-elsewhere-ends': [
    onStreams('start', neverEnded),
    onStreams('start', status(INTERNAL)),
    onStreams('start', endedLate(3_000)),
  ],
  'stale-attempt-is-refused-elsewhere': [onStreams('stale', accepted), onStreams('takeover', itemsBelow(3))],
  'attach-is-atomic-across-instances': [
    onStreams('race', sequence({ attempt: 3 })),
    onStreams('race', neverEnded),
    onStreams('race 2', otherKey),
  ],
  'superseded-elsewhere-changes-no-record': [
    gone('taken over'),
    withFields('taken over', { attempt: '1' }),
    withTtl('taken over', () => 29_000),
    withTtl('taken over', () => -1),
  ],
  'former-life-changes-no-record': [
    gone('taken over'),
    withFields('taken over', { seed: '0000000000000001' }),
    withTtl('taken over', () => 29_000),
  ],
  'session-is-kept-across-instances': [onStreams('probe', silent)],
  'session-expires-across-instances': [onStreams('probe', accepted)],
  'record-is-minimal-and-in-form': [
    withFields('attached', { position: '3' }),
    withFields('attached', { seed: '2a' }),
    withFields('detached', { n: '0009' }),
    withFields('detached', { attempt: '7' }),
    onLooks('attached', (look) => ({ ...look, fields: { n: '9', seed: '000000000000002a' } })),
    gone('attached'),
    keysToo('keys'),
    onLooks('keys', (look) => ({ ...look, keys: [] })),
  ],
  'stored-seed-gives-the-sequence': [
    withFields('attached', { seed: '000000000000002b' }),
    onStreams('start', wrongNumber),
    onStreams('start', otherKey),
  ],
  'lease-is-renewed-while-attached': [
    withTtl('attached', (before) => before - 2_000),
    withTtl('attached', (before) => before + 5_000),
    withTtl('attached', () => -1),
    gone('attached'),
  ],
  'drop-starts-the-retention-in-the-record': [
    withTtl('detached', (before) => before + 5_000),
    withTtl('detached', (before) => before - 5_000),
    withTtl('detached', () => -1),
    gone('detached'),
  ],
  'record-is-gone-after-final': [there('after final'), keysToo('after final')],
  'confirm-elsewhere-removes-the-record': [
    gone('kept'),
    withTtl('kept', () => -1),
    withTtl('kept', (before) => before + 5_000),
    onStreams('confirm', status(NOT_FOUND)),
    there('after confirm'),
  ],
  'confirm-elsewhere-ends-the-stream': [
    onStreams('start', neverEnded),
    onStreams('start', status(UNAVAILABLE)),
    onStreams('start', endedLate(3_000)),
  ],
  'missing-record-ends-the-stream': [
    onStreams('start', neverEnded),
    onStreams('start', status(UNAVAILABLE)),
    onStreams('start', endedLate(9_000)),
    there('after the deletion'),
  ],
  'unknown-fields-of-a-record-are-kept': [
    withFields('renewed', { 'example.com/note': 'mine' }),
    onLooks('resumed', (look) => ({ ...look, fields: { n: '9', seed: '000000000000002a', attempt: '2' } })),
    onStreams('resume', silent),
  ],
  'injected-records-are-served': [
    onStreams('resume at 0', silent),
    onStreams('resume at 0', wrongNumber),
    onStreams('resume at 65533', wrongNumber),
    onStreams('resume at 65533', itemsBelow(65_534)),
    there('after final'),
  ],
  'refusals-leave-the-record-alone': [
    onStreams('wrong key', accepted),
    onStreams('beyond', accepted),
    onStreams('stale 9', accepted),
    onStreams('other n', accepted),
    withFields('untouched', { attempt: '10' }),
    withTtl('untouched', (before) => before + 1_000),
    onStreams('start', otherKey),
  ],
  'malformed-record-is-an-error': [
    onStreams('bad resume', status(NOT_FOUND)),
    onStreams('bad start', accepted),
    onStreams('good', silent),
  ],
  'malformed-record-is-left-alone': [
    withFields('after', { seed: '000000000000002a' }),
    withTtl('after', () => 31_000),
    gone('after'),
  ],
  'killed-instance-loses-nothing': [
    onStreams('resume at once', silent),
    onStreams('resume at once', itemsBelow(2)),
    onStreams('resume late', silent),
  ],
  'killed-instance-leaves-a-lease': [
    gone('left behind'),
    withTtl('left behind', () => -1),
    withTtl('left behind', () => 60_000),
    withTtl('left behind', () => 20_000),
    there('after the lease'),
    onStreams('resume too late', accepted),
  ],
  'drained-instance-hands-over': [
    onStreams('start', status(NOT_FOUND)),
    onStreams('start', neverEnded),
    gone('shut down'),
    withTtl('shut down', () => 40_000),
    onStreams('resume elsewhere', silent),
  ],
  'zombie-changes-no-record': [
    gone('after'),
    withFields('after', { attempt: '1' }),
    withTtl('after', () => 29_000),
    withTtl('after', () => -1),
  ],
  'zombie-sends-nothing': [itemAfter],
  'zombie-streams-end': [
    onStreams('old', neverEnded),
    onStreams('old', status(NOT_FOUND)),
    onStreams('old', endedLate(3_000)),
  ],
  'full-store-is-overloaded': [
    onStreams('full', status(UNAVAILABLE)),
    onStreams('full', accepted),
    onStreams('after full', silent),
  ],
  'outage-is-unavailable': [
    onStreams('new resume', status(NOT_FOUND)),
    onStreams('new confirm', status(NOT_FOUND)),
    onStreams('new start', (event) =>
      event.kind === 'status'
        ? { atMs: event.atMs, conn: event.conn, kind: 'message', message: openedStateful(9) }
        : event,
    ),
    onStreams('resume after', silent),
  ],
  'store-operations-have-a-deadline': [onStreams('new start', endedLate(4_000)), onStreams('new resume', neverEnded)],
  'service-is-back-within-5-s': [
    onStreams('start after', silent),
    onStreams('start after', (event) => (event.kind === 'message' ? delayed(6_000)(event) : event)),
  ],
  'streams-go-on-through-an-outage': [
    onStreams('running', itemsBelow(3)),
    onStreams('running', itemsBelow(9)),
    onStreams('running', (event) =>
      event.kind === 'message' && event.message.kind === 'item' && event.message.index === 4
        ? { atMs: event.atMs, conn: event.conn, kind: 'status', status: UNAVAILABLE }
        : event,
    ),
  ],
  'no-final-without-a-renewal': [
    finalInOutage,
    onStreams('ending', status(NOT_FOUND)),
    onStreams('ending', neverEnded),
    onStreams('rest', silent),
  ],
  'lease-ends-the-stream': [
    onStreams('running', endedLate(9_000)),
    onStreams('running', endedLate(-9_000)),
    onStreams('running', status(NOT_FOUND)),
    onStreams('running', neverEnded),
    onStreams('running', itemsBelow(9)),
  ],
};
