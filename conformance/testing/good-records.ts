/** Traces of right records, by hand: a part of the world in good-store.ts. */

import { sequenceChecksum } from '../oracle/checksum.ts';
import { itemAt } from '../oracle/pcg32.ts';
import { FOREIGN_FIELD } from '../scenarios/store/records.ts';
import type { MessageView, Trace } from '../trace.ts';
import { NOT_FOUND } from './good-sessions.ts';
import { CONFIRM, KEY, LEASE_MS, OTHER_KEY, record, STALE, UNAVAILABLE } from './store-parts.ts';
import {
  final,
  item,
  OK,
  openedStateful,
  RETENTION_MS,
  refused,
  resume,
  start,
  TraceBuilder,
} from './trace-builder.ts';

export function life(): Trace {
  const trace = new TraceBuilder('store-record', 'life')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .record('keys', record(9, 1), LEASE_MS, [KEY])
    .message(item(0));
  for (let ms = 0; ms < 3_000; ms += 300) trace.record('attached', record(9, 1), LEASE_MS - (ms % 1_000)).wait(300);
  return trace
    .drop()
    .wait(400)
    .record('detached', record(9, 1), RETENTION_MS - 395, [KEY])
    .wait(5)
    .stream('resume', resume(2))
    .message(openedStateful(9, 2, { attempt: 2 }))
    .message(item(2))
    .record('attached', record(9, 2), LEASE_MS)
    .wait(5)
    .drop('rst')
    .wait(400)
    .record('detached', record(9, 2), RETENTION_MS - 395)
    .build();
}

export function completed(): Trace {
  return new TraceBuilder('store-record', 'final')
    .stream('start', start(2, { attempt: 1 }))
    .message(openedStateful(2))
    .record('before final', record(2, 1), LEASE_MS)
    .items(item(0), final(2))
    .status(OK)
    .wait(400)
    .record('after final', undefined, -2, [])
    .build();
}

export function confirmed(): Trace {
  return new TraceBuilder('store-record', 'confirm')
    .stream('start', start(2, { attempt: 1, extensions: ['confirm-final'] }))
    .message(openedStateful(2, 0, { extensions: ['confirm-final'] }))
    .items(item(0), final(2))
    .status(OK)
    .wait(400)
    .record('kept', record(2, 1), RETENTION_MS - 390)
    .stream('confirm', CONFIRM)
    .message({ kind: 'confirmed' })
    .status(OK)
    .record('after confirm', undefined, -2, [])
    .build();
}

export function confirmedWhileAttached(): Trace {
  return new TraceBuilder('store-record', 'confirm-attached')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .message(item(0))
    .stream('confirm', CONFIRM)
    .message({ kind: 'confirmed' })
    .status(OK)
    .on(1)
    .wait(900)
    .status(NOT_FOUND)
    .build();
}

export function unknownFields(): Trace {
  return new TraceBuilder('store-record', 'unknown-fields')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .record('renewed', { ...record(9, 1), ...FOREIGN_FIELD }, LEASE_MS)
    .drop()
    .record('dropped', { ...record(9, 1), ...FOREIGN_FIELD }, RETENTION_MS)
    .stream('resume', resume(0, { attempt: 2 }))
    .message(openedStateful(9, 0, { attempt: 2 }))
    .record('resumed', { ...record(9, 2), ...FOREIGN_FIELD }, LEASE_MS)
    .drop()
    .build();
}

export function deleted(): Trace {
  return new TraceBuilder('store-record', 'deleted')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .message(item(0))
    .note('the record is deleted')
    .wait(950)
    .status(NOT_FOUND)
    .record('after the deletion', undefined, -2, [])
    .build();
}

export function injected(): Trace {
  const golden = (index: number): MessageView => item(index, itemAt(42n, index));
  const checksum = Buffer.from(sequenceChecksum(42n, 65_535)).toString('hex');
  return new TraceBuilder('store-injection', 'seed-000000000000002a', { seed: '000000000000002a', n: 65_535 })
    .record('injected', record(65_535, 9), RETENTION_MS)
    .stream('resume at 0', resume(0, { attempt: 10 }))
    .message(openedStateful(65_535, 0, { attempt: 10 }))
    .items(golden(0), golden(1))
    .drop()
    .stream('resume at 65533', resume(65_533, { attempt: 11 }))
    .message(openedStateful(65_535, 65_533, { attempt: 11 }))
    .items(golden(65_533), { kind: 'final', index: 65_534, value: String(itemAt(42n, 65_534)), checksum })
    .status(OK)
    .record('after final', undefined)
    .build();
}

export function answers(): Trace {
  return new TraceBuilder('store-injection', 'answers')
    .record('injected', record(20, 9), RETENTION_MS)
    .stream('wrong key', resume(0, { attempt: 10, resumeKey: OTHER_KEY }))
    .status(NOT_FOUND)
    .stream('beyond', resume(20, { attempt: 10 }))
    .status(refused('OUT_OF_RANGE', 104, 'next_index: expected 0..19, got 20'))
    .stream('stale 9', resume(0, { attempt: 9 }))
    .status(STALE)
    .stream('other n', start(21, { attempt: 10 }))
    .status(refused('ALREADY_EXISTS', 103, 'n: expected 20, got 21'))
    .wait(200)
    .record('untouched', record(20, 9), RETENTION_MS - 200)
    .stream('start', start(20, { attempt: 10 }))
    .message(openedStateful(20, 0, { attempt: 10 }))
    .drop()
    .build();
}

export function malformed(): Trace {
  const fields = { n: '20', attempt: '1' };
  return new TraceBuilder('store-malformed', 'no-seed')
    .record('before', fields, RETENTION_MS)
    .stream('bad resume', resume(0, { attempt: 2 }))
    .status(UNAVAILABLE)
    .stream('bad start', start(20, { attempt: 2 }))
    .status(UNAVAILABLE)
    .wait(50)
    .record('after', fields, RETENTION_MS - 50)
    .stream('good', start(20, { attempt: 1 }))
    .message(openedStateful(20))
    .drop()
    .build();
}
