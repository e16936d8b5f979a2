/** Traces of right servers under crashes and outages, by hand: a part of the world in good-store.ts. */

import type { Trace } from '../trace.ts';
import { NOT_FOUND } from './good-sessions.ts';
import { CONFIRM, record, TAKEN_OVER, UNAVAILABLE } from './store-parts.ts';
import {
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
} from './trace-builder.ts';

export function killed(): Trace {
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

export function drained(): Trace {
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

export function zombie(): Trace {
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

export function outage(): Trace {
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

export function longOutage(): Trace {
  const trace = new TraceBuilder('store-long-outage', 'long')
    .stream('running 0', start(99, { attempt: 1 }))
    .message(openedStateful(99))
    .message(item(0))
    .signal('the store', 'SIGSTOP');
  for (let i = 1; i <= 30; i++) trace.wait(INTERVAL_MS).message(item(i));
  return trace.wait(400).status(UNAVAILABLE).signal('the store', 'SIGCONT').build();
}
