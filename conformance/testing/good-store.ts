/** What the traces of two right servers on one store look like, by hand: one small world in which every store check passes. */

import { sequenceChecksum } from '../oracle/checksum.ts';
import { itemAt } from '../oracle/pcg32.ts';
import { FOREIGN_FIELD } from '../scenarios/store/records.ts';
import type { MessageView, Trace } from '../trace.ts';
import { NOT_FOUND } from './good-sessions.ts';
import {
  CHECKSUMS,
  CLIENT_ID,
  final,
  INTERVAL_MS,
  item,
  OK,
  openedStateful,
  RETENTION_MS,
  refused,
  resume,
  start,
  TraceBuilder,
  VALUES,
} from './trace-builder.ts';

const KEY = `reseq:1:{${CLIENT_ID}}`;
const LEASE_MS = RETENTION_MS + 1_000;
const TAKEN_OVER = refused('ABORTED', 105, 'a newer attempt holds the session');
const STALE = refused('FAILED_PRECONDITION', 106, 'attempt: expected above 2, got 2');
const UNAVAILABLE = { ...refused('UNAVAILABLE', 200, 'the store does not answer'), retryAfterMs: 500 };
const CONFIRM = {
  kind: 'confirm',
  clientId: CLIENT_ID,
  resumeKey: '3b5051690769775ee29de3eef00223dd',
  attempt: 1,
} as const;

/** The record of seed 42. */
function record(n: number, attempt: number): Record<string, string> {
  return { n: String(n), seed: '000000000000002a', attempt: String(attempt) };
}

/** Of another life of the client id. */
const OTHER_KEY = '2b0c5f1f0a8f3cbd0d0ff7a05b1ecf07';

/** Scenario -> traces. */
export function goodStore(): Map<string, Trace[]> {
  return new Map(
    Object.entries({
      'store-handover': [thereAndBack(), startAgain()],
      'store-takeover': [takeover()],
      'store-stale': [stale()],
      'store-race': [race()],
      'store-retention': [probe(-700), probe(1_100)],
      'store-record': [life(), completed(), confirmed(), confirmedWhileAttached(), unknownFields(), deleted()],
      'store-injection': [injected(), answers()],
      'store-malformed': [malformed()],
      'store-kill': [killed()],
      'store-drain': [drained()],
      'store-zombie': [zombie()],
      'store-outage': [outage()],
      'store-long-outage': [longOutage()],
    }),
  );
}

function thereAndBack(): Trace {
  const last: MessageView = {
    kind: 'final',
    index: 5,
    value: String(VALUES[5]),
    checksum: CHECKSUMS[6] ?? '',
  };
  return new TraceBuilder('store-handover', 'there-and-back-a-b')
    .stream('start', start(6, { attempt: 1 }))
    .message(openedStateful(6))
    .items(item(0), item(1), item(2))
    .drop('rst')
    .stream('resume elsewhere', resume(2, { attempt: 2 }))
    .message(openedStateful(6, 2, { attempt: 2 }))
    .items(item(2), item(3), item(4))
    .drop()
    .stream('resume back', resume(4, { attempt: 3 }))
    .message(openedStateful(6, 4, { attempt: 3 }))
    .items(item(4), item(5), last)
    .status(OK)
    .stream('resume after final', resume(0, { attempt: 4 }))
    .status(NOT_FOUND)
    .build();
}

function startAgain(): Trace {
  return new TraceBuilder('store-handover', 'start-again-a-b')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .items(item(0), item(1))
    .drop()
    .stream('other n', start(10, { attempt: 2 }))
    .status(refused('ALREADY_EXISTS', 103, 'n: expected 9, got 10'))
    .stream('wrong key', resume(0, { attempt: 7, resumeKey: OTHER_KEY }))
    .status(NOT_FOUND)
    .stream('beyond', resume(9, { attempt: 7 }))
    .status(refused('OUT_OF_RANGE', 104, 'next_index: expected 0..8, got 9'))
    .stream('start again', start(9, { attempt: 2 }))
    .message(openedStateful(9, 0, { attempt: 2 }))
    .items(item(0), item(1))
    .drop()
    .build();
}

function takeover(): Trace {
  return new TraceBuilder('store-takeover', 'resume-a-b')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .items(item(0), item(1))
    .stream('takeover', resume(2, { attempt: 2 }))
    .message(openedStateful(9, 2, { attempt: 2 }))
    .message(item(2))
    .stream('stale', resume(2, { attempt: 2 }))
    .status(STALE)
    .on(1)
    .wait(700)
    .status(TAKEN_OVER)
    .on(2)
    .wait(300)
    .message(item(3))
    .drop()
    .build();
}

function stale(): Trace {
  return new TraceBuilder('store-stale', 'dropped-a-b')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .stream('takeover', resume(0, { attempt: 2 }))
    .message(openedStateful(9, 0, { attempt: 2 }))
    .on(1)
    .drop('rst')
    .wait(100)
    .record('taken over', record(9, 2), LEASE_MS - 100)
    .wait(800)
    .record('taken over', record(9, 2), LEASE_MS - 900)
    .on(2)
    .drop()
    .build();
}

/** The same with a former life: for the check of the seed. */
export function rebornTrace(): Trace {
  return new TraceBuilder('store-stale', 'reborn-dropped-a-b')
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9, 0, { resumeKey: OTHER_KEY }))
    .stream('new life', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .on(1)
    .drop('rst')
    .wait(100)
    .record('taken over', record(9, 1), LEASE_MS - 100)
    .on(2)
    .drop()
    .build();
}

function race(): Trace {
  const trace = new TraceBuilder('store-race', 'start-0');
  for (const attempt of [1, 2, 3]) {
    trace.stream(`race ${attempt}`, start(9)).message(openedStateful(9, 0, { attempt }));
    if (attempt < 3) trace.status(TAKEN_OVER);
    else trace.drop();
  }
  return trace.build();
}

function probe(offsetMs: number): Trace {
  const trace = new TraceBuilder('store-retention', `retention${offsetMs}`, { offsetMs })
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .message(item(0))
    .drop()
    .wait(RETENTION_MS + offsetMs)
    .stream('probe', resume(0, { attempt: 2 }));
  return (offsetMs < 0 ? trace.message(openedStateful(9, 0, { attempt: 2 })).drop() : trace.status(NOT_FOUND)).build();
}

function life(): Trace {
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

function completed(): Trace {
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

function confirmed(): Trace {
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

function confirmedWhileAttached(): Trace {
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

function unknownFields(): Trace {
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

function deleted(): Trace {
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

function injected(): Trace {
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

function answers(): Trace {
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

function malformed(): Trace {
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

function killed(): Trace {
  return new TraceBuilder('store-kill', 'sigkill')
    .signal('the instance', 'SIGKILL')
    .stream('resume at once', resume(2, { attempt: 2 }))
    .message(openedStateful(3, 2, { attempt: 2 }))
    .message(final(3))
    .status(OK)
    .wait(300)
    .record('left behind', record(9, 1), RETENTION_MS + 100)
    .wait(RETENTION_MS - 1_000)
    .stream('resume late', resume(0, { attempt: 2 }))
    .message(openedStateful(9, 0, { attempt: 2 }))
    .drop()
    .wait(2_400)
    .record('after the lease')
    .stream('resume too late', resume(0, { attempt: 2 }))
    .status(NOT_FOUND)
    .build();
}

function drained(): Trace {
  return new TraceBuilder('store-drain', 'sigterm')
    .stream('start 3', start(3, { attempt: 1 }))
    .message(openedStateful(3))
    .items(item(0), item(1))
    .signal('the instance', 'SIGTERM')
    .status(UNAVAILABLE)
    .wait(20)
    .record('shut down', record(9, 1), RETENTION_MS - 15)
    .stream('resume elsewhere', resume(2, { attempt: 2 }))
    .message(openedStateful(3, 2, { attempt: 2 }))
    .message(final(3))
    .status(OK)
    .build();
}

function zombie(): Trace {
  return new TraceBuilder('store-zombie', 'sigstop')
    .stream('old moved', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .items(item(0), item(1))
    .signal('the instance', 'SIGSTOP')
    .wait(4_000)
    .record('before', record(9, 2), RETENTION_MS + 500)
    .signal('the instance', 'SIGCONT')
    .wait(100)
    .record('after', record(9, 2), RETENTION_MS + 400)
    .status(TAKEN_OVER)
    .wait(900)
    .record('after', record(9, 2), RETENTION_MS + 500)
    .build();
}

function outage(): Trace {
  const trace = new TraceBuilder('store-outage', 'short')
    .stream('before full', start(9))
    .message(openedStateful(9))
    .drop()
    .stream('full', start(9))
    .status(refused('RESOURCE_EXHAUSTED', 201, 'no room'))
    .stream('after full', start(9))
    .message(openedStateful(9))
    .drop()
    .stream('running', start(99, { attempt: 1 }))
    .message(openedStateful(99))
    .message(item(0))
    .stream('ending', start(6, { attempt: 1 }))
    .message(openedStateful(6))
    .message(item(0))
    .wait(10)
    .signal('the store', 'SIGSTOP')
    .wait(10)
    .stream('new start', start(9, { attempt: 1 }))
    .stream('new resume', resume(0, { attempt: 2 }))
    .stream('new confirm', CONFIRM);
  for (let i = 1; i <= 8; i++) {
    trace.on(4).wait(990).message(item(i));
    if (i === 1) for (const conn of [6, 7, 8]) trace.on(conn).status(UNAVAILABLE);
    if (i <= 4) trace.on(5).message(item(i));
    if (i === 5) trace.on(5).status(UNAVAILABLE);
  }
  return trace
    .signal('the store', 'SIGCONT')
    .wait(800)
    .on(4)
    .message(item(9))
    .stream('start after', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .drop()
    .stream('resume after', resume(1, { attempt: 20 }))
    .message(openedStateful(9, 1, { attempt: 20 }))
    .drop()
    .stream('rest', resume(5, { attempt: 20 }))
    .message(openedStateful(6, 5, { attempt: 20 }))
    .message(final(6))
    .status(OK)
    .build();
}

function longOutage(): Trace {
  const trace = new TraceBuilder('store-long-outage', 'long')
    .stream('running 0', start(99, { attempt: 1 }))
    .message(openedStateful(99))
    .message(item(0))
    .signal('the store', 'SIGSTOP');
  for (let i = 1; i <= 30; i++) trace.wait(INTERVAL_MS).message(item(i));
  return trace.wait(400).status(UNAVAILABLE).signal('the store', 'SIGCONT').build();
}
