/** What the traces of two right servers on one store look like, by hand: one small world in which every store check passes. */

import type { MessageView, Trace } from '../trace.ts';
import { drained, killed, longOutage, outage, zombie } from './good-crashes.ts';
import {
  answers,
  completed,
  confirmed,
  confirmedWhileAttached,
  deleted,
  injected,
  life,
  malformed,
  unknownFields,
} from './good-records.ts';
import { NOT_FOUND } from './good-sessions.ts';
import { LEASE_MS, OTHER_KEY, record, STALE, TAKEN_OVER } from './store-parts.ts';
import {
  CHECKSUMS,
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
